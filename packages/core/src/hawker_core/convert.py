"""Shop texts into values: money, counts, ratings and dates in the shops' languages and notations.

Each function returns None where the text holds no such value; a strict read turns that into a `parse` outcome.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING

from price_parser import Price

from hawker_core.model import Money

if TYPE_CHECKING:
    from datetime import datetime

# Zero-width, bidirectional and other invisible marks that shops strew into texts, and control characters.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACE = re.compile(r"\s+")


def squash(text: str) -> str:
    """The text as a reader sees it: invisible marks gone, white space folded to single blanks, trimmed."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip()


# What shops print for a currency, before the domain's own currency decides what a bare $ means.
_SIGNS = {
    "Rs.": "INR",
    "€": "EUR",
    "£": "GBP",
    "\uffe5": "JPY",  # full width
    "¥": "JPY",
    "円": "JPY",
    "₹": "INR",
    "zł": "PLN",
    "Kč": "CZK",
    "Fr.": "CHF",
    "₺": "TRY",
    "₩": "KRW",
}
_DOLLARS = {"USD", "CAD", "AUD", "MXN", "SGD", "TWD", "HKD", "NZD"}
_DOLLAR = re.compile(r"(?<![A-Za-z])([A-Z]{1,3})\s?\$")  # "US$1", eBay's "C $40.00"
_PREFIXES = {"CDN": "CAD", "C": "CAD", "A": "AUD", "MX": "MXN", "NT": "TWD", "S": "SGD", "R": "BRL"}  # others: XX + D
_NO_MINOR_UNITS = {"JPY", "KRW", "CLP", "VND"}
_THREE_MINOR_DIGITS = {"BHD", "JOD", "KWD", "OMR", "TND"}  # KWD 9.230 is no nine thousand
_THREE_BEHIND_ONE = re.compile(r"\D*[1-9]\d{0,2}[.,]\d{3}(?![.,]?\d)")
_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])")
_AMOUNT = re.compile(r"\d+(?: \d{3}(?!\d))*(?:[.,'\u2019]\d+)*")
_CENTS = re.compile(rf"\D*{_AMOUNT.pattern}\s?¢")  # Walmart's unit prices

_LONGEST_NUMBER = 40  # characters; reading a number costs the square of its length


@cache
def _codes() -> frozenset[str]:
    # Loaded on first use: babel is not needed by a worker whose pages print signs alone.
    from babel.core import get_global  # noqa: PLC0415

    return frozenset(get_global("all_currencies"))


def currency(text: str, default: str | None = None) -> str | None:
    """The ISO 4217 code of the currency that a price's text names; `default` (the domain's) where it is silent."""
    for code in _CODE.findall(text):
        if code in _codes():
            return str(code)
    for prefix in _DOLLAR.findall(text):
        code = _PREFIXES.get(prefix, f"{prefix}D")
        if prefix in _PREFIXES or code in _DOLLARS or code in _codes():
            return code
    for sign, code in _SIGNS.items():
        if sign in text:
            return code
    if "$" in text:
        return default if default in _DOLLARS else "USD"
    return default


def decimal(text: str, *, whole: bool = False) -> Decimal | None:
    """The first number of a text in any shop's notation: `1.234,56`, `1,234.56`, `1 234,56`, `12,34,567.00`.

    With `whole`, every separator groups thousands (currencies without minor units, counts), except before a last two
    digits: no group is that short, and some shops print `JPY 4,000.00`. A number longer than any amount is none.
    """
    found = _AMOUNT.search(squash(text))
    if not found:
        return None
    number = re.sub(r"['\u2019\s]", "", found.group())
    if len(number) > _LONGEST_NUMBER:
        return None
    if whole:
        return Decimal(re.sub(r"[.,]", "", re.sub(r"[.,]\d{2}$", "", number)))
    *groups, last = re.findall("[.,]", number) or [""]
    point = last if groups and last not in groups else None  # of two different separators the last one is the point
    if number[:2] in {"0.", "0,"}:
        point = number[1]  # nothing is grouped behind a lone zero
    return Price.fromstring(number, decimal_separator=point).amount


