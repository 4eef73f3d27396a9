"""Amazon's lists of customer reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hawker_storefront import filler, money, seed
from hawker_storefront.pages.render import Page, raw, render
from hawker_storefront.words import LANGUAGES, MARKETS, WORDS, load

if TYPE_CHECKING:
    import random

TEXTS: dict[str, Any] = load("people.toml")
PER_PAGE = 10
_MOST = 64
_NEWEST = date(2026, 4, 19)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class _Review:
    review_id: str
    stars: int
    title: str
    body: str
    kept: str
    writer: str
    day: date
    verified: bool
    helpful: int
    colour: str | None


def page(root: int, domain: str, asin: str, number: int) -> Page:
    """A page of a product's reviews, from 1."""
    return _page(root, domain, asin, number, seed.stream(root, "reviews", domain, asin).randrange(1, _MOST))


def nothing(root: int, domain: str, asin: str) -> Page:
    """The page of a product that nobody has reviewed."""
    return _page(root, domain, asin, 1, 0)


def _page(root: int, domain: str, asin: str, number: int, total: int) -> Page:
    draw = seed.stream(root, "reviewed", domain, asin)
    shares = _shares(draw)
    ratings, average = total + draw.randrange(9000), draw.randrange(10, 51) / 10
    first = (number - 1) * PER_PAGE
    here = [_review(root, domain, asin, n) for n in range(first, min(total, first + PER_PAGE))]
    more = first + PER_PAGE < total
    language, texts, style = LANGUAGES[MARKETS[domain].language], _texts(domain), money.style(domain)
    listed = texts["listed"].replace("{n}", money.count(ratings, style)).replace("{m}", money.count(total, style))
    text = render(
        "amazon/reviews.html",
        lang=language,
        texts=texts,
        asin=asin,
        number=number,
        more=more,
        average=_stars(language, average),
        ratings=language["ratings_new"].replace("{n}", money.count(ratings, style)),
        listed=listed,
        shares=list(shares.values()) if total else [],
        reviews=[_view(domain, one) for one in here],
        styles=raw(filler.styles("reviews", 4)),
        scripts=raw(filler.scripts("reviews", 8)),
        nav=raw(filler.links("gp", 60, "nav")),
        footer=raw(filler.links("b", 60, "nav_a")),
    )
    figures: dict[str, Any] = {"average": average, "rating_count": ratings, "review_count": total, "histogram": shares}
    return Page(text, [_row(domain, one) | figures for one in here], next_page=more)


def _texts(domain: str) -> dict[str, Any]:
    texts: dict[str, Any] = TEXTS[MARKETS[domain].language]
    return texts


def _shares(draw: random.Random) -> dict[str, int]:
    cuts = sorted(draw.randrange(101) for _ in range(4))
    ends = [0, *cuts, 100]
    return {str(5 - n): ends[n + 1] - ends[n] for n in range(5)}


def _review(root: int, domain: str, asin: str, number: int) -> _Review:
    draw = seed.stream(root, "review", domain, asin, number)
    writer = draw.choice(WORDS.authors)
    body = draw.choice(WORDS.features).replace("{n}", str(draw.randrange(12, 90)))
    signed = seed.chance(draw, 12)
    return _Review(
        review_id="R" + "".join(draw.choices(_LETTERS, k=13)),
        stars=draw.randrange(1, 6),
        title=f"{draw.choice(WORDS.adjectives)} & {draw.choice(WORDS.adjectives)}",
        body=f"{body}. {writer}" if signed else body,
        kept=f"{body}. [name]" if signed else body,
        writer=writer,
        day=_NEWEST - timedelta(days=number * 3 + draw.randrange(3)),
        verified=seed.chance(draw, 80),
        helpful=draw.randrange(1, 400) if seed.chance(draw, 40) else 0,
        colour=draw.choice(WORDS.colours) if seed.chance(draw, 50) else None,
    )


def _stars(language: dict[str, Any], value: float) -> str:
    words: str = language["rating"].replace("{value}", f"{value:.1f}".replace(".", language["decimal"]))
    return words


def _row(domain: str, one: _Review) -> dict[str, Any]:
    return {
        "review_id": one.review_id,
        "rating": float(one.stars),
        "title": one.title,
        "body": one.kept,
        "date": one.day.isoformat(),
        "country": TEXTS["countries"][domain].removeprefix("the "),
        "verified": one.verified,
        "helpful": one.helpful,
        "variant": _texts(domain)["variant"].replace("{value}", one.colour) if one.colour else None,
    }


def _view(domain: str, one: _Review) -> dict[str, Any]:
    texts = _texts(domain)
    day = texts["date"].replace("{month}", texts["months"][one.day.month - 1])
    if domain == "com":
        day = "{month} {day}, {year}".replace("{month}", texts["months"][one.day.month - 1])
    day = day.replace("{day}", str(one.day.day)).replace("{year}", str(one.day.year))
    votes = texts["one_helpful" if one.helpful == 1 else "helpful"].replace("{n}", str(one.helpful))
    return {
        "id": one.review_id,
        "writer": one.writer,
        "stars": _stars(LANGUAGES[MARKETS[domain].language], one.stars),
        "title": one.title,
        "body": one.body,
        "line": texts["reviewed"].replace("{country}", TEXTS["countries"][domain]).replace("{date}", day),
        "verified": one.verified,
        "votes": votes if one.helpful else None,
        "variant": texts["variant"].replace("{value}", one.colour) if one.colour else None,
    }
