"""Amazon's offer pages: the fragment of today ("all offers display") and the offer listing of 2019."""

from __future__ import annotations

from typing import Any

from hawker_storefront import filler, money, seed
from hawker_storefront.catalogue import offers
from hawker_storefront.catalogue.amazon import Product, product
from hawker_storefront.pages.render import Page, raw, render
from hawker_storefront.words import LANGUAGES, MARKETS


def aod(root: int, domain: str, asin: str, condition: str, number: int) -> Page:
    """A page of the offers fragment."""
    item = product(root, domain, asin)
    found = offers.listed(root, domain, asin, condition)
    here = offers.page(found, number)
    language = LANGUAGES[MARKETS[domain].language]
    views = [_view(item, o, i, language, old=False) for i, o in enumerate(here)]
    rows = _rows(item, here, condition, first=_first_position(found, condition, number))
    last = number >= offers.page_count(found)
    related = seed.stream(root, "aod-related", domain, asin)
    text = render(
        "amazon/aod.html",
        asin=asin,
        lang=language,
        title=item.title,
        image=item.images[0],
        pageno=number,
        blank=seed.percent(root, "aod-blank", domain, asin) < 50,  # noqa: PLR2004 - half the pages leave it blank
        pinned=[v for v, o in zip(views, here, strict=True) if o.pinned],
        others=[v for v, o in zip(views, here, strict=True) if not o.pinned],
        total=sum(not o.pinned for o in found),
        product_stars=language["rating"].replace("{value}", str(item.rating or 4.0)),
        related=[
            {"asin": f"B0{i:08d}", "title": f"Companion {i}", "price": money.amazon(_amount(item, related), domain)}
            for i in range(6)
        ],
    )
    return Page(text, rows, next_page=not last)


def olp(root: int, domain: str, asin: str, condition: str, number: int) -> Page:
    """A page of the offer listing: ten offers, none pinned."""
    item = product(root, domain, asin)
    found = tuple(o for o in offers.offers(root, domain, asin) if o.of(condition))
    here = found[(number - 1) * offers.PER_PAGE : number * offers.PER_PAGE]
    language = LANGUAGES[MARKETS[domain].language]
    first = (number - 1) * offers.PER_PAGE + 1
    pages = max(1, -(-len(found) // offers.PER_PAGE))
    text = render(
        "amazon/olp.html",
        asin=asin,
        domain=domain,
        lang=language,
        title=item.title,
        pageno=number,
        pages=pages,
        others=[_view(item, o, i, language, old=True) for i, o in enumerate(here, first)],
        styles=raw(filler.styles("olp", 5)),
        scripts=raw(filler.scripts("olp", 14)),
        nav=raw(filler.links("olp", 40, "nav")),
    )
    return Page(text, _rows(item, here, "all", first=first), next_page=number < pages)


def empty(root: int, domain: str, asin: str) -> Page:
    """The fragment of a product that nobody sells."""
    item = product(root, domain, asin)
    return _bare(domain, asin, item.title, item.images[0], 1)


def no_more(domain: str) -> Page:
    """The fragment past the last page of offers."""
    return _bare(domain, "", "", "", 2)


def _bare(domain: str, asin: str, title: str, image: str, number: int) -> Page:
    text = render(
        "amazon/aod.html",
        asin=asin,
        lang=LANGUAGES[MARKETS[domain].language],
        title=title,
        image=image,
        pageno=number,
        blank=False,
        pinned=[],
        others=[],
        total=0,
        product_stars="",
        related=[],
    )
    return Page(text)


def _amount(item: Product, draw: Any) -> Any:
    return money.amount(draw.uniform(5, 300), whole=item.currency == "JPY")


def _first_position(found: tuple[offers.Offer, ...], condition: str, number: int) -> int:
    pinned = sum(o.pinned and o.of(condition) for o in found)
    return 1 if number == 1 else pinned + (number - 1) * offers.PER_PAGE + 1


def _rows(item: Product, here: tuple[offers.Offer, ...], condition: str, first: int) -> list[dict[str, Any]]:
    """The rows of a page. A pinned offer is shown under every filter, and is a row only where it passes it."""
    currency = MARKETS[item.domain].currency
    return [
        {
            "asin": item.asin,
            "domain": item.domain,
            "position": position,
            "seller_id": None if _is_amazon(item, o) else o.seller_id,
            "seller_name": o.seller,
            "price": str(o.price),
            "shipping": str(o.shipping),
            "currency": currency,
            "condition": o.condition,
            "ships_from": o.ships_from,
            "is_buybox": o.pinned,
            "is_prime": o.prime,
            "seller_rating": o.positive if o.stars else None,
        }
        for position, o in enumerate((o for o in here if o.of(condition)), first)
    ]


def _is_amazon(item: Product, offer: offers.Offer) -> bool:
    return offer.pinned and item.sold_by_amazon


def _view(item: Product, offer: offers.Offer, index: int, language: dict[str, Any], *, old: bool) -> dict[str, Any]:
    charge = money.amazon(offer.shipping, item.domain, old=old) if offer.shipping else ""
    style = MARKETS[item.domain].number
    stars = f"{offer.stars:.1f}".replace(".", "." if old else language["decimal"]) if offer.stars else ""
    words = language["rating" if old else "seller_stars"]
    listed = item.list_price if offer.pinned and item.list_price else None
    return {
        "index": index,
        "price": money.amazon(offer.price, item.domain, old=old),
        "parts": money.parts(offer.price, item.domain),
        "list_price": money.amazon(listed, item.domain) if listed else None,
        "condition": offer.condition,
        # The shop breaks "Used - Like New" over lines.
        "condition_broken": offer.condition.replace(" - ", "\n\n      -\n\n      "),
        "seller": offer.seller,
        "seller_id": offer.seller_id,
        "link": not _is_amazon(item, offer),
        "prime": offer.prime,
        "ships_from": offer.ships_from,
        "from_text": "" if offer.ships_from == offer.seller else f"Fulfilment by {offer.ships_from}",
        "charge": charge,
        "delivery": offer.delivery,
        "delivery_price": charge or language["free"],
        "delivery_words": charge or language["free_delivery"],
        "stars": words.replace("{value}", stars) if stars else "",
        "star_class": str(offer.stars or 0).replace(".", "-").removesuffix("-0"),
        "positive": language["positive"].replace("{value}", str(offer.positive)),
        "ratings": language["ratings_new"].replace("{n}", money.count(offer.ratings, style)),
    }
