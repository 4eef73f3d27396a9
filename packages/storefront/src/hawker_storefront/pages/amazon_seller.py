"""Amazon's sellers' profiles."""

from __future__ import annotations

from typing import Any

from hawker_storefront import filler, money, seed
from hawker_storefront.pages.amazon_reviews import TEXTS
from hawker_storefront.pages.render import Page, raw, render, script_json
from hawker_storefront.words import LANGUAGES, MARKETS, WORDS

_PERIODS = {
    "30 days": "oneMonthRatingsData",
    "90 days": "threeMonthRatingsData",
    "12 months": "twelveMonthRatingsData",
    "lifetime": "lifetimeRatingsData",
}


def page(root: int, domain: str, seller_id: str) -> Page:
    """The profile of a seller."""
    draw = seed.stream(root, "seller", domain, seller_id)
    market = MARKETS[domain]
    language, texts = LANGUAGES[market.language], TEXTS[market.language]
    name = draw.choice(WORDS.sellers)
    lines = [f"{draw.randrange(1, 200)} {draw.choice(WORDS.colours)} Street", str(draw.randrange(10000, 99999)), "XX"]
    counts = 0
    feedback: dict[str, dict[str, Any]] = {}
    for period in _PERIODS:
        counts += draw.randrange(1, 900)
        feedback[period] = {"stars": _shares(draw), "count": counts}
    average = draw.randrange(30, 51) / 10
    year = feedback["12 months"]
    text = render(
        "amazon/seller.html",
        lang=language,
        texts=texts,
        name=name,
        legal_name=f"{name} Ltd",
        lines=lines,
        average=language["rating"].replace("{value}", f"{average:.1f}".replace(".", language["decimal"])),
        positive=texts["positive"]
        .replace("{n}", str(_kinds(year)["positive"]))
        .replace("{m}", money.count(year["count"], money.style(domain))),
        states=[(script_json({"key": key}), script_json(_state(feedback[p]))) for p, key in _PERIODS.items()],
        styles=raw(filler.styles("sp", 4)),
        scripts=raw(filler.scripts("sp", 8)),
        nav=raw(filler.links("gp", 60, "nav")),
        footer=raw(filler.links("b", 60, "nav_a")),
    )
    row = {
        "seller_id": seller_id,
        "name": name,
        "legal_name": f"{name} Ltd",
        "address": ", ".join(lines),
        "rating": average,
        "rating_count": year["count"],
        "feedback": {period: _kinds(told) for period, told in feedback.items()},
    }
    return Page(text, [row])


def _shares(draw: Any) -> list[int]:
    """Percent by stars, from one to five."""
    ends = [0, *sorted(draw.randrange(30) for _ in range(4)), 100]
    return [ends[n + 1] - ends[n] for n in range(5)]


def _state(told: dict[str, Any]) -> dict[str, int]:
    return {"ratingCount": told["count"], **{f"star{n}": share for n, share in enumerate(told["stars"], 1)}}


def _kinds(told: dict[str, Any]) -> dict[str, int]:
    one, two, three, four, five = told["stars"]
    return {"positive": four + five, "neutral": three, "negative": one + two, "count": told["count"]}
