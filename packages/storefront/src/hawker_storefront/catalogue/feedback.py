"""Feedback on eBay's members: derived from the seed, the site and the username."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from hawker_storefront import money, seed
from hawker_storefront.words import WORDS, load

if TYPE_CHECKING:
    import random
    from decimal import Decimal

TEXTS: dict[str, Any] = load("feedback.toml")
USERNAME = re.compile(r"[\w.*!$-]{1,64}", re.ASCII)
_RATINGS = {"positive": 92.0, "neutral": 4.0, "negative": 4.0}
_LAYOUTS = {"table": 50.0, "dated": 15.0, "cards": 35.0}
_BANDS = {"month": 30.0, "half": 30.0, "year": 25.0, "older": 15.0}
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_NEWEST = date(2026, 4, 19)
_MOST = 450


@dataclass(frozen=True, slots=True)
class Profile:
    """A member's feedback: in which layout, how its script gets it, and how much there is."""

    site: str
    username: str
    layout: str
    loads: Literal["inline", "xhr"]
    total: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of feedback. `comment` is as its writer wrote it, `kept` without addresses and numbers."""

    feedback_id: str
    rating: str
    comment: str
    kept: str
    role: Literal["seller", "buyer"]
    writer: str
    score: int
    item_id: str | None
    item: str
    price: Decimal | None
    band: str
    day: date


@lru_cache(maxsize=1024)
def profile(root: int, site: str, username: str) -> Profile:
    """The feedback of a member."""
    draw = seed.stream(root, "feedback", site, username)
    return Profile(
        site=site,
        username=username,
        layout=seed.weighted(draw.random() * 100, _LAYOUTS) or "table",
        loads="xhr" if seed.chance(draw, 75) else "inline",
        total=draw.randrange(1, 20) if seed.chance(draw, 20) else draw.randrange(20, _MOST),
    )


def entries(root: int, found: Profile, first: int, count: int, *, as_seller: bool) -> tuple[Entry, ...]:
    """The feedback from number `first`, counting from 0: that received as a seller, or all of it."""
    last = min(found.total, first + count)
    return tuple(_entry(root, found, n, as_seller=as_seller) for n in range(first, last))


def _entry(root: int, found: Profile, number: int, *, as_seller: bool) -> Entry:
    draw = seed.stream(root, "feedback-entry", found.site, found.username, number)
    comment, kept = _comment(draw)
    private = seed.chance(draw, 5)
    bought = not as_seller and seed.chance(draw, 15)
    days = number * 3 + draw.randrange(3)
    return Entry(
        feedback_id=str(draw.randrange(25 * 10**11, 26 * 10**11)),
        rating=seed.weighted(draw.random() * 100, _RATINGS) or "positive",
        comment=comment,
        kept=kept,
        role="buyer" if bought else "seller",
        writer=f"{draw.choice(_LETTERS)}***{draw.choice(_LETTERS)}",
        score=draw.randrange(1, 9000),
        item_id=None if private else str(draw.randrange(11 * 10**10, 60 * 10**10)),
        item=f"{draw.choice(WORDS.brands)} {draw.choice(WORDS.adjectives)} {draw.choice(WORDS.keywords)}",
        price=None if private else money.amount(draw.triangular(2, 1900, 20)),
        band=seed.weighted(draw.random() * 100, _BANDS) or "older",
        day=_NEWEST - timedelta(days=days),
    )


def _comment(draw: random.Random) -> tuple[str, str]:
    """A comment as written and as it may be kept; one in twelve holds an address or a number."""
    if not seed.chance(draw, 8):
        text = draw.choice(TEXTS["comments"])
        return text, text
    text = draw.choice(TEXTS["personal"])
    kind = draw.choice(("addresses", "numbers"))
    mask = {"addresses": "[email]", "numbers": "[phone]"}[kind]
    return text.replace("{personal}", draw.choice(TEXTS[kind])), text.replace("{personal}", mask)
