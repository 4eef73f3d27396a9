"""A tile of a result list, be it a search's, a category's or a seller's; in the layouts of 2018 to 2026."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from hawker_amazon import words
from hawker_amazon.price import MEMBERS, NEW, OFFERS, RANGE, apex, for_a_part, is_range, payable, plain, priced
from hawker_core.convert import count, money, rating
from hawker_core.model import Missing
from hawker_core.rows import RawRow

if TYPE_CHECKING:
    from hawker_core.model import Money
    from hawker_core.page import Node

_ASIN = re.compile(r"[A-Z0-9]{10}")
_LINK = re.compile(r"(?:/|%2F)(?:dp|gp(?:/|%2F)product)(?:/|%2F)([A-Z0-9]{10})(?![A-Z0-9])")
_PRIME = ("[class*=a-icon-prime]", "[role=img][aria-label*=Prime]")
_PRODUCT_LINKS = ("/dp/", "/gp/product/", "/gp/slredirect/", "/sspa/", "%2Fdp%2F")
_CUT_SHORT = re.compile(r"\s*(?:\.\.\.|\u2026)$")
_SPONSORED = (
    "[class*=sponsored-label], .s-sponsored-header, [data-component-type=sp-sponsored-result]",
    "a[href*='/sspa/'], a[href*='/gp/slredirect/']",
)
_LABELS = ".a-color-secondary, .a-color-base, .a-color-tertiary"
_PRICED = ".a-price, .s-price, .sx-price, .a-text-strike"
_SPLIT = ".a-price-dash, .sx-dash-formatting"
_OTHER_OFFERS = "a[href*='/offer-listing/']"
_SECONDARY = "[data-cy=secondary-offer-recipe] a"
_LONGEST_TEXT = 500  # of a price or a count, in characters


class Tile(RawRow):
    """A product as its tile shows it."""

    asin: str  # of the product
    title: str  # without the brand that pages since 2025 print above it
    price: Decimal | None  # to buy it new, once
    price_kind: str | None  # new; without a price what the tile shows instead: range, offers (other sellers'), members
    list_price: Decimal | None  # struck through
    currency: str | None  # of the price: it follows the delivery country, not the marketplace
    rating: Decimal | None  # stars out of five
    rating_count: int | None  # how many rated it; to the last one where the label tells so
    sponsored: bool  # whether the shop was paid for the tile
    prime: bool  # whether the tile shows Prime's mark: to visitors from some countries none does


def read(node: Node, default: str | None) -> Tile:
    """A tile's values. `default` is the currency of a bare sign.

    Raises:
        Missing: no product is named, or it has no title.
    """
    asin, title = _asin(node), _title(node)
    price, list_price, kind = _offer(node, asin, title, default)
    return Tile(
        asin=asin,
        title=title,
        price=price.amount if price else None,
        price_kind=kind,
        list_price=list_price,
        currency=price.currency if price else None,
        rating=_stars(node),
        rating_count=_rated(node),
        sponsored=_sponsored(node),
        prime=node.has(*_PRIME),
    )


def _asin(tile: Node) -> str:
    if (named := tile.get("data-asin")) and _ASIN.fullmatch(named):
        return named
    linked = (_LINK.search(link.get("href") or "") for link in tile.all("a[href]"))
    if found := next(filter(None, linked), None):
        return found.group(1)
    raise Missing("[data-asin] | a[href*='/dp/']")


def _title(tile: Node) -> str:
    """The heading that leads to the product: since 2025 another one above it names the brand."""
    headings = [head for head in tile.all("h2") if head.content]
    head = next(filter(_leads_to_product, headings), headings[-1] if headings else None)
    if head is None:
        head = next(filter(_leads_to_product, tile.all("a.a-text-normal")), None)
    title = head.content if head else ""
    for label in head.all(".a-offscreen") if head else ():
        title = title.removeprefix(label.content).strip()
    if head is None or not title:
        raise Missing("h2")
    link = head.up()
    whole = (head.get("data-attribute"), head.get("aria-label"), link and link.get("title"))
    stem = _CUT_SHORT.sub("", title)
    longer = (text[text.index(stem) :] for text in whole if stem != title and text and stem in text)
    return next(longer, title)


def _leads_to_product(head: Node) -> bool:
    around = head.up()
    links = [head, *([around] if around else []), *head.all("a[href]")]
    return any(path in (link.get("href") or "") for link in links for path in _PRODUCT_LINKS)


def _offer(tile: Node, asin: str, title: str, default: str | None) -> tuple[Money | None, Decimal | None, str | None]:
    """The price, list price and price's kind of the tile's product: other formats, such as Kindle, may stand below."""
    prices: list[Node] = []
    struck: list[Node] = []
    others = tile.has(_OTHER_OFFERS, _SECONDARY)
    for node in tile.all(_PRICED):
        names = (node.get("class") or "").split()
        if _of_others(node):
            others = True
        elif _leads_elsewhere(node, asin):
            continue
        elif node.get("data-a-strike") or "a-text-strike" in names:
            struck.append(node)
        elif "a-text-price" not in names and payable(node):
            prices.append(node)
    price, kind = _to_buy(tile, title, prices, default)
    if price is None:
        return None, None, kind or (OFFERS if others and not prices else None)
    former = (found for node in struck if (found := apex(node, default)))
    dearer = (found.amount for found in former if found.currency == price.currency and found.amount > price.amount)
    return price, next(dearer, None), NEW


def _to_buy(tile: Node, title: str, prices: list[Node], default: str | None) -> tuple[Money | None, str | None]:
    """The first price, or what it is instead.

    A nought may be what members of a programme pay; then the price to buy follows, or none.
    """
    first, kind = _single(prices[0], default) if prices else (None, None)
    if first is None or first.amount:
        return first, kind
    if len(prices) > 1:
        return _single(prices[1], default)
    lines = (text for text in tile.texts(_LABELS) if words.TO_BUY.search(text))
    if buy := next((found for text in lines if (found := priced(text, default))), None):
        return buy, NEW
    return (None, MEMBERS) if words.MEMBERSHIP.search(tile.content.replace(title, "")) else (first, NEW)


def _single(node: Node, default: str | None) -> tuple[Money | None, str | None]:
    """A price that is one; of a range's end, or the lowest of several, the kind alone."""
    link = node.up()
    row = link.up() if link else None
    if link is None or row is None:
        return None, None
    if link.has(_SPLIT) or is_range(link.content[:_LONGEST_TEXT]):
        return None, RANGE
    if len([beside for beside in link.all(".a-price:not(.a-text-price)") if payable(beside)]) > 1:
        return None, RANGE
    before, _, behind = row.content[:_LONGEST_TEXT].partition(node.content or "\0")
    if for_a_part(behind) or words.INSTALMENT.search(before):
        return None, None
    if words.BEFORE_NO_PRICE.search(before) or words.BEHIND_NO_PRICE.match(behind):
        return None, RANGE
    return _amount(node, default), NEW


