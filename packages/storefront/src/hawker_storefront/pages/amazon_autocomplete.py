"""What Amazon's search box suggests: JSON from a host of its own."""

from __future__ import annotations

import json
from typing import Any

from hawker_storefront import seed
from hawker_storefront.pages.render import Page
from hawker_storefront.words import WORDS

HOST = "completion"
PATH = "/api/2017/suggestions"
_ALIASES = ("electronics", "kitchen", "fashion", "stripbooks")


def page(root: int, domain: str, prefix: str) -> Page:
    """The suggestions for a prefix."""
    draw = seed.stream(root, "suggestions", domain, prefix.casefold())
    count = draw.randrange(1, 11)
    rows: list[dict[str, Any]] = [
        {
            "suggestion": f"{prefix} {draw.choice(WORDS.adjectives).lower()} {number}",
            "scope": draw.choice(_ALIASES) if seed.chance(draw, 20) else None,
        }
        for number in range(count)
    ]
    return Page(json.dumps(_answer(prefix, rows)), rows)


def nothing(prefix: str) -> Page:
    """The answer to a prefix that nobody has searched for."""
    return Page(json.dumps(_answer(prefix, [])))


def _answer(prefix: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    words: list[dict[str, Any]] = [
        {
            "suggType": "KeywordSuggestion",
            "type": "KEYWORD",
            "value": row["suggestion"],
            "refTag": f"nb_sb_ss_i_{number}",
            "scopes": [{"type": "ALIAS", "value": row["scope"], "display": row["scope"]}] if row["scope"] else [],
        }
        for number, row in enumerate(rows, 1)
    ]
    widget = {"suggType": "WIDGET", "type": "WIDGET", "value": "", "template": "x"}
    return {"alias": "aps", "prefix": prefix, "suffix": None, "suggestions": [*words[:2], widget, *words[2:]]}
