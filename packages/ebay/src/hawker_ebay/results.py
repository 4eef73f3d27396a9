"""A result list: its own tiles, what it says of their number, and whether it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_core import Empty, Missing, count
from hawker_ebay.tiles import Tile

if TYPE_CHECKING:
    from hawker_core import Node, Page

# Selectors name their tags: a search of the whole document for a class alone takes ten times as long.
_TILES = (
    "ul.srp-results > li.s-card",
    "ul.srp-results > li.s-item",
    "ul.srp-results > div > li.s-item",
    "ul.su-grid > li.su-grid__item > .su-item-card",
)
# From here on the list shows what the search did not ask for: "Results matching fewer words". The same element ahead of
# a list that has results tells that the shop has mended the words.
_DIVIDERS = (
    "li[class*=srp-river-answer--REWRITE_START]",
    "div[class*=srp-river-answer--REWRITE_START]",
    "li[id^=srp-river-results-null-search]",
)
_HEADINGS = ("h1.srp-controls__count-heading", "h2.srp-controls__count-heading", ".srp-controls__count-heading")
_NOTICE = "div.srp-save-null-search"


def tiles(page: Page, domestic: str) -> list[Tile]:
    """The tiles that match the search, in the order shown, without fillers.

    Raises:
        Empty: the page says that nothing matches; what it shows instead does not count.
        Missing: no tile, and no such word.
    """
    if total(page) == 0:
        raise Empty(page.root.text(*_HEADINGS))
    if found := _listed(page, domestic)[0]:
        return found
    if page.root.has(_NOTICE, *_DIVIDERS):
        raise Empty(page.root.maybe_text(_NOTICE, *_DIVIDERS) or _NOTICE)
    raise Missing(" | ".join(_TILES))


def total(page: Page) -> int | None:
    """How many results the heading tells; a lower bound where it says `97.000+`."""
    heading = page.root.maybe_text(*_HEADINGS) or ""
    # The words searched for stand in the heading too, and may be a number: the count comes first, in all languages.
    return count(heading) if heading[:1].isdigit() else None


def goes_on(page: Page) -> bool:
    """Whether a further page of matching results follows."""
    following = page.root.maybe("a.pagination__next[href]")
    return following is not None and following.get("aria-disabled") != "true" and not _listed(page, "")[1]


def _listed(page: Page, domestic: str) -> tuple[list[Tile], bool]:
    """The list's own tiles, and whether others follow that do not match."""
    mended = bool(total(page)) and not page.root.has(_NOTICE)
    found: list[Tile] = []
    for node in page.root.all(", ".join(_TILES + _DIVIDERS)):
        if _divides(node):
            if found or not mended:
                return found, True
        elif not (tile := Tile(node, domestic)).is_placeholder:
            found.append(tile)
    return found, False


def _divides(node: Node) -> bool:
    return "REWRITE_START" in (node.get("class") or "") or "null-search" in (node.get("id") or "")
