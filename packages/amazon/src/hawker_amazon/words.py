"""Amazon's labels in the languages of its marketplaces, where the markup does not tell and the words must."""

from __future__ import annotations

import re


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


# en, de, fr, it, es, pt, ja, ar; and what marketplaces offer their visitors besides: nl, pl, sv, tr, zh
SOLD_BY = _any(
    "sold by", "seller", "verkauf", "verkäufer", r"\bvend(?:u|i|e)", "販売", "出品者", "البائع", "يباع", "verkoper",
    "verkocht", "sprzeda[wż]", r"\bsäl[jg]", "sat\u0131c\u0131", "卖家", "賣家",
)  # fmt: skip
SHIPS_FROM = _any(
    "ships? from", "dispatche[sd]", "shipper", "shipped", "fulfilled", "delivered by", "versand", "versender", "expédi",
    "spedi", "mittente", r"\benv[ií]", "remite", "gestionado", "出荷", "発送", "شحن",
    "verz[eo]nd", "wysył", "skickas", "gönder", "发货", "出貨",
)  # fmt: skip
BRAND = re.compile(
    r"(?:brand(?: name)?|marke(?:nname)?|marque|marca|ブランド(?:名)?|العلامة التجارية|merk|marka|varumärke|品牌)",
    re.IGNORECASE,
)
USED = _any(
    r"\bused\b", r"\brent", "gebraucht", "occasion", "usat[oi]", r"\busad[oa]", r"2ª mano", "segunda mano", "中古",
    "leihen", "louer", "alug", "مستعمل", "tweedehands", "gebruikt", "używan", "begagnad", "ikinci el", "二手",
)  # fmt: skip
NEW = _any(
    r"\bnew\b", r"\bneu", r"\bneuf", r"\bnuov", r"\bnuev", r"\bnov[oa]", "新品", "جديد", r"\bnieuw", r"\bnow[ya]\b",
    r"\bny(?:tt)?\b", r"\byeni\b", "全新",
)  # fmt: skip
# What a format's name tells.
DIGITAL = _any("kindle", r"\be-?books?\b", "audible", "audiobook", "hörbuch-download", r"\bmp3\b", "電子書籍")
# Behind the title of a product that is sold repaired.
RENEWED = re.compile(
    r"[(\[]\s*(?:(?:amazon )?renewed|refurbished|generalüberholt|wiederaufbereitet|reconditionné|ricondizionato|"
    r"reacondicionado|recondicionado)|整備済み品",
    re.IGNORECASE,
)
OUT_OF_STOCK = _any(
    "out of stock", "unavailable", "sold out", "not available", "nicht verfügbar", "nicht auf lager", "nicht vorrätig",
    "ausverkauft", "indisponible", "rupture de stock", "épuisé", "non disponibil", "esaurit", "no disponible",
    "agotad", "sin stock", "sin existencias", "indispon[ií]ve", "não disponível", "esgotad", "fora de estoque",
    "在庫切れ", "在庫なし", "お取り扱いできません", "入荷時期は未定", "غير متوفر", "نفدت",
    "niet (?:op voorraad|beschikbaar|verkrijgbaar|leverbaar)", "niedostępn", "mevcut değil", "stokta yok",
    "无货", "缺货", "無貨", "缺貨", "उपलब्ध नहीं",
)  # fmt: skip
IN_STOCK = _any(
    "in stock", "usually (?:ships|dispatched)", "available to ship", "ships within", "available (?:now|instantly)",
    "auf lager", "vorrätig", "versandfertig", "sofort lieferbar", "en stock", "il ne reste plus que", "expédié sous",
    "disponibilità", r"disponib(?:ile|le)\.?$", "generalmente sped", "em estoque", "em stock", r"disponível\.?$",
    "在庫あり", r"残り\d+点", r"通常\s?\d", "متوفر", "op voorraad", "有现货", "现在有货",
)  # fmt: skip
FREE = _any(
    r"\bfree\b", "gratis", "gratuit", "kostenlos", "kostenfrei", "versandkostenfrei", "grátis", "無料", "مجان",
    "darmow", "ücretsiz", "免费", "免運",
)  # fmt: skip
PAST_MONTH = _any(
    "month", "monat", r"\bmois\b", r"\bmese\b", r"\bmes\b", r"\bmês\b", "か月", "ヶ月", "カ月", "شهر", r"\bmaand\b",
    "月",
)  # fmt: skip
# What else than having been bought the line tells of a product.
VIEWED = _any(
    "viewed", "angesehen", r"\bvus?\b", r"\bconsult", "visualiz", r"\bvist[oi]\b", "閲覧", "مشاهد", "bekeken", "查看",
)  # fmt: skip

# Of result lists.
SPONSORED = _any(
    "sponsored(?: ad)?", "gesponsert", "sponsorisée?", "sponsorizzato", "patrocinad[oa]",
    "スポンサー(?:プロダクト|広告)?", "برعاية", "إعلان (?:ممول|مُموَّل)", "ممول|مُموَّل", "gesponsord", "sponsorowan[ey]",
    "sponsrad", "sponsorlu", "赞助|贊助",
)  # fmt: skip
STARS = _any(
    r"\bstars?\b", r"\bstern", "étoile", r"\bstell[ea]", "estrella", "estrela", "つ星", "نجو?م", r"\bster(?:ren)?\b",
    "gwiazd", "stjärn", "y\u0131ld\u0131z", "颗星", "顆星",
)  # fmt: skip
# What stands before a price that is the lowest of several; in Japanese behind it.
_LOWEST = r"\b(?:from|starting (?:at|from)|ab|à partir de|dès|a partire da|da|desde|a partir de)|من|ابتداءً? من"
BEFORE_NO_PRICE = re.compile(rf"(?:{_LOWEST})\s*:?\s*$", re.IGNORECASE)
INSTALMENT = re.compile(r"\d\s?x(?: de)?\s*:?\s*$", re.IGNORECASE)
BEHIND_NO_PRICE = re.compile("\\s*(?:より|から|[~\u301c\uff5e])")
TO_BUY = _any("to buy", "kaufen", "acheter", "l'achat", "acquist", "comprar", "購入", "للشراء")
MEMBERSHIP = _any(
    "unlimited", "audible", r"\bprime\b", "membership", "subscription", "trial", r"\babo", "mitglied", "abbonamento",
    "suscripci", "assinatura", "会員", "読み放題", "聴き放題", "اشتراك",
)  # fmt: skip
NO_RESULTS = _any(
    r"\bno results", "did not match any", "keine ergebnisse", "aucun résultat", "nessun risultato", "no hay resultados",
    r"no se (?:han encontrado|encontraron) resultados", "sin resultados", "nenhum resultado", "não há resultados",
    "sem resultados", "一致する商品は(?:ありません|見つかりません)", "検索結果はありません", "لا توجد نتائج",
)  # fmt: skip
