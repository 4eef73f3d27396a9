"""Amazon's result lists, in the layouts of several years: of searches, categories and sellers' shops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hawker_storefront import filler, money, seed
from hawker_storefront.catalogue import amazon_lists as catalogue
from hawker_storefront.pages.render import Page, raw, render
from hawker_storefront.words import LANGUAGES, MARKETS, load

if TYPE_CHECKING:
    from decimal import Decimal

_TEXTS: dict[str, dict[str, Any]] = load("lists.toml")
_KINDS = {"price": "new", "unlimited": "new", "range": "range", "from": "range", "others": "offers", "nothing": None}
_TOLD = 15  # other sellers' offers, up to which a tile tells of them: every third does
_ABBREVIATED = 1000  # ratings, from which on pages of 2026 tell them by thousands


@dataclass(slots=True)
class _Tile:
    """A product as a template prints it: its prices as texts, and in pieces."""

    asin: str
    position: int
    brand: str
    title: str
    href: str
    image: str
    show: str
    price: str
    parts: money.Parts
    nought: str
    nought_parts: money.Parts
    high: str
    high_parts: money.Parts
    lowest: tuple[str, str]
    former: str | None
    unit: str
    rating: str | None
    ratings: str
    ratings_words: str
    ratings_short: str
    other_offers: str | None
    to_buy: str
    sponsored: bool
    prime: bool


def page(root: int, scraper: str, domain: str, name: str, filters: tuple[str, ...], number: int) -> Page:
    """A page of a list, from 1; past the last it says that nothing is found."""
    found = catalogue.listing(root, scraper, domain, name, filters)
    here = catalogue.tiles(root, found, number)
    if not here:
        return nothing(root, scraper, domain, name, filters)
    pages = -(-found.total // found.per_page)
    fewer = catalogue.strangers(root, found, 4) if found.total < found.per_page and found.era == "2019" else ()
    text = _text(root, found, number, pages, here, fewer)
    rows = [_row(found, tile) for tile in here]
    return Page(text, rows, declared=seed.percent(root, "declared", domain, name) < 80, next_page=number < pages)  # noqa: PLR2004 - percent


def nothing(root: int, scraper: str, domain: str, name: str, filters: tuple[str, ...]) -> Page:
    """The page of a list that holds nothing; half of them show what matches fewer words instead."""
    found = catalogue.listing(root, scraper, domain, name, filters)
    instead = seed.percent(root, "instead", domain, name) < 50  # noqa: PLR2004 - percent
    return Page(_text(root, found, 1, 0, (), catalogue.strangers(root, found, 4) if instead else ()))


def _text(
    root: int,
    found: catalogue.Listing,
    number: int,
    pages: int,
    here: tuple[catalogue.Tile, ...],
    fewer: tuple[catalogue.Tile, ...],
) -> str:
    language = LANGUAGES[MARKETS[found.domain].language]
    return render(
        f"amazon/list_{'2019' if found.era == '2019' else '2020'}.html",
        found=found,
        lang=language,
        t=_TEXTS[MARKETS[found.domain].language],
        shop=f"Amazon.{found.domain}",
        heading=_heading(found, number, len(here)) if here else None,
        tiles=[_view(found, tile, language) for tile in here],
        fewer=[_view(found, tile, language) for tile in fewer],
        others=[_view(found, tile, language) for tile in catalogue.strangers(root, found, 6)],
        number=number,
        pages=pages,
        base=f"/s?{urlencode(_query(found))}",
        styles=raw(filler.styles("search", 6)),
        scripts=raw(filler.scripts("search", 14)),
        nav=raw(filler.links("gp", 50, "nav")),
        footer=raw(filler.links("b", 60, "nav_a")),
    )


def _query(found: catalogue.Listing) -> dict[str, str]:
    filters = dict(one.split("=", 1) for one in found.filters)
    match found.scraper:
        case "amazon_search":
            return {"k": found.name, **filters}
        case "amazon_category":
            return {"rh": f"n:{found.name}"}
        case _:
            return {"i": "merchant-items", "me": found.name}


def _heading(found: catalogue.Listing, number: int, shown: int) -> str:
    texts = _TEXTS[MARKETS[found.domain].language]
    style = money.style(found.domain)
    total = money.count(found.told, style)
    first = (number - 1) * found.per_page + 1
    words: str = texts["few"] if found.total <= found.per_page else texts["count"]
    total = total if found.told == found.total else texts["over"].replace("{n}", total)
    span = {"{first}": money.count(first, style), "{last}": money.count(first + shown - 1, style), "{total}": total}
    for mark, value in span.items():
        words = words.replace(mark, value)
    return words


def _row(found: catalogue.Listing, tile: catalogue.Tile) -> dict[str, Any]:
    item, price = tile.item, tile.price
    row: dict[str, Any] = {
        "position": tile.position,
        "asin": item.asin,
        "title": _title(found, tile),
        "price": str(price) if price is not None else None,
        "price_kind": "offers" if tile.show == "nothing" and _others(tile) < _TOLD else _KINDS[tile.show],
        "list_price": str(tile.list_price) if tile.list_price is not None else None,
        "currency": found.currency if price is not None else None,
        "rating": item.rating,
        "rating_count": item.rating_count,
        "sponsored": tile.sponsored,
        "prime": tile.prime,
    }
    if found.scraper == "amazon_category":
        row |= {"node": found.name, "total_results": found.told}
    if found.scraper == "amazon_seller_products":
        row["seller_id"] = found.name
    return row


def _title(found: catalogue.Listing, tile: catalogue.Tile) -> str:
    """The title; pages of 2026 print the brand above it."""
    title = tile.item.title
    return title.removeprefix(f"{tile.item.brand} ") if found.era == "2026" else title


def _others(tile: catalogue.Tile) -> int:
    return seed.number("offers", tile.item.asin) % 40 + 1


def _print(found: catalogue.Listing, value: Decimal) -> str:
    if found.foreign:
        return f"€{value:,.2f}"
    return money.amazon(value, found.domain, old=found.era == "2019")


def _parts(found: catalogue.Listing, value: Decimal) -> money.Parts:
    if found.foreign:
        whole, _, fraction = f"{value:,.2f}".partition(".")
        return money.Parts("€", whole, ".", fraction, symbol_first=True)
    return money.parts(value, found.domain)


def _view(found: catalogue.Listing, tile: catalogue.Tile, language: dict[str, Any]) -> _Tile:
    item, texts = tile.item, _TEXTS[MARKETS[found.domain].language]
    old = found.era == "2019"
    style = money.style(found.domain, old=old)
    price = _print(found, tile.shown)
    nought = money.amount(0, whole=found.currency == "JPY")
    path = f"/x/dp/{item.asin}/ref=sr_1_{tile.position}"
    count = item.rating_count or 0
    short = f"{count // _ABBREVIATED}K" if found.era == "2026" and count >= _ABBREVIATED else money.count(count, style)
    stars = f"{item.rating:.1f}".replace(".", language["decimal"]) if item.rating is not None else ""
    before, _, after = texts["from"].partition("{price}")
    offers: str = texts["old_offers" if old else "offers"]
    many = _others(tile)
    return _Tile(
        asin=item.asin,
        position=tile.position,
        brand=item.brand if found.era == "2026" and item.title.startswith(item.brand) else "",
        title=_title(found, tile),
        href=f"/sspa/click?{urlencode({'ie': 'UTF8', 'url': path})}" if tile.sponsored and not old else path,
        image=item.images[0],
        show=tile.show,
        price=price,
        parts=_parts(found, tile.shown),
        nought=_print(found, nought),
        nought_parts=_parts(found, nought),
        high=_print(found, tile.high),
        high_parts=_parts(found, tile.high),
        lowest=(before, after),
        former=_print(found, tile.list_price) if tile.list_price is not None else None,
        unit=_print(found, item.unit_price) if item.unit_price is not None and tile.show == "price" else "",
        rating=language["rating"].replace("{value}", stars) if stars else None,
        ratings=money.count(count, style),
        ratings_words=language["ratings_new"].replace("{n}", money.count(count, style)),
        ratings_short=short,
        other_offers=offers.replace("{n}", str(many)) if tile.show == "others" or many < _TOLD else None,
        to_buy=texts["to_buy"].replace("{price}", price),
        sponsored=tile.sponsored,
        prime=tile.prime,
    )
