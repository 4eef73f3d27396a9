"""Amazon's two notations of a price: `.a-price` with its parts apart, and plain text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from hawker_core.convert import currency, money
from hawker_core.model import Money

if TYPE_CHECKING:
    from collections.abc import Callable

    from hawker_core.page import Node

# Which price of a page a row's price is: `price_kind`.
NEW, RENEWED, DIGITAL = "new", "renewed", "digital"  # of the featured offer: one piece, bought once
# What a page shows in the place of a price to buy it new, once. Only best-seller lists give the amount with these.
USED, RANGE, OFFERS, MEMBERS = "used", "range", "offers", "members"

_DASH = "[-\u2013\u2014~\u301c\uff5e]"
_RANGE = re.compile(rf"\d\s?(?:[^\d\s]{{1,4}}\s*)?{_DASH}\s*(?:[^\d\s]{{1,4}}\s?)?\d+(?![\d%])")
_OTHER_END = re.compile(rf"\s*{_DASH}\s*(?:[^\d\s]{{1,4}}\s?)?\d+(?![\d%])")
# Behind a price of a piece or an ounce, or one that is paid month by month.
_FOR_A_PART = re.compile(
    r"\s*(?:/|per\s|(?:(?:a|pro|im|par|al|por|ao)\s)?(?:mo\b|month|monat|mois|mese|mes\b|m\u00eas|mensu|mensil|mensal))",
    re.IGNORECASE,
)
_OTHER = re.compile(r"per-?unit|basis|saving", re.IGNORECASE)  # in the class of a price that is not the one to pay
_TO_PAY = (
    ".priceToPay, .apexPriceToPay, .apex-pricetopay-value",
    ".a-price:not(.a-text-price)",
    ".a-price.a-size-medium",  # in the table of 2021
)
_SPOKEN = ".aok-offscreen, .apex-pricetopay-accessibility-label"
_DIRHAM = "\u062f\\.\u0625\\.?|\u062f\u0631\u0647\u0645"
_SIGN = rf"(?:[A-Z]{{1,3}}\$|[$\u20ac\u00a3\u00a5\uffe5\u20b9]|\b[A-Z]{{3}}|\bRs\.?|kr|z\u0142|{_DIRHAM})"
_AMOUNT = r"\d[\d.,'\u2019\u00a0 ]*"
_INLINE_FRACTION = re.compile(r"(.+)[.,](\d{1,2})")
_SEPARATOR = "[.,'\u2019\u00a0\u202f ]"
_WHOLE = re.compile(rf"\d+(?:(?:{_SEPARATOR}\d{{2,3}})*{_SEPARATOR}\d{{3}})?[.,]?")
_SIGNED = re.compile(r"[^\W\d_]|[$\u00a3\u00a5\u20a0-\u20cf\uffe5]")  # a letter or a sign of a currency
# Printed without minor units, some of them only at times.
_WHOLE_ALONE = {"JPY", "INR", "KRW", "TWD", "CLP", "COP", "HUF", "IDR", "VND"}
# An amount that goes on behind what is no separator of digits.
_NUMBER = r"(?>\d+(?: \d{3}(?!\d))*(?:[.,'\u2019]\d+)*)"
_TORN = re.compile(
    rf"\D*(?:{_NUMBER}[^\s\d(~\u301c\uff5e\u2013\u2014-][^\s\d]{{0,2}}\d|(?>\d+)(?:'\d\d(?!\d)| \d\d(?![\d%])))"
)
_FIRST = re.compile(rf"\D*{_NUMBER}\s?[^\w\s/(]{{0,3}}")  # amount of a text, and the sign behind it
_SOON = re.compile(r"\D{0,40}\d")  # a label and a sign may stand before a price, no more
_MOST_SAVINGS = 3  # in one price's element
_LONGEST_TEXT = 500  # of a price, in characters; what is longer is something else
_PRICED = re.compile(
    rf"{_SIGN}\s?{_AMOUNT}|{_AMOUNT}\s?(?:[\u20ac\u00a3\u00a5\uffe5\u20b9\u5186]|[A-Z]{{3}}\b|{_DIRHAM})"
)


def is_range(text: str) -> bool:
    """Whether a text is a range of prices: the buyer has to choose a variant first."""
    return bool(_RANGE.search(text))


def to_pay(block: Node, default: str | None, skip: Callable[[Node], bool] = lambda _: False) -> Money | None:
    """The price to pay in a block of `.a-price` elements: none that is struck, per unit or per month, or skipped."""
    for css in _TO_PAY:
        for node in block.all(css):
            if payable(node) and not skip(node) and (found := apex(node, default)):
                return found
    # Where a script has not drawn the price, a line for screen readers may tell it: `$12.99 with 6 percent savings`.
    for node in block.all(_SPOKEN):
        if _PRICED.match(text := node.content) and not is_range(text) and not skip(node):
            return plain(node, default)
    return None


def payable(node: Node) -> bool:
    """Whether an `.a-price` element is a price to pay: not struck, nor per unit or per month."""
    other = node.get("data-a-strike") or node.get("data-a-size") == "mini" or _OTHER.search(node.get("class") or "")
    return not other and not for_a_part(behind(node))


def behind(node: Node) -> str:
    """The text that follows an element in the one around it."""
    around = node.up()
    return around.content.partition(node.content or "\0")[2] if around else ""


def for_a_part(following: str) -> bool:
    """Whether the text behind a price makes it one of a part: per unit, or per month of a plan."""
    return bool(_FOR_A_PART.match(following))


def opens_range(node: Node) -> bool:
    """Whether another price follows an `.a-price` element behind a dash."""
    return bool(_OTHER_END.match(behind(node)))


def apex(node: Node, default: str | None) -> Money | None:
    """The amount of one `.a-price` element: told to be spoken, and drawn in pieces; where both, they must agree."""
    spoken = strict(node.maybe_text(".a-offscreen"), default)
    if not node.has(".a-price-whole"):
        return spoken if spoken or node.has(".a-price-fraction, .a-price-decimal") else plain(node, default)
    drawn = _drawn(node, spoken, default)
    if spoken and drawn:
        alone = not node.has(".a-price-fraction") and drawn.amount == int(drawn.amount)  # cards of deals draw no cents
        told = Money(Decimal(int(spoken.amount)), spoken.currency) if alone else spoken
        return spoken if told == drawn else None
    return spoken or drawn


def _drawn(node: Node, spoken: Money | None, default: str | None) -> Money | None:
    """The amount in pieces; a whole that has lost its fraction, or its sign, is none."""
    whole, fraction = node.maybe_text(".a-price-whole"), node.maybe_text(".a-price-fraction")
    if whole and not fraction and (inline := _INLINE_FRACTION.fullmatch(whole)):
        whole, fraction = inline.groups()
    sign = node.maybe_text(".a-price-symbol") or node.content
    code = currency(sign, default) if _SIGNED.search(sign) else spoken and spoken.currency
    if not whole or not code or not (_WHOLE.fullmatch(whole) and (fraction is None or fraction.isdecimal())):
        return None
    if fraction is None and (node.has(".a-price-decimal") or (code not in _WHOLE_ALONE and spoken is None)):
        return None
    digits = re.sub(r"\D", "", whole)
    return Money(Decimal(f"{digits}.{fraction}" if fraction else digits), code)


def plain(node: Node, default: str | None) -> Money | None:
    """The price in an element's text. Books of 2018 drew cents raised: one half alone is no price."""
    large, small = node.maybe_text(".price-large"), node.maybe_text(".price-info-superscript:not(:first-child)")
    if large and small and small.isdecimal():
        return strict(f"{node.content.partition(large)[0]}{large}.{small}", default)
    if node.has(".price-large, .price-info-superscript") or "saving" in (node.get("class") or ""):
        return None
    text = node.content
    for saved in node.all("[class*=saving]")[:_MOST_SAVINGS]:
        text = text.replace(saved.content, "")
    first = _FIRST.match(text[:_LONGEST_TEXT])
    return None if first and for_a_part(text[first.end() :]) else strict(text, default)


def strict(text: str | None, default: str | None) -> Money | None:
    """The first price of a text, unless it is torn: `5?77` and `5 77` are no 5."""
    text = (text or "")[:_LONGEST_TEXT]
    return None if torn(text) or not _SOON.match(text) else money(text, default)


def torn(text: str) -> bool:
    """Whether the first amount of a text goes on behind what is no separator of digits."""
    return bool(_TORN.match(text[:_LONGEST_TEXT]))


def priced(text: str, default: str | None) -> Money | None:
    """The first amount of a text that stands beside a currency sign; dates and counts are none."""
    found = _PRICED.search(text[:_LONGEST_TEXT])
    return money(found.group(), default) if found else None