def money(text: str | None, default: str | None = None) -> Money | None:
    """The first price of a text, with the currency it names or else `default`; None where there is no number.

    A range ("$5 to $9") gives its low end. A minus sign means nothing in a shop's price and is dropped.
    """
    if not text:
        return None
    code = currency(text, default)
    try:
        amount = decimal(text, whole=code in _NO_MINOR_UNITS)
    except InvalidOperation:
        return None
    if amount is not None and _CENTS.match(squash(text)):
        amount = amount.scaleb(-2)
    if amount is not None and code in _THREE_MINOR_DIGITS and _THREE_BEHIND_ONE.match(squash(text)):
        amount = amount.scaleb(-3)
    return None if amount is None else Money(amount, code)


def moneys(text: str | None, default: str | None = None) -> list[Money]:
    """Every price of a text, in order, in the one currency that it names or else `default`: `$5.00 to $9.00`."""
    text = text or ""
    code = currency(text, default)
    return [one for match in _AMOUNT.finditer(squash(text)) if (one := money(match.group(), code))]


# Magnitudes behind a count, as the shops print them: 10K+ bought, 1,5 mil, 1.2\u4e07.
_MAGNITUDES = {
    "k": 1_000,
    "mil": 1_000,
    "tsd": 1_000,
    "m": 1_000_000,
    "mio": 1_000_000,
    "lakh": 100_000,
    "b": 1_000_000_000,
    "\u5343": 1_000,
    "\u4e07": 10_000,
}
_LARGEST_COUNT = 2**63 - 1  # what a column holds; no shop counts further
_COUNT = re.compile(
    rf"({_AMOUNT.pattern})(?:\s*({'|'.join(sorted(_MAGNITUDES, key=len, reverse=True))})(?![a-zà-ÿ]))?", re.IGNORECASE
)


def count(text: str | None) -> int | None:
    """The first whole number of a text: `5,136 ratings`, `1.234 Kundenrezensionen`, `10K+ bought in past month`."""
    found = _COUNT.search(squash(text)) if text else None
    if not found:
        return None
    number, magnitude = found.groups()
    value = decimal(number, whole=not magnitude)
    whole = int(value * _MAGNITUDES[magnitude.lower()] if magnitude else value) if value is not None else None
    return whole if whole is not None and whole <= _LARGEST_COUNT else None


_RATING = re.compile(r"\d+(?:[.,]\d+)?")
_SCALE_FIRST = re.compile(r"\D*5(?![.,]?\d)\D+\d[.,]\d(?!\d)")
_MOST_STARS = 5


def rating(text: str | None) -> Decimal | None:
    """Stars out of five: `4.4 out of 5 stars`, `4,6 von 5`, `4,6 de 5 estrelas`, `5つ星のうち4.3`."""
    if not text:
        return None
    numbers = [Decimal(n.replace(",", ".")) for n in _RATING.findall(squash(text))]
    if not numbers:
        return None
    # Some languages name the scale first: of the two numbers, the stars are the one beside the scale's 5.
    if len(numbers) > 1 and numbers[0] == _MOST_STARS and ("\u3064\u661f" in text or _SCALE_FIRST.match(squash(text))):
        numbers.pop(0)
    return numbers[0] if 0 <= numbers[0] <= _MOST_STARS else None


_LONGEST_DATE = 200  # characters; dateparser takes a minute over a megabyte


def moment(text: str | None, *, languages: tuple[str, ...] = ("en",), zone: str = "UTC") -> datetime | None:
    """A date or time alone, in a shop's words, as an aware datetime: `21 Jan 2026`, `13. Juli 2019`; None if unread."""
    if not text or len(text) > _LONGEST_DATE:
        return None
    # dateparser costs 80 ms of CPU to import: only scrapers whose pages print dates pay it.
    import dateparser  # noqa: PLC0415

    found: datetime | None = dateparser.parse(
        squash(text),
        languages=list(languages),
        settings={"TIMEZONE": zone, "RETURN_AS_TIMEZONE_AWARE": True, "REQUIRE_PARTS": ["day", "month"]},
    )
    return found
