"""Money as the shops print it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hawker_storefront.words import MARKETS

# Thousands mark and decimal mark by style of number.
_MARKS = {"en": (",", "."), "de": (".", ","), "fr": ("\u202f", ","), "ja": (",", "")}
_CENT = Decimal("0.01")


class Parts(NamedTuple):
    """A price in the pieces of an `a-price`, and whether the symbol comes before the figure."""

    symbol: str
    whole: str
    mark: str
    fraction: str
    symbol_first: bool


def amount(value: float, *, whole: bool = False) -> Decimal:
    """A price in units of money, to the cent, or to the unit where the currency has no cents."""
    return Decimal(round(value)) if whole else Decimal(str(value)).quantize(_CENT)


def figure(value: Decimal, style: str) -> str:
    """The bare figure: `1,234.56`, `1.234,56`, `1 234,56` or `1,234`."""
    thousands, mark = _MARKS[style]
    text = f"{value:,.2f}" if mark else f"{value:,.0f}"
    whole, _, cents = text.partition(".")
    return whole.replace(",", thousands) + (mark + cents if mark else "")


def count(value: int, style: str) -> str:
    """A count of things, with the style's thousands mark."""
    return f"{value:,}".replace(",", _MARKS[style][0])


def style(domain: str, *, old: bool = False) -> str:
    """The style of a marketplace's numbers; the French one wrote them as the German one does until 2019 (`old`)."""
    number = MARKETS[domain].number
    return "de" if old and number == "fr" else number


def amazon(value: Decimal, domain: str, *, old: bool = False) -> str:
    """A price as the marketplace's pages of 2019 (`old`) or of later years print it."""
    market = MARKETS[domain]
    return (market.old if old else market.new).replace("{n}", figure(value, style(domain, old=old)))


def parts(value: Decimal, domain: str) -> Parts:
    """A price in the pieces that Amazon's pages since 2022 show."""
    market = MARKETS[domain]
    mark = _MARKS[market.number][1]
    whole, _, fraction = (
        figure(value, market.number).rpartition(mark) if mark else (figure(value, market.number), "", "")
    )
    symbol = market.new.replace("{n}", "").strip()
    return Parts(symbol, whole, mark, fraction, market.new.endswith("{n}"))
