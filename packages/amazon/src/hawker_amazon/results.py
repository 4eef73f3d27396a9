"""A result list: its tiles, what it says of their number, and whether it goes on.

Tiles that the shop sets apart as matching fewer words are none of the list's: what was asked for has not been found.
Those that it shows for a spelling which it corrected are the list.

The message of having no results, since 2020, is told from public parsers: no capture shows it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from hawker_amazon import words
from hawker_amazon.parts import unfinished
from hawker_core.convert import count
from hawker_core.model import Empty, Missing

if TYPE_CHECKING:
    from hawker_core.page import Node, Page

Pages = Annotated[int, Meta(ge=1, le=7)]

_BROWSED = "apb-browse-searchresults-product"  # of a department's page, to which the shop leads from some categories
_TILES = (
    "[data-component-type=s-search-result]",  # since 2020
    "[id^=result_]",  # to 2019
    "div.s-result-item[data-asin]:not([data-asin=''])",  # between them
    f".{_BROWSED}",
)
# The shop's messages above and between the tiles.
_MESSAGES = "[class*='widgetId=messaging-messages'], [cel_widget_id*='-TOP_BANNER_MESSAGE'], #noResultsTitle"
_NO_RESULTS = re.compile(r"widgetId=messaging-messages-\S*(?:no-results|fkmr)")
_FEWER_WORDS = "[id^=fkmr-results]"
_HEADINGS = (
    "[data-component-type=s-result-info-bar] .a-spacing-top-small",
    "[data-component-type=s-result-info-bar] h1",
    "#s-result-count",
)
_FROM_TO = re.compile(r"\d[\d.,\s]*[-\u2013\u2014~\u301c\uff5e]\s*\d{1,3}(?:[.,\s]?\d{3})*(?!\d)")
_NEXT = ("a.s-pagination-next[href]", "ul.a-pagination li.a-last:not(.a-disabled) a[href]", "a#pagnNextLink[href]")
_LAST = (".s-pagination-next.s-pagination-disabled", "ul.a-pagination li.a-last.a-disabled", "#pagn .pagnRA1")
_PAGE_LINKS = ("[class*=pagination] a[href]", "#pagn a[href]")
_PAGE = re.compile(r"[?&]page=(\d{1,4})\b")


def tiles(page: Page) -> list[Node]:
    """The tiles that match what was asked for, in the order shown.

    Raises:
        Empty: the page says that nothing matches; what it shows instead does not count.
        Missing: no tile, and no such word.
    """
    root = page.root
    found: list[Node] = []
    for css in _TILES:
        for node in root.all(f"{css}, {_MESSAGES}"):
            if _says_nothing(node):
                break
            is_tile = node.get("data-asin") is not None or _BROWSED in (node.get("class") or "")
            if is_tile and not _set_apart(node):
                found.append(node)
        if found:
            break
    if found and unfinished(page, found[-1]):
        page.bad.append("the tile's end: the page is cut off")
        del found[-1]
    if found:
        return found
    if (notice := next(filter(_says_nothing, root.all(_MESSAGES)), None)) or (notice := root.maybe(_FEWER_WORDS)):
        raise Empty(notice.content[:200] or "no results")
    if total(page) == 0:
        raise Empty("0 results")
    raise Missing(" | ".join(_TILES))


def total(page: Page) -> int | None:
    """How many results the heading tells; a lower bound where it says `over 10,000`, None where it does not tell."""
    heading = page.root.maybe(*_HEADINGS)
    if heading is None:
        return None
    text = heading.content
    for asked in heading.all(".a-color-state, a"):  # the words searched for and the category may hold numbers too
        text = text.replace(asked.content, " ")
    return count(_FROM_TO.sub(" ", text[:500]))


def goes_on(page: Page) -> bool:
    """Whether the list has another page."""
    if page.root.has(*_LAST):
        return False
    if page.root.has(*_NEXT):
        return True
    links = (_PAGE.search(link.get("href") or "") for link in page.root.all(*_PAGE_LINKS))
    return any(int(link.group(1)) > page.number for link in links if link)


def _says_nothing(node: Node) -> bool:
    if node.get("id") == "noResultsTitle" or _NO_RESULTS.search(node.get("class") or ""):
        return True
    return not node.get("data-asin") and bool(words.NO_RESULTS.search(node.content[:500]))


def _set_apart(node: Node) -> bool:
    """Whether a tile stands among those that match fewer words, or in a carousel of recommendations."""
    up = node.up()
    while up is not None:
        if (up.get("id") or "").startswith("fkmr-results") or "carousel" in (up.get("class") or ""):
            return True
        up = up.up()
    return False
