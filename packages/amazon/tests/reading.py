"""Small pages of given blocks, and what is read from them."""

from __future__ import annotations

from hawker_amazon.buybox import Offer, featured
from hawker_amazon.parts import Parts
from hawker_core.page import Page


def parts(body: str) -> Parts:
    return Parts(Page("https://www.amazon.com/dp/B000000000", f"<body>{body}</body>".encode()))


def block(name: str, inside: str) -> str:
    return f'<div id="{name}">{inside}</div>'


def apex(whole: str, sign: str = "", fraction: str = "") -> str:
    pieces = {"symbol": sign, "whole": whole, "fraction": fraction}
    spans = (f'<span class="a-price-{name}">{text}</span>' for name, text in pieces.items() if text)
    return f'<span class="a-price">{"".join(spans)}</span>'


def offer(body: str, default: str = "USD") -> Offer:
    return featured(parts(body), default)
