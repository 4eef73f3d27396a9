"""A page's blocks by their ids, with the blocks of other offers left out."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hawker_core.page import Node, Page

# Words in the ids of blocks that speak of another way to get the product than buying it new, once, from the featured
# seller; ids are camelCase or snake_case, such as usedAccordionRow or apex_desktop_snsAccordionRowMiddle.
_FOREIGN = frozenset(
    {"used", "usedbuy", "rent", "rental", "sns", "subscribe", "olp", "mbc", "aod", "trade", "prime", "tmm"}
)
_OTHER_ROW = re.compile(r"AccordionRow_[1-9]|buyBack")  # the latter: with an old one given in exchange
_SLOT = "data-csa-c-slot-id"  # names the row that a block belongs to, wherever it stands
_HEAD, _TAIL = 4096, 1024  # bytes at a page's beginning and end
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@cache
def _foreign(name: str) -> bool:
    return bool(_OTHER_ROW.search(name)) or not _FOREIGN.isdisjoint(word.lower() for word in _WORD.findall(name))


def unfinished(page: Page, node: Node) -> bool:
    """Whether the page is cut off within this element, whose texts then may be cut short."""
    end = page.body[-_TAIL:].rstrip()
    if b"</html" in end or (end.endswith(b">") and b"<html" not in page.body[:_HEAD]):  # fragments end with any tag
        return False
    up: Node | None = node
    while up is not None:
        if up.next() is not None:
            return False
        up = up.up()
    return b"</html" not in page.body


class Parts:
    """Finds a page's elements by id after one walk; Amazon repeats some ids, and draws one offer in several rows."""

    def __init__(self, page: Page) -> None:
        self._page, self.root = page, page.root
        self._ids: dict[str, list[Node]] = {}
        for node in self.root.all("[id]"):
            self._ids.setdefault(node.get("id") or "", []).append(node)

    def has(self, *ids: str) -> bool:
        """Whether any of these ids is on the page, in whatever block."""
        return any(name in self._ids for name in ids)

    def any_like(self, pattern: re.Pattern[str]) -> bool:
        """Whether an id on the page begins with this pattern."""
        return any(pattern.match(name) for name in self._ids)

    def every(self, *ids: str) -> list[Node]:
        """The elements with these ids, in this order of ids, whatever block they stand in."""
        return [node for name in ids for node in self._ids.get(name, ())]

    def all(self, *ids: str) -> list[Node]:
        """As `every`, the blocks of other offers left out."""
        return [node for node in self.every(*ids) if not of_others(node)]

    def prices(self, *ids: str) -> list[Node]:
        """As `all`, a block that the page's end cuts short left out."""
        return [node for node in self.all(*ids) if not unfinished(self._page, node)]

    def text(self, *ids: str) -> str | None:
        """The first text that is not blank among `all`."""
        return next((text for node in self.all(*ids) if (text := node.content)), None)


def of_others(node: Node) -> bool:
    """Whether an element stands in a block of another offer."""
    up: Node | None = node
    while up is not None:
        if any(_foreign(name) for name in (up.get("id"), up.get(_SLOT)) if name):
            return True
        up = up.up()
    return False
