"""Amazon's product pages, in the layouts of several years."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from hawker_storefront import filler, money, seed
from hawker_storefront.catalogue.amazon import Product, asin_of, image, product
from hawker_storefront.pages.render import Page, raw, render, script_json
from hawker_storefront.words import LANGUAGES, MARKETS

_OLD = {"2019", "book"}
_RELATED = 14
_INSTEAD = {"used_only": "used", "choose": "range"}  # of a price to buy it new, by a product's state


def dp(root: int, domain: str, asin: str) -> Page:
    """The product page of an ASIN."""
    item = product(root, domain, asin)
    market = MARKETS[domain]
    language = LANGUAGES[market.language]
    era = item.era
    old = era in _OLD
    charset = "shift_jis" if domain == "co.jp" and old else "utf-8"
    text = render(
        f"amazon/dp_{era}.html",
        charset=charset,
        p=item,
        lang=language,
        shop=f"Amazon.{domain}",
        slug="-".join(w for w in item.title.split() if w.isascii() and w.isalnum())[:60] or "x",
        old=old,
        styles=raw(filler.styles(f"dp-{era}", 6)),
        scripts=raw(filler.scripts(f"dp-{era}", 18)),
        nav=raw(filler.links("gp", 70, "nav")),
        footer=raw(filler.links("b", 90, "nav_a")),
        related=_related(root, item, language),
        shipping=_print(item, money.amount(4.99, whole=item.currency == "JPY")),
        list_price=_print(item, item.list_price) if item.list_price and item.has_buybox else None,
        price=_print(item, item.price) if item.price else None,
        price_parts=_pieces(item),
        price_spoken=_spoken(item),
        percent_off=round(100 - 100 * item.price / item.list_price) if item.price and item.list_price else 0,
        used=_print(item, item.used_price),
        rent=_print(item, money.amount(float(item.used_price) * 1.3, whole=item.currency == "JPY")),
        free=money.amazon(money.amount(0, whole=item.currency == "JPY"), domain, old=old),
        unit=_print(item, item.unit_price) if item.unit_price and item.has_buybox else None,
        subscribe=_print(item, item.subscribe_price) if item.subscribe_price and item.has_buybox else None,
        minor_units=int(item.price * (1 if item.currency == "JPY" else 100)) if item.price else "",
        rating=_rating(item, language),
        ratings=_ratings(item, language),
        availability=availability(item, language),
        sold_by=_sold_by(item, language),
        brand_label=_brand_label(language),
        byline=language[item.brand_style].replace("{value}", item.brand),
        ranks=_ranks(item, language),
        bought=language["bought"].replace("{n}", str(item.bought)),
        ships_from=ships_from(item),
        odf=(
            ("fulfillerInfoFeature", "desktop-fulfiller-info", language["ships_from_label"], ships_from(item), ""),
            (
                "merchantInfoFeature",
                "desktop-merchant-info",
                language["sold_by_label"],
                item.seller,
                "" if item.sold_by_amazon else item.seller_id,
            ),
        ),
        gallery=_gallery(item),
        book_gallery=script_json([{"mainUrl": f"{i}.jpg", "thumbUrl": f"{i}._SX75_.jpg"} for i in item.images]),
        dimension_to_asin=script_json({str(i): asin for i, (asin, _) in enumerate(item.variants)}),
        dimension_values=script_json({asin: [colour] for asin, colour in item.variants}),
    )
    declared = seed.percent(root, "declared", domain, asin) < 80  # noqa: PLR2004 - the others leave it to the document
    return Page(text, [truth(root, domain, asin)], charset=charset, declared=declared)


def truth(root: int, domain: str, asin: str) -> dict[str, Any]:
    """What a right parser reads from the product page."""
    item = product(root, domain, asin)
    language = LANGUAGES[MARKETS[domain].language]
    shows_price = item.price is not None
    era = item.era
    row: dict[str, Any] = {
        "asin": asin,
        "domain": domain,
        "title": item.title,
        "price": str(item.price) if shows_price else None,
        "price_kind": ("digital" if era == "kindle" else "new") if shows_price else _INSTEAD.get(item.state),
        "currency": item.currency if shows_price else None,
        "seller": item.seller if shows_price and era != "kindle" else None,
        "rating": item.rating,
        "rating_count": item.rating_count,
        "best_seller_ranks": [{"rank": n, "category": c} for n, c in item.ranks],
        "bought_past_month": item.bought if era == "2025" else None,
        "categories": list(item.categories),
        "variant_asins": sorted(a for a, _ in item.variants),
    }
    if era == "kindle":
        return row | ({"in_stock": False} if item.state == "unavailable" else {})
    row["images"] = [f"{i}.jpg" if era == "book" else f"{i}._AC_SL1500_.jpg" for i in item.images]
    if era != "book":
        row["brand"] = item.brand
        row["features"] = list(item.features)
        row["list_price"] = str(item.list_price) if item.list_price and shows_price else None
        overview = {_brand_label(language): item.brand} if era == "2025" else {}
        row["details"] = overview | dict(item.details) | {"ASIN": item.asin}
    if shows_price:
        row |= {"availability": availability(item, language), "in_stock": True, "ships_from": ships_from(item)}
    elif item.state in {"unavailable", "script_only"}:
        row["in_stock"] = False
    return row


def availability(item: Product, language: dict[str, Any]) -> str:
    """The availability text, without the sentence that explains it; empty where the page shows none."""
    if item.state in {"in_stock", "few_left", "ships_later"}:
        text: str = language[item.state].replace("{n}", str(item.left))
        return text
    return str(language["unavailable"]) if item.state == "unavailable" else ""


def ships_from(item: Product) -> str:
    """Who sends a product off. Pages of 2019 name the service, not the shop, where Amazon sends others' goods."""
    if not item.fulfilled_by_amazon:
        return item.seller
    in_words = item.era in _OLD and not item.sold_by_amazon and MARKETS[item.domain].language != "ja"
    return "Amazon" if in_words else MARKETS[item.domain].name


