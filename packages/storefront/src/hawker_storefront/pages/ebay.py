"""eBay's search pages: cards of 2025 and 2026, items of 2021 and 2022."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hawker_storefront import filler, money, seed
from hawker_storefront.catalogue import ebay
from hawker_storefront.pages.render import Page, raw, render
from hawker_storefront.words import load

if TYPE_CHECKING:
    from datetime import timedelta
    from decimal import Decimal

    from markupsafe import Markup

_TEXTS: dict[str, dict[str, Any]] = load("ebay.toml")
# What the link's tracking token starts with: base64 of "PL" (a promoted listing) or of "ORG" (an organic one).
_PROMOTED, _ORGANIC = "BFBMhKaSoJNn", "Bk9SR4KmkqCTZw"
_INVISIBLE = "\u2063"
PER_PAGE = 60
"""Tiles on a page unless the query says otherwise."""


@dataclass(slots=True)
class _Tile:
    """A listing as a template prints it."""

    item_id: str
    hash: str
    title: str
    fresh: bool
    url: str
    image: str
    condition: str
    size: str
    prices: list[str]
    price_class: str
    attributes: list[str]
    shipping_text: str
    location_text: str
    bids_text: str
    left_text: str
    watchers: int
    caption: str
    caption_class: str
    seller: str
    feedback: str
    show_seller: bool
    sponsored: bool


def search(root: int, site: str, keyword: str, filters: tuple[str, ...], number: int, per_page: int = PER_PAGE) -> Page:
    """A page of a search, from 1."""
    found = ebay.search(root, site, keyword, filters)
    return _page(root, found, filters, number, per_page)


def nothing(root: int, site: str, keyword: str, filters: tuple[str, ...]) -> Page:
    """The page of a search that matches nothing, with rows that match fewer words below."""
    found = ebay.search(root, site, keyword, filters)
    era = found.era if found.era in {"2025", "2026"} else "2025"
    return _page(root, ebay.Search(site, keyword, found.sold, era, found.currency, 0), filters, 1, PER_PAGE)


def _page(root: int, found: ebay.Search, filters: tuple[str, ...], number: int, per_page: int) -> Page:
    texts = _TEXTS[found.site]
    first = (number - 1) * per_page
    here = ebay.listings(root, found, first, per_page)
    pages = max(1, -(-found.total // per_page))
    more = number < pages
    strangers = ebay.strangers(root, found, 12) if found.total < 9 and number == 1 else ()  # noqa: PLR2004 - few results
    cards = found.era in {"2025", "2026"}
    vertical = cards and seed.percent(root, "direction", found.site, found.keyword) < 35  # noqa: PLR2004 - a third is a grid
    charset = "iso-8859-1" if found.era == "2021" and found.site == "de" else "utf-8"
    base = f"https://www.ebay.{found.site}/sch/i.html?" + urlencode(
        {"_nkw": found.keyword} | {name: value for name, _, value in (f.partition("=") for f in filters)}
    )
    draw = seed.stream(root, "ebay-page", found.site, found.keyword, number)
    text = render(
        "ebay/card.html" if cards else "ebay/item.html",
        s=found,
        t=texts,
        era=found.era,
        charset=charset,
        direction="vertical" if vertical else "horizontal",
        total=money.count(found.total, "de" if found.site == "de" else "en"),
        listings=[_view(found, x, texts, vertical=vertical) for x in here],
        strangers=[_view(found, x, texts, vertical=vertical) for x in strangers],
        ads=[_view(found, x, texts, vertical=vertical) for x in ebay.strangers(root, found, 4)],
        label=_label(texts["sponsored"], draw.randrange(3)),
        base_url=base,
        next_url=f"{base}&_pgn={number + 1}" if more else None,
        number=number,
        pages=pages,
        styles=raw(filler.styles("srp", 4)),
        scripts=raw(filler.scripts("srp", 10)),
        nav=raw(filler.links("ebay", 30, "gh")),
        footer=raw(filler.links("ebayfoot", 40, "gf")),
    )
    rows = [_row(found, x, first + n + 1, texts, vertical=vertical) for n, x in enumerate(here)]
    return Page(text, rows, charset=charset, next_page=more)


def _row(
    found: ebay.Search, item: ebay.Listing, position: int, texts: dict[str, Any], *, vertical: bool
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "position": position,
        "item_id": item.item_id,
        "title": item.title,
        "price": str(item.price),
        "price_high": str(item.price_high) if item.price_high else None,
        "currency": found.currency,
        "shipping": str(item.shipping) if item.shipping is not None else None,
        "condition": item.condition,
        "seller": item.seller if _shows_seller(found, vertical=vertical) else None,
        "location": item.country,
        "bids": item.bids,
        "time_left": _left(item.left, texts) if item.left else None,
    }
    if found.era != "2021":
        row["sponsored"] = item.sponsored
    if found.sold and found.era != "2021":
        row["sold_at"] = item.sold_on.isoformat()
    return row


def _shows_seller(found: ebay.Search, *, vertical: bool) -> bool:
    return found.era in {"2025", "2026"} and not vertical


def _left(left: timedelta, texts: dict[str, Any]) -> str:
    hours = int(left.total_seconds() // 3600)
    text: str = texts["left"].replace("{d}", str(hours // 24)).replace("{h}", str(hours % 24))
    return text


def _print(value: Decimal, found: ebay.Search) -> str:
    """A price as the page prints it: the site's manner, or the viewer's currency."""
    match found.currency:
        case "EUR":
            return "EUR " + money.figure(value, "de")
        case "GBP":
            return "£" + money.figure(value, "en")
        case "IDR":
            return "IDR" + money.figure(value, "en")
        case "CAD":
            return "C $" + money.figure(value, "en")
        case _:
            return "$" + money.figure(value, "en")


def _view(found: ebay.Search, item: ebay.Listing, texts: dict[str, Any], *, vertical: bool) -> _Tile:
    prices = [_print(item.price, found)] + ([_print(item.price_high, found)] if item.price_high else [])
    shipping = ""
    if item.shipping is not None:
        shipping = texts["shipping"].replace("{n}", _print(item.shipping, found)) if item.shipping else texts["free"]
    bids = texts["bids"].replace("{n}", str(item.bids)) if item.bids is not None else ""
    location = texts["located"].replace("{n}", item.country)
    way = [] if bids else [texts["offer" if item.best_offer else "buy_now"]]
    tracking = "itmprp=enc%3AAQAL%7Ctkp%3A" + (_PROMOTED if item.sponsored else _ORGANIC)
    caption = _sold(item, texts) if found.sold else item.caption
    return _Tile(
        item_id=item.item_id,
        hash=f"{int(item.item_id):x}",
        title=item.title,
        fresh=int(item.item_id) % 17 == 0,
        url=f"https://www.ebay.{found.site}/itm/{item.item_id}?{urlencode({'_skw': found.keyword})}&{tracking}",
        image=f"https://i.ebayimg.com/images/g/{item.item_id[::-1]}/s-l500.webp",
        condition=item.condition,
        size=item.size,
        prices=prices,
        price_class="positive bold" if found.sold else "primary bold",
        attributes=[x for x in (*way, shipping, location) if x],
        shipping_text=shipping,
        location_text=location,
        bids_text=bids,
        left_text=_left(item.left, texts) if item.left else "",
        watchers=item.watchers,
        caption=caption,
        caption_class="su-styled-text positive default" if found.sold else "signal signal--trustworthy",
        seller=item.seller,
        feedback=item.feedback,
        show_seller=_shows_seller(found, vertical=vertical),
        sponsored=item.sponsored,
    )


def _sold(item: ebay.Listing, texts: dict[str, Any]) -> str:
    day = item.sold_on
    words: str = texts["sold"].replace("{month}", texts["months"][day.month - 1])
    return words.replace("{day}", str(day.day)).replace("{year}", str(day.year))


def _label(word: str, manner: int) -> Markup:
    """The word "Sponsored" as the shop hides it: plain, backwards, or letter by letter with invisible signs.

    It stands on every tile; a style sheet decides where it is seen.
    """
    if manner == 0:
        return raw(f'<span translate="no">{word}</span>')
    if manner == 1:
        return raw(f"<span>{word[::-1]}</span>")
    return raw("<span>" + "".join(f'<span class="s-w5f9074">{c}{_INVISIBLE}</span>' for c in word) + "</span>")
