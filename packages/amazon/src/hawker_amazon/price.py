"""Amazon's two notations of a price: `.a-price` with its parts apart, and plain text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from hawker_core.convert import currency, money
from hawker_core.model import Money

if TYPE_CHECKING:
    from hawker_core.page import Node

_DASH = "[-\u2013\u2014~\u301c\uff5e]"
_RANGE = re.compile(rf"\d\s?(?:[^\d\s]{{1,4}}\s*)?{_DASH}\s*(?:[^\d\s]{{1,4}}\s?)?\d+(?![\d%])")
# A price that is paid again and again: per month of an instalment plan or a contract.
PER_MONTH = re.compile(r"/\s*(?:mo\b|month|monat|mois|mese|mes\b|m\u00eas|\u6708)", re.IGNORECASE)
_OTHER = re.compile(r"per-?unit|basis|saving", re.IGNORECASE)  # in the class of a price that is not the one to pay
_SIGN = r"(?:[A-Z]{1,3}\$|[$\u20ac\u00a3\u00a5\uffe5\u20b9]|\b[A-Z]{3}|\bRs\.?|kr|z\u0142)"
_AMOUNT = r"\d[\d.,'\u2019\u00a0 ]*"
_INLINE_FRACTION = re.compile(r"(.+)[.,](\d{1,2})")
_LONGEST_TEXT = 500  # of a price, in characters; what is longer is something else
_PRICED = re.compile(rf"{_SIGN}\s?{_AMOUNT}|{_AMOUNT}\s?(?:[\u20ac\u00a3\u00a5\uffe5\u20b9\u5186]|[A-Z]{{3}}\b)")


def is_range(text: str) -> bool:
    """Whether a text is a range of prices: the buyer has to choose a variant first."""
    return bool(_RANGE.search(text))


def to_pay(block: Node, default: str | None) -> Money | None:
    """The price to pay in a block of `.a-price` elements: none that is struck, per unit or per month."""
    for css in (".priceToPay, .apexPriceToPay, .apex-pricetopay-value", ".a-price:not(.a-text-price)"):
        for node in block.all(css):
            if payable(node) and (found := apex(node, default)):
                return found
    return None


def payable(node: Node) -> bool:
    """Whether an `.a-price` element is a price to pay: not struck, nor per unit or per month."""
    around = node.up()
    other = node.get("data-a-strike") or node.get("data-a-size") == "mini" or _OTHER.search(node.get("class") or "")
    return not other and not (around and PER_MONTH.search(around.content))


def apex(node: Node, default: str | None) -> Money | None:
    """The amount of one `.a-price` element."""
    whole, fraction = node.maybe_text(".a-price-whole"), node.maybe_text(".a-price-fraction")
    if whole and not fraction and (inline := _INLINE_FRACTION.fullmatch(whole)):
        whole, fraction = inline.groups()
    if whole and (digits := re.sub(r"\D", "", whole)) and (fraction is None or fraction.isdecimal()):
        sign = node.maybe_text(".a-price-symbol") or node.content
        return Money(Decimal(f"{digits}.{fraction}" if fraction else digits), currency(sign, default))
    return plain(node, default, ".a-offscreen")


def plain(node: Node, default: str | None, *css: str) -> Money | None:
    """The first price in an element's text, or in that of the first element inside it that a selector finds."""
    large, small = node.maybe_text(".price-large"), node.maybe_text(".price-info-superscript:not(:first-child)")
    if large and small and small.isdecimal():
        return money(f"{node.content.partition(large)[0]}{large}.{small}"[:_LONGEST_TEXT], default)
    return money(((node.maybe_text(*css) if css else None) or node.content)[:_LONGEST_TEXT], default)


def priced(text: str, default: str | None) -> Money | None:
    """The first amount of a text that stands beside a currency sign; dates and counts are none."""
    found = _PRICED.search(text[:_LONGEST_TEXT])
    return money(found.group(), default) if found else None