def _brand_label(language: dict[str, Any]) -> str:
    label: str = language["brand"].partition(":")[0].strip()
    return label


def _print(item: Product, value: Any) -> str:
    if item.foreign:
        return f"EUR\u00a0{value:,.2f}"
    return money.amazon(value, item.domain, old=item.era in _OLD)


def _spoken(item: Product) -> str:
    return _print(item, item.price) if item.price else ""


def _pieces(item: Product) -> dict[str, Any]:
    if item.price is None:
        return {"text": "", "parts": money.Parts("", "", "", "", symbol_first=True)}
    if item.foreign:
        whole, _, fraction = f"{item.price:,.2f}".partition(".")
        return {"text": f"EUR{item.price:,.2f}", "parts": money.Parts("EUR", whole, ".", fraction, symbol_first=True)}
    return {"text": _print(item, item.price), "parts": money.parts(item.price, item.domain)}


def _rating(item: Product, language: dict[str, Any]) -> str | None:
    if item.rating is None:
        return None
    mark = "." if item.era in _OLD else language["decimal"]
    text: str = language["rating"].replace("{value}", f"{item.rating:.1f}".replace(".", mark))
    return text


def _ratings(item: Product, language: dict[str, Any]) -> str | None:
    if item.rating_count is None:
        return None
    words: str = language["ratings_old" if item.era in _OLD else "ratings_new"]
    return words.replace("{n}", money.count(item.rating_count, money.style(item.domain, old=item.era in _OLD)))


def _sold_by(item: Product, language: dict[str, Any]) -> Markup:
    if item.sold_by_amazon:
        return escape(language["sold_by_shop"].replace("{shop}", item.seller))
    words = language["sold_by_fulfilled" if item.fulfilled_by_amazon else "sold_by"]
    link = Markup('<a href="/gp/help/seller/at-a-glance.html/ref=dp_merchant_link?ie=UTF8&amp;seller={}">{}</a>')
    before, _, after = words.partition("{seller}")
    return escape(before) + link.format(item.seller_id, item.seller) + escape(after)


def _ranks(item: Product, language: dict[str, Any]) -> list[dict[str, str]]:
    style = money.style(item.domain, old=item.era in _OLD)
    found = []
    for place, category in item.ranks:
        n = money.count(place, style)
        before, _, after = language["rank"].replace("{n}", n).partition("{category}")
        found.append(
            {
                "text": before + category + after,
                "top": language["rank_top"].replace("{category}", category),
                "before": before,
                "after": after,
                "category": category,
                "short": before.removesuffix(" in ").removesuffix(" en ").strip() or n,
                "joint": "in" if before.endswith(" in ") else "en" if before.endswith(" en ") else "-",
            }
        )
    return found


def _gallery(item: Product) -> Markup:
    return script_json(
        [
            {
                "hiRes": f"{i}._AC_SL1500_.jpg",
                "thumb": f"{i}._AC_US40_.jpg",
                "large": f"{i}._AC_.jpg",
                "main": {f"{i}._AC_SX{w}_.jpg": [w, w] for w in (342, 466, 679)},
                "variant": "MAIN" if n == 0 else f"PT{n:02d}",
                "lowRes": None,
                "shoppableScene": None,
            }
            for n, i in enumerate(item.images)
        ]
    )


def _related(root: int, item: Product, language: dict[str, Any]) -> list[dict[str, str]]:
    """Other products with prices of their own: a parser must not take theirs."""
    draw = seed.stream(root, "related", item.domain, item.asin)
    found = []
    for _ in range(_RELATED):
        asin = asin_of(draw)
        price = money.amount(draw.uniform(5, 300), whole=item.currency == "JPY")
        found.append(
            {
                "asin": asin,
                "title": f"{item.department.title()} companion {asin[2:6]} \u2013 sponsored & shipped",
                "image": image(draw, item.era),
                "rating": language["rating"].replace("{value}", f"{draw.randrange(30, 50) / 10}"),
                "count": str(draw.randrange(9, 9000)),
                "price": _print(item, price),
            }
        )
    return found
