"""Reads that the cases and the captured pages do not show: each language's words, and rarer notations."""

from __future__ import annotations

import runpy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hawker_amazon import product
from hawker_amazon.details import ranks
from hawker_amazon.price import priced
from hawker_amazon.scrapers.amazon_offers.scraper import AmazonOffers, OffersTarget
from hawker_amazon.scrapers.amazon_product.scraper import AmazonProduct, ProductTarget
from hawker_core.model import BadTargetError
from hawker_core.page import Page
from hawker_core.run import read

SUPERSCRIPT = """<span class="price-info-superscript">$</span><span class="price-large">1,008</span>
<span class="price-info-superscript">99</span>"""

reading: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("reading.py")))
parts, block, apex, offer = (reading[name] for name in ("parts", "block", "apex", "offer"))


@pytest.mark.parametrize(
    ("byline", "brand"),
    [
        ("Visit the Philips Store", "Philips"),
        ("Visit the The North Face Storefront", "The North Face"),
        ("Brand: De'Longhi", "De'Longhi"),
        ("Besuche den Bosch Professional-Store", "Bosch Professional"),
        ("Besuchen Sie den LEGO-Shop", "LEGO"),
        ("Marke: WMF", "WMF"),
        ("Visiter la boutique Le Creuset", "Le Creuset"),
        ("Visitez la boutique Moulinex", "Moulinex"),
        ("Marque : de Buyer", "de Buyer"),
        ("Visita lo Store di Bialetti", "Bialetti"),
        ("Visita la tienda de Cecotec", "Cecotec"),
        ("Visite a loja WAP", "WAP"),
        ("Visite a Loja da Hi-Spec (em Espanhol)", "Hi-Spec"),
        ("ソニー(SONY)のストアを表示", "ソニー(SONY)"),
        ("ブランド: タイガー", "タイガー"),
        ("De Dietrich", "De Dietrich"),
    ],
)
def test_brand_in_every_language(byline: str, brand: str) -> None:
    assert product.brand(parts(f'<a id="bylineInfo">{byline}</a>'), {}) == brand


def test_brand_of_the_details_where_the_byline_has_none() -> None:
    assert product.brand(parts("<p>x</p>"), {"Farbe": "rot", "Markenname": "Mahlwerk"}) == "Mahlwerk"


@pytest.mark.parametrize(
    ("sentence", "seller", "ships_from"),
    [
        ("Ships from and sold by Amazon.com. Gift-wrap available.", "Amazon.com", "Amazon.com"),
        ("Dispatched from and sold by Amazon.", "Amazon", "Amazon"),
        ("Venduto e spedito da Amazon EU Sarl.", "Amazon EU Sarl", "Amazon EU Sarl"),
        ("Vendido por <a href='?seller=A1'>Tienda X</a> y gestionado por Amazon.", "Tienda X", "Amazon"),
        ("Expédié et vendu par <a href='?seller=A1'>Livres & Co</a>.", "Livres & Co", "Livres & Co"),
        ("この商品は、Amazon.co.jp が販売、発送します。", "Amazon.co.jp", "Amazon.co.jp"),
        ("この商品は、<a href='?seller=A1'>茶屋</a>が販売し、Amazon.co.jp が発送します。", "茶屋", "Amazon.co.jp"),
    ],
)
def test_sellers_in_every_language(sentence: str, seller: str, ships_from: str) -> None:
    found = offer(f'<div id="merchant-info">{sentence}</div>')
    assert (found.seller, found.ships_from) == (seller, ships_from)


