"""A result list: its own tiles, what it says of their number, and whether it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_core import Empty, Missing
from hawker_ebay.tiles import Tile

if TYPE_CHECKING:
    from hawker_core import Node, Page

_TILES = (
    ".srp-results > li.s-card, .srp-results > li.s-item, .srp-results > div > li.s-item, .su-grid > li.su-grid__item"
)
# From here on the list shows what the search did not ask for: "Results matching fewer words".
_DIVIDER = ".srp-river-answer--REWRITE_START, [id^=srp-river-results-null-search]"
_HEADING = ".srp-controls__count-heading"
_NOTICE = ".srp-save-null-search"


def tiles(page: Page, domestic: str) -> list[Tile]:
    """The tiles that match the search, in the order shown.

    Raises:
        Empty: the page says that nothing matches; what it shows instead does not count.
        Missing: no tile, and no such word.
    """
    if total(page) == 0:
        raise Empty(page.root.text(_HEADING))
    found: list[Tile] = []
    for node in page.root.all(f"{_TILES}, {_DIVIDER}"):
        if _divides(node):
            break
        found.append(Tile(node, domestic))
    if found:
        return found
    if page.root.has(_NOTICE, _DIVIDER):
        raise Empty(page.root.maybe_text(_NOTICE, _DIVIDER) or _NOTICE)
    raise Missing(_TILES)


def total(page: Page) -> int | None:
    """How many results the heading tells; a lower bound where it says `97.000+`."""
    return page.root.maybe_count(f"{_HEADING} .BOLD", _HEADING)


def goes_on(page: Page) -> bool:
    """Whether a further page of matching results follows."""
    following = page.root.maybe("a.pagination__next[href]")
    return following is not None and following.get("aria-disabled") != "true" and not page.root.has(_DIVIDER)


def _divides(node: Node) -> bool:
    return "REWRITE_START" in (node.get("class") or "") or "null-search" in (node.get("id") or "")
