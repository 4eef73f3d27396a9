"""A tile of a result list, in eBay's layouts.

- `s-item`: 2018 to 2025
- `s-card`: since 2025
- `su-item-card`: since July 2026, to some visitors (unverified against a capture: its classes are as public parsers
  describe them)
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hawker_core import Missing, Node
from hawker_core.convert import moneys
from hawker_ebay import words

if TYPE_CHECKING:
    from decimal import Decimal

    from hawker_core import Money

_TITLES = (".s-card__title", ".su-item-card__title", ".s-item__title")
_PRICES = (".s-card__price", ".su-item-card__price", ".s-item__price")
_ITEM = re.compile(r"/itm/(?:[^/?]+/)?(\d+)")
_LISTING = re.compile(r"\d{9,15}")
_PLACEHOLDER = "123456"  # the item that "Shop on eBay" leads to, in all languages
_TRACKING = re.compile(r"tkp:([A-Za-z0-9_-]{8,})")
_TRACKED = re.compile(r"[?&](?:hash|itmmeta|itmprp|amdata)=")
_PROMOTED_BEFORE = ("ampid:PL", "ispr=1")  # before 2022
_PROMOTED, _ORGANIC = "PL", "ORG"  # how the kinds of places begin: a promoted listing's, and one that nobody pays for


class Tile:
    """One tile's values. `domestic` is what a bare sign in a price means on the page's domain."""

    def __init__(self, node: Node, domestic: str) -> None:
        self.node = node
        self.domestic = domestic

    @property
    def is_placeholder(self) -> bool:
        """Whether this is the filler "Shop on eBay" that opens many lists: it has no listing's number."""
        return self._title == "Shop on eBay" or (self._listing is None and _PLACEHOLDER in self._linked)

    @cached_property
    def _links(self) -> list[str]:
        return [unquote(link.get("href") or "") for link in self.node.all("a[href*='/itm/']")]

    @cached_property
    def _linked(self) -> list[str]:
        return [found.group(1) for link in self._links if (found := _ITEM.search(link))]

    @cached_property
    def _listing(self) -> str | None:
        # The listing's attribute first: a page's links may all lead to the placeholder until a script mends them.
        listed = (self.node.get("data-listingid"), self.node.maybe_attr("data-listingid", "[data-listingid]"))
        return next((one for one in (*listed, *self._linked) if one and _LISTING.fullmatch(one)), None)

    @property
    def item_id(self) -> str:
        """The number of the listing.

        Raises:
            Missing: no number.
        """
        if self._listing is None:
            raise Missing("[data-listingid] | a[href*='/itm/']")
        return self._listing

    @property
    def title(self) -> str:
        """The title, without the flag of a new listing and what screen readers are told of the link.

        Raises:
            Missing: no title.
        """
        if not self._title:
            raise Missing(" | ".join(_TITLES))
        return self._title

    @cached_property
    def _title(self) -> str | None:
        node = self.node.maybe(*_TITLES)
        if node is None:
            return None
        title = node.content
        for extra in node.all(".s-card__new-listing, .LIGHT_HIGHLIGHT, .clipped, .s-clipped, [class*=new-listing]"):
            title = title.removeprefix(extra.content).removesuffix(extra.content).strip()
        return title

    @cached_property
    def prices(self) -> list[Money]:
        """The price, or both ends of a range; a former, struck-through price only where there is no other."""
        first = self.node.maybe(*_PRICES)
        if first is None:
            return []
        # An auction's second price is another line's; a range's parts are one line's.
        line = first.up() if first.tag != "div" else first
        parts = line.all(*_PRICES) if line else []
        text = " ".join(_unstruck(part) for part in parts) or first.content
        return moneys(text, self.domestic) or moneys(first.content, self.domestic)

    @property
    def price(self) -> Money | None:
        """The price, or a range's low end."""
        return self.prices[0] if self.prices else None

    @property
    def price_high(self) -> Decimal | None:
        """A range's high end."""
        ends = [price.amount for price in self.prices]
        return ends[1] if ends[1:] and ends[1] > ends[0] else None

    @property
    def condition(self) -> str | None:
        """The item's condition in the shop's words: the first part of the last subtitle; a seller's own comes first."""
        subtitles = self.node.texts(".SECONDARY_INFO", ".s-card__subtitle", ".su-item-card__subtitle")
        if not subtitles:
            return None
        line = subtitles[0] if self.node.has(".SECONDARY_INFO") else subtitles[-1]
        return re.split(r"\s*[\u00b7|]", line)[0] or None

    @cached_property
    def lines(self) -> list[str]:
        """What the tile says below its title, line by line."""
        rows = self.node.all(
            ".s-card__attribute-row",
            ".su-card-container__attributes__primary > *, .su-card-container__attributes__secondary > *",
            ".s-item__detail",
        )
        # What a badge means is told in words that shipping is told in too.
        return [line for row in rows if (line := _without(row, ".tooltip__overlay"))]

    @property
    def shipping(self) -> Decimal | None:
        """What shipping to the visitor costs; 0 when free, None where it is not told."""
        told = (words.shipping(line, self.domestic) for line in self.lines)
        return next((cost for cost in told if cost is not None), None)

    @property
    def seller(self) -> str | None:
        """The seller's public name."""
        lines = self.node.texts(".s-item__seller-info-text") or self.lines
        return next((name for line in lines if (name := words.seller(line))), None)

    @property
    def location(self) -> str | None:
        """Where the item is."""
        if told := self.node.maybe_text(".s-item__location, .s-item__itemLocation"):
            return words.place(told) or told
        return next((name for line in self.lines if (name := words.place(line))), None)

    @property
    def bids(self) -> int | None:
        """An auction's number of bids."""
        told = (words.bids(line) for line in self.lines)
        return next((bids for bids in told if bids is not None), None)

    @property
    def time_left(self) -> str | None:
        """How long an auction still runs, in the shop's words."""
        told = self.node.maybe_text(".s-card__time-left", ".s-item__time-left")
        countdown = None if told else self.node.maybe_text(".su-bid-countdown")
        return words.duration(countdown) if countdown else told

    @property
    def sponsored(self) -> bool | None:
        """Whether the seller pays for the place; None where the link has lost its tracking.

        Every tile holds the word "Sponsored", shown or hidden by ever new tricks of CSS. The link's tracking knows.
        """
        links = [link for link in self._links if (item := _ITEM.search(link)) and item.group(1) != _PLACEHOLDER]
        for link in links:
            if found := _TRACKING.search(link):
                kind = _kind(found.group(1))
                return kind.startswith(_PROMOTED) if kind.startswith((_PROMOTED, _ORGANIC)) else None
            if any(sign in link for sign in _PROMOTED_BEFORE):
                return True
        return False if any(_TRACKED.search(link) for link in links) else None


def _kind(token: str) -> str:
    """The kind of place that a tracking token opens with: a length, doubled as Avro writes it, and as many letters."""
    head = urlsafe_b64decode(token[:8])
    return head[1 : 1 + head[0] // 2].decode("ascii", "replace")


def _unstruck(price: Node) -> str:
    if "strikethrough" in (price.get("class") or "").lower():
        return ""
    return _without(price, ".STRIKETHROUGH, .strikethrough")


def _without(node: Node, css: str) -> str:
    text = node.content
    for part in node.texts(css):
        text = text.replace(part, "")
    return text.strip()