@pytest.mark.parametrize(
    ("label_seller", "label_shipper"),
    [
        ("Sold by", "Ships from"),
        ("Sold by", "Dispatched from"),
        ("Verkäufer", "Versand"),
        ("Vendu par", "Expédié par"),
        ("Venditore", "Spedizione"),
        ("Vendido por", "Enviado desde"),
        ("Vendido por", "Enviado por"),
        ("販売元", "出荷元"),
    ],
)
def test_the_sellers_table_in_every_language(label_seller: str, label_shipper: str) -> None:
    rows = [("Zahlung", "Sichere"), (label_shipper, "Amazon"), (label_seller, "Kontor"), ("Returns", "30 days")]
    cell = '<div class="tabular-buybox-text" tabular-attribute-name="{}"><span>{}</span></div>'
    cells = "".join(cell.format(*row) for row in rows)
    found = offer(f'<div id="tabular-buybox">{cells}</div>')
    assert (found.seller, found.ships_from) == ("Kontor", "Amazon")


@pytest.mark.parametrize(
    ("body", "amount", "currency"),
    [
        (block("price_inside_buybox", "CDN$ 1,016.65"), "1016.65", "CAD"),
        (block("priceblock_ourprice", '<span class="currencyINR"></span> 1,49,999.00'), "149999.00", "INR"),
        (block("priceblock_dealprice", "￥ 2,980"), "2980", "JPY"),
        (block("priceblock_ourprice", SUPERSCRIPT), "1008.99", "USD"),
        (block("corePrice_feature_div", apex("1,234", "₹")), "1234", "INR"),
        (block("corePrice_feature_div", apex("1.234,50", "€")), "1234.50", "EUR"),
        (block("corePrice_feature_div", apex("1,018.", "TWD", "49")), "1018.49", "TWD"),
        (block("corePrice_feature_div", apex("1 299,", "€", "00")), "1299.00", "EUR"),
        (block("buybox", '<p class="kindle-price"><b class="a-color-price">$0.00</b></p>'), "0.00", "USD"),
    ],
)
def test_notations_of_prices(body: str, amount: str, currency: str) -> None:
    found = offer(body, currency)
    assert (found.price, found.currency, found.in_stock) == (Decimal(amount), currency, True)


@pytest.mark.parametrize(
    "body",
    [
        block("priceblock_ourprice", "EUR 10,99 - EUR 25,00"),
        block("priceblock_ourprice", "￥1,980 \uff5e ￥2,480"),
        block("unqualifiedBuyBox", block("price_inside_buybox", "$18.93")),
        block("snsAccordionRowMiddle", block("price_inside_buybox", "$8.10")),
        block("primeSavingsUpsellAccordionRow", block("price_inside_buybox", "$8.10")),
        block("mediaNoAccordion", '<b class="header-text">Buy used</b><b class="header-price">$3</b>'),
        block("corePrice_feature_div", f"{apex('25', '$', '00')}/month"),
        block("corePrice_feature_div", '<b class="a-price a-text-price"><i class="a-offscreen">$1.20</i></b>'),
        block("outOfStock", "x") + block("priceblock_ourprice", "$5.00"),
        block("availability", "Derzeit nicht verfügbar.") + block("priceblock_ourprice", "EUR 5,00"),
    ],
)
def test_what_is_no_price_to_buy_it_new_once(body: str) -> None:
    assert offer(body).price is None


@pytest.mark.parametrize(
    ("availability", "in_stock"),
    [
        ("Temporarily out of stock.", False),
        ("Derzeit nicht auf Lager.", False),
        ("Actuellement indisponible.", False),
        ("Non disponibile.", False),
        ("No disponible.", False),
        ("Não disponível.", False),
        ("現在在庫切れです。", False),
        ("Auf Lager", True),
        ("残り5点 入荷予定あり", True),
        ("Available from these sellers.", None),
    ],
)
def test_availability_without_a_price(availability: str, in_stock: bool | None) -> None:
    assert offer(f'<div id="availability"><span>{availability}</span></div>').in_stock is in_stock


