"""The offer that a product page features: its price, who sells it, and whether it can be bought."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from hawker_amazon import words
from hawker_amazon.parts import of_others
from hawker_amazon.price import DIGITAL, NEW, RANGE, RENEWED, USED, apex, is_range, opens_range, plain, to_pay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_amazon.parts import Parts
    from hawker_core.model import Money
    from hawker_core.page import Node

_NEW_ROW = re.compile(
    r"(?:new|newOffer|deals|renewedTier\d)AccordionRow|buyNew|newBuyBox|qualifiedBuybox|desktop_qualifiedBuyBox"
)
# A buy box that offers a used one, or none at all but the list of all sellers.
_USED_ROW = re.compile(r"usedOnlyBuybox|usedBuySection|usedAccordionRow|usedOfferAccordionRow")
_NOT_NEW = re.compile(rf"{_USED_ROW.pattern}|unqualifiedBuyBox")
_AUDIBLE = "adbl_bb_price"  # where it is nought, members pay nothing: the price to buy is elsewhere, or none
_DIGITAL = (
    "kindle-price",
    "ebooksProductTitle",
    "kindle-price-column",
    "Ebooks-desktop-KINDLE_ALC-prices-kindlePrice",
    _AUDIBLE,
)
# Blocks of `.a-price` elements, since 2021: those of the buy box first, as the centre column may show another row's.
_APEX = (
    "corePrice_feature_div",
    "corePriceDisplay_desktop_feature_div",
    "corePrice_desktop",
    "corePriceDisplay_mobile_feature_div",
    "corePrice_mobile_feature_div",
    "apex_desktop",
    "apex_offerDisplay_desktop",
    "apex_mobile",
    "apex_offerDisplay_mobile",
    "atfRedesign_priceblock_priceToPay",  # mobile
    "newPitchPriceWrapper_feature_div",
    "Ebooks-desktop-KINDLE_ALC-prices-kindlePrice",
    "tp_price_block_total_price_ww",
)
_CART_BUTTONS = ("add-to-cart-button", "add-to-cart-button-ubb", "buy-now-button", "one-click-button")
# Where older layouts and Kindle print the price as text: a block's id, and the element in it.
_PLAIN = (
    ("price_inside_buybox", ""),
    ("newBuyBoxPrice", ""),
    ("newOfferAccordionRow", ".header-price"),
    ("newAccordionRow", ".header-price"),
    ("newAccordionRow_0", ".header-price"),
    ("mediaNoAccordion", ".header-price"),
    ("booksHeaderSection", ".header-price"),
    ("buyNewSection", ".offer-price"),
    ("buyNew_cbb", ".a-color-price"),
    ("buyNew_noncbb", ".a-color-price"),
    ("buyBoxInner", ".offer-price"),
    ("kindle-price", ""),
    (_AUDIBLE, ""),
    ("gc-buy-box-text", ""),  # gift cards
    ("buybox", ".kindle-price .a-color-price"),
    ("priceblock_dealprice", ""),
    ("priceblock_saleprice", ""),
    ("priceblock_ourprice", ""),
    ("priceblock_pospromoprice", ""),
    ("priceblock_businessprice", ""),
    ("actualPriceValue", ""),  # to 2014
)
_STRUCK = ".basisPrice .a-price, .apex-basisprice-value, [data-a-strike=true]"
_LIST_PRICE = (
    ("corePriceDisplay_desktop_feature_div", _STRUCK),
    ("corePrice_desktop", _STRUCK),
    ("corePriceDisplay_mobile_feature_div", _STRUCK),
    ("price", ".priceBlockStrikePriceString, .a-text-strike"),
    ("listPrice", ""),
    ("buyBoxInner", ".a-text-strike"),
    ("newOfferAccordionRow", ".a-text-strike"),
    ("mediaNoAccordion", ".a-text-strike"),
    ("digital-list-price", ""),
    ("buybox", ".digital-list-price .a-text-strike"),
)
_AVAILABILITY = (
    "availability",
    "availability-string",
    "availabilityInsideBuyBox_feature_div",
    "ddmAvailabilityMessage",
)
_TABLED = (
    *("a[href*='seller=']", ".tabular-buybox-text-message", ".a-truncate-full", "span:not(:first-child)", "span", "a"),
)
_BOTH = "shipFromSoldByAbbreviatedODF"
_SELLER_LINK = "a[href*='seller='], a#sellerProfileTriggerId, a[href*='/shops/']"
_AMAZON = re.compile(r"Amazon(?:\.[a-z]{2,3}){0,2}(?: [A-Z]\w+)*")


_SELLS = re.compile(r"([^、。\s][^、。]*?)\s*が販売し")
# Around a name in such a sentence: the rest of the word for selling and a preposition, a conjunction or a stop.
_GLUE = re.compile(
    r"(?i)^\w*\s*(?:\b(?:by|durch|von|par|da|por|de|door)\b)?:?\s*|\s*(?:[,.]|\b(?:and|und|et|ed?|y|en))?\s*$"
)


class Offer(msgspec.Struct, kw_only=True):
    """The featured offer to buy the product new, once; None where the page does not tell."""

    price: Decimal | None = None
    price_kind: str | None = None
    list_price: Decimal | None = None
    currency: str | None = None
    availability: str | None = None
    in_stock: bool | None = None
    seller: str | None = None
    ships_from: str | None = None


def featured(parts: Parts, default: str | None) -> Offer:
    """Read the featured offer. A page that features none, or only a used one, gives an offer without values."""
    offer = Offer(availability=_availability(parts))
    out = bool(offer.availability and words.OUT_OF_STOCK.search(offer.availability))
    if parts.all("outOfStock") or (out and not parts.has(*_CART_BUTTONS)):
        offer.in_stock = False
    elif _nothing_new(parts):
        offer.price_kind = USED if parts.any_like(_USED_ROW) else None
    else:
        price, offer.price_kind = _price(parts, default)
        if price:
            offer.price, offer.currency = price
            offer.list_price = _list_price(parts, price, default)
        offer.seller, offer.ships_from = _merchant(parts)
        said = bool(offer.availability and words.IN_STOCK.search(offer.availability))
        if not parts.has("partialStateBuybox"):
            offer.in_stock = False if out else (price is not None or said) or None
    return offer


def _nothing_new(parts: Parts) -> bool:
    return parts.any_like(_NOT_NEW) and not parts.any_like(_NEW_ROW)


def _price(parts: Parts, default: str | None) -> tuple[Money | None, str | None]:
    """The price and its kind; the kind alone where a variant has to be chosen first."""
    for block in parts.prices(*_APEX):
        if block.has(".a-price-range") or any(map(opens_range, block.all(".a-price"))):
            return None, RANGE
        if found := to_pay(block, default, skip=of_others):
            return found, _kind(parts)
    for node in _plain(parts):
        if is_range(node.content):
            return None, RANGE
        found = to_pay(node, default) if node.has(".a-price") else plain(node, default)
        if found and (found.amount or node.get("id") != _AUDIBLE):
            return found, _kind(parts)
    return None, None


def _kind(parts: Parts) -> str:
    if parts.has(*_DIGITAL) or words.DIGITAL.search(parts.text("productSubtitle") or ""):
        return DIGITAL
    return RENEWED if words.RENEWED.search(parts.text("productTitle") or "") else NEW


def _plain(parts: Parts) -> Iterator[Node]:
    for name, css in _PLAIN:
        for block in parts.prices(name):
            if not css:
                yield block
            else:
                yield from (price for price in block.all(css)[:1] if not of_others(price) and not _used(block, price))


def _used(block: Node, price: Node) -> bool:
    """Whether the row's own heading calls the offer used or rented."""
    heading = block.maybe_text(".header-text", "h5") or ((row := price.up()) and row.content) or ""
    return bool(words.USED.search(heading)) and not words.NEW.search(heading)