def _amount(node: Node, default: str | None) -> Money | None:
    """The amount of a price element."""
    names = (node.get("class") or "").split()
    if "sx-price" in names:
        return _pieces(node, default)
    return plain(node, default) if "s-price" in names else apex(node, default)


def _pieces(node: Node, default: str | None) -> Money | None:
    """An amount of the pages of 2016 to 2019 that drew cents raised; a range has two of each piece."""
    pieces = [node.texts(f".sx-price-{name}") for name in ("currency", "whole", "fractional")]
    if len(pieces[1]) != 1 or len(pieces[2]) != 1:
        return None
    sign, whole, cents = ("".join(texts) for texts in pieces)
    return money(f"{sign}{whole}.{cents}", default) if cents.isdecimal() else None


def _of_others(node: Node) -> bool:
    """Whether a price is that of other sellers' offers, used ones among them."""
    link = node.up()
    row = link.up() if link else None
    if row and row.has(_OTHER_OFFERS):
        return True
    up = link
    while up is not None and not up.get("data-asin"):
        if up.get("data-cy") == "secondary-offer-recipe" or "/offer-listing/" in (up.get("href") or ""):
            return True
        up = up.up()
    return False


def _leads_elsewhere(node: Node, asin: str) -> bool:
    """Whether the link that a price stands in, or beside, leads to another product."""
    up = node.up()
    for _ in range(3):
        if up is None:
            break
        href = up.get("href") or up.maybe_attr("href", "a[href*='/dp/'], a[href*='%2Fdp%2F']")
        if found := _LINK.search(href or ""):
            return found.group(1) != asin
        up = up.up()
    return False


def _stars(tile: Node) -> Decimal | None:
    texts = tile.texts(".a-icon-alt") + [node.get("aria-label") or "" for node in tile.all("[aria-label]")]
    told = (rating(text) for text in texts if words.STARS.search(text))
    return next((stars for stars in told if stars is not None), None)


def _rated(tile: Node) -> int | None:
    """How many rated it: the label tells to the last one, where the text may say 2.5K."""
    for link in tile.all("a[href*=ustomerReviews]", "[data-csa-c-content-id*=customer-ratings-count] a"):
        around = link.up()
        for text in (link.get("aria-label"), around and around.get("aria-label"), link.content):
            if (found := count((text or "")[:_LONGEST_TEXT])) is not None:
                return found
    return None


def _sponsored(tile: Node) -> bool:
    if "AdHolder" in (tile.get("class") or "").split() or tile.has(*_SPONSORED):
        return True
    return any(words.SPONSORED.fullmatch(text) for text in tile.texts(_LABELS))