@pytest.mark.parametrize(
    ("text", "bought"),
    [
        ("10K+ bought in past month", 10_000),
        ("Über 500 Mal im letzten Monat gekauft", 500),
        ("Plus de 1 000 achetés au cours du mois dernier", 1_000),
        ("Più di 50 acquistati nel mese scorso", 50),
        ("Más de 3 mil comprados el mes pasado", 3_000),
        ("過去1か月で1万点以上購入されました", 10_000),
        ("300+ viewed in past week", None),
    ],
)
def test_bought_in_every_language(text: str, bought: int | None) -> None:
    assert product.bought(parts(f'<div id="socialProofingAsinFaceout_feature_div">{text}</div>')) == bought


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("#10,214 Paid in Kindle Store", (10214, "Kindle Store")),
        ("Nr. 12 in C (Programmiersprache)", (12, "C (Programmiersprache)")),
        ("54 153 en Bricolage", (54153, "Bricolage")),
        ("n. 1.234 in Libri", (1234, "Libri")),
        ("nº2,417 en Robots aspiradores", (2417, "Robots aspiradores")),
        ("Nº 10 em Política e Atualidade", (10, "Política e Atualidade")),
        ("- 1,234位本", (1234, "本")),
        ("3C製品 - 64位", (64, "3C製品")),
        ("1位 ─ 本 > 料理", (1, "本 > 料理")),
    ],
)
def test_ranks_in_every_language(text: str, rank: tuple[int, str]) -> None:
    found = ranks(parts(f'<ul><li id="SalesRank"><b>Rank:</b> {text}</li></ul>'))
    assert found == [{"rank": rank[0], "category": rank[1]}]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("+ EUR 3,00 Versandkosten", "3.00"),
        ("Livraison à 4,99 € mardi 5 mars", "4.99"),
        ("+ R$ 12,90 de frete", "12.90"),
        ("配送料 ￥350 8月6日", "350"),
        ("توصيل مقابل 12.00 درهم", "12.00"),
        ("د.إ. 12.00 للتوصيل", "12.00"),
        ("Arrives: August 12 - 15", None),
    ],
)
def test_amounts_beside_their_sign(text: str, amount: str | None) -> None:
    found = priced(text, "EUR")
    assert (found.amount if found else None) == (Decimal(amount) if amount else None)


def test_requests() -> None:
    request = AmazonProduct().request(ProductTarget(asin="B00LAYVPOU", domain="co.jp"))
    assert request.url == "https://www.amazon.co.jp/dp/B00LAYVPOU"
    assert request.headers["Accept-Language"].startswith("ja")
    used = AmazonOffers().request(OffersTarget(asin="B00LAYVPOU", condition="used_good"))
    assert used.url.endswith("&filters=%257B%2522all%2522%253Atrue%252C%2522usedGood%2522%253Atrue%257D")


@pytest.mark.parametrize("fields", [{"asin": "short"}, {"domain": "xx"}, {"condition": "old"}])
def test_bad_targets(fields: dict[str, str]) -> None:
    with pytest.raises(BadTargetError):
        OffersTarget.from_fields({"asin": "B00LAYVPOU", **fields})


def test_later_pages_of_the_panel() -> None:
    offers = '<div id="aod-offer"><h5>New</h5><span class="a-price"><b class="a-offscreen">$5.00</b></span></div>' * 10
    pinned = '<div id="aod-pinned-offer"><span class="a-price"><b class="a-offscreen">$4.00</b></span></div>'
    body = f'{pinned}{offers}<input id="aod-total-offer-count" value="25">'.encode()
    url = "https://www.amazon.com/gp/product/ajax?asin=B00LAYVPOU&pageno=2"
    rows, further = read(AmazonOffers(), Page(url, body, number=2), OffersTarget(asin="B00LAYVPOU"))
    assert len(rows) == 10  # the pinned offer was read on the first page
    assert [(request.url[-9:], request.page) for request in further] == [("&pageno=3", 3)]
    assert read(AmazonOffers(), Page(url, body, number=3), OffersTarget(asin="B00LAYVPOU"))[1] == []