def _list_price(parts: Parts, price: Money, default: str | None) -> Decimal | None:
    for name, css in _LIST_PRICE:
        for block in parts.prices(name):
            for node in block.all(css) if css else [block]:
                found = None if of_others(node) else apex(node, default)
                if found and found.currency == price.currency and found.amount > price.amount:
                    return found.amount
    return None


def _availability(parts: Parts) -> str | None:
    return parts.text(*_AVAILABILITY) or (
        next((t for n in parts.all("outOfStock") if (t := n.maybe_text(".a-color-price, .a-text-bold"))), None)
    )


def _merchant(parts: Parts) -> tuple[str | None, str | None]:
    for read in (_features, _table, _sentence, _named, _digital):
        seller, ships_from = read(parts)
        if seller:
            return seller, ships_from
    return None, None


def _features(parts: Parts) -> tuple[str | None, str | None]:
    """The buy box's rows of label and text, since 2023; one row names both where they are the same."""
    css = (".offer-display-feature-text-message", ".offer-display-feature-text")
    found: dict[str, str] = {}
    for name in ("merchantInfoFeature", "fulfillerInfoFeature", _BOTH):
        for row in parts.all(name, f"{name}_feature_div"):
            if text := row.maybe_text(*css):
                label = row.maybe_text(".offer-display-feature-label") or ""
                found.setdefault(name, text)
                if name == _BOTH or (words.SOLD_BY.search(label) and words.SHIPS_FROM.search(label)):
                    found.setdefault(_BOTH, text)
    both = found.get(_BOTH)
    return found.get("merchantInfoFeature") or both, found.get("fulfillerInfoFeature") or both


