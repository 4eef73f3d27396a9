"""Lists of best-selling products: the grid since 2021, and the ordered lists before it.

The ordered lists and the figures of movers are unverified against a capture: built from public parsers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta

from hawker_amazon.parts import unfinished
from hawker_amazon.price import NEW, OFFERS, RANGE, torn
from hawker_amazon.site import Domain
from hawker_core.convert import count, moneys
from hawker_core.model import Missing, Target
from hawker_core.page import decode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from hawker_core.model import Money
    from hawker_core.page import Data, Node, Page

PATHS: Final[dict[str, str]] = {
    "bestsellers": "bestsellers",
    "new-releases": "new-releases",
    "movers": "movers-and-shakers",
}
_TILES = ("div[id=gridItemRoot]", "li.zg-item-immersion", ".zg_itemImmersion")
ENTRIES = (*_TILES, "[class*=zg-grid-general-faceout]")  # the last stands inside the first, where there is one
LISTED = ", ".join(_TILES)  # one element for each entry, for a browser that counts them
_RANKS = (".zg-bdg-text", ".zg-badge-text", ".zg_rankNumber")
# The classes of the grid carry a hash, and the lines that a title may take.
_TITLES = ("[class*=p13n-sc-css-line-clamp]", "[class*=p13n-sc-truncate]", ".zg_title")
_PRICES = "[class*=p13n-sc-price]:not([class*=animation])"
_LISTED = "[data-client-recs-list]"  # the page's products and their places, as JSON for its script
_MOST_LISTED = 1 << 20  # characters of it
_OFFERS = ".a-color-secondary"
_STARS = (".a-icon-row .a-icon-alt", ".a-icon-alt")
_RATINGS = (".a-icon-row span.a-size-small", ".a-icon-row a.a-size-small")
_CHANGES = (".zg-grid-pct-change", ".zg-percent-change")
# What stands beside the change; alone where a product was not ranked the day before.
_MOVEMENTS = ("[class*=zg-grid-rank-metadata]", ".zg-sales-movement")
_ASIN = re.compile(r"[A-Z0-9]{10}")
_LINK = re.compile(r"/(?:dp|gp/product)/([A-Z0-9]{10})(?![A-Z0-9])")


class BestsellersTarget(Target, frozen=True):
    """A list of a department or of a category in it, as its address names it: `electronics/172282`."""

    node: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,80}(/\d{1,20})?$")]
    list: Literal["bestsellers", "new-releases", "movers"] = "bestsellers"
    domain: Domain = "com"
    pages: Annotated[int, Meta(ge=1, le=2)] = 1


def entries(page: Page) -> list[Node]:
    """A list's tiles, in the order shown.

    Raises:
        Missing: none. So it is with the overview of all departments, which shows the first six of each in carousels,
            without prices: the shop sends there whoever asks for a category that it has not.
    """
    if not (found := page.root.all(*ENTRIES)):
        raise Missing(" | ".join(ENTRIES))
    if unfinished(page, found[-1]):
        page.bad.append("the entry's end: the page is cut off")
        del found[-1]
    return found


def goes_on(page: Page) -> bool:
    """Whether the list has another page."""
    return page.root.has("ul.a-pagination li.a-last:not(.a-disabled) a")


def ranks(page: Page) -> dict[str, int]:
    """Place by product, as the page tells it to its own script; empty where it does not."""
    told = page.root.maybe_attr("data-client-recs-list", _LISTED) or ""
    if not told or len(told) > _MOST_LISTED:
        return {}
    try:
        listed = decode(told, _LISTED).all("")
    except Missing:
        return {}
    places = {one.maybe_text("id") or "": _place(one) for one in listed}
    return {name: place for name, place in places.items() if place is not None}


def _place(listed: Data) -> int | None:
    metadata = listed.maybe("metadataMap")
    told = metadata.value.get("render.zg.rank") if metadata and isinstance(metadata.value, dict) else None
    return count(str(told)) if told else None


def rank(entry: Node, listed: Mapping[str, int]) -> int:
    """The place in the list, by the entry's badge; where it has none, by `ranks`.

    Raises:
        Missing: none shown, or several: the entry has lost its end, and holds the next one.
    """
    shown = entry.all(*_RANKS)
    found = count(shown[0].content) if len(shown) == 1 else None if shown else listed.get(asin(entry))
    if found is None:
        raise Missing(" | ".join(_RANKS))
    return found


def asin(entry: Node) -> str:
    """The product.

    Raises:
        Missing: neither named nor linked to.
    """
    named = entry.maybe_attr("id", ".p13n-sc-uncoverable-faceout") or entry.maybe_attr("data-asin", "[data-asin]")
    if named and _ASIN.fullmatch(named):
        return named
    linked = (_LINK.search(link.get("href") or "") for link in entry.all("a[href]"))
    if found := next(filter(None, linked), None):
        return found.group(1)
    raise Missing(".p13n-sc-uncoverable-faceout[id] | [data-asin] | a[href*='/dp/']")


def title(entry: Node) -> str:
    """The title in full: a script may have cut the text and kept the whole in an attribute.

    Raises:
        Missing: none shown.
    """
    # The first alone: an author may stand behind the title in the same class.
    first = next((node for css in _TITLES for node in entry.all(css) if node.content), None)
    return (first and (first.get("title") or first.content)) or entry.attr("alt", "img[alt]")


def prices(entry: Node, default: str | None) -> list[Money]:
    """The price, or both ends of a range; empty where the tile shows none."""
    first = entry.maybe(_PRICES)
    around = first.up() if first else None  # both ends stand side by side
    shown = around.texts(_PRICES) if around else []
    if any(map(torn, shown)):
        return []
    return list(dict.fromkeys(one for text in shown for one in moneys(text, default)))


def price_kind(shown: list[Money], offers: int | None) -> str | None:
    """Which price it is: the featured offer's, both ends of a range, or the lowest of several offers."""
    if not shown:
        return None
    return OFFERS if offers is not None else RANGE if len(shown) > 1 else NEW


def offer_count(entry: Node) -> int | None:
    """How many offers there are, where the tile tells: `2 Angebote ab 47,58 \u20ac`."""
    told = (line for line in entry.all(_OFFERS) if line.has(_PRICES))
    return next((number for line in told if (number := count(line.own_content)) is not None), None)


def stars(entry: Node) -> Decimal | None:
    """Stars out of five."""
    return entry.maybe_rating(*_STARS)


def rated(entry: Node) -> int | None:
    """How many ratings there are."""
    return entry.maybe_count(*_RATINGS)


def percent_change(entry: Node) -> int | None:
    """By how many percent the sales rank of a mover rose; None where it had none the day before.

    Raises:
        Missing: the tile tells of no movement.
    """
    change = entry.maybe_count(*_CHANGES)
    if change is None and not entry.has(*_MOVEMENTS):
        raise Missing(" | ".join(_CHANGES))
    return change