def _table(parts: Parts) -> tuple[str | None, str | None]:
    """The table of 2020 to 2023, whose cells name their label since 2021; and a row's head, where there are several."""
    seller = ships_from = None
    for table in parts.all("tabular-buybox", "tabular-buybox-container", "sfsb_accordion_head"):
        for row in table.all(".tabular-buybox-text[tabular-attribute-name]", "tr", ".a-row"):
            label = row.get("tabular-attribute-name") or row.maybe_text(".tabular-buybox-label", "td", "span") or ""
            text = row.maybe_text(*_TABLED)
            if words.SOLD_BY.search(label):
                seller = seller or text
            if words.SHIPS_FROM.search(label):
                ships_from = ships_from or text
    return seller, ships_from


def _sentence(parts: Parts) -> tuple[str | None, str | None]:
    """One sentence, to 2021: a linked seller, or Amazon itself by name; `and Fulfilled by Amazon` may follow."""
    for node in parts.all("merchant-info"):
        text = node.content
        if link := node.maybe(_SELLER_LINK):
            seller = link.content
            dispatcher = _AMAZON.search(text.replace(seller, "", 1))
            return seller or None, dispatcher.group() if dispatcher else seller or None
        if found := _AMAZON.search(text):
            return _other_seller(text[: found.start()]) or found.group(), found.group()
    return None, None


def _other_seller(before: str) -> str | None:
    """Who sells what Amazon only ships, by what stands before Amazon's name: a name behind the words for selling."""
    if japanese := _SELLS.search(before):
        return japanese[1]
    for sold in words.SOLD_BY.finditer(before):
        if ships := words.SHIPS_FROM.search(before, sold.end()):
            return _GLUE.sub("", before[sold.end() : ships.start()]) or None
    return None


def _named(parts: Parts) -> tuple[str | None, str | None]:
    """The seller's link alone, in whatever words and rows."""
    return parts.text("sellerProfileTriggerId"), None


def _digital(parts: Parts) -> tuple[str | None, str | None]:
    """Kindle: the publisher sells; nothing is shipped."""
    seller = next((t for n in parts.all("buybox") if (t := n.maybe_text(".print-sold-by .a-color-base"))), None)
    return seller, None
