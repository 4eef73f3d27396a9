"""eBay's feedback page: its list comes empty, and a script fills it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from hawker_storefront import filler, money, seed
from hawker_storefront.catalogue import feedback as catalogue
from hawker_storefront.catalogue.ebay import CURRENCIES
from hawker_storefront.pages.render import Page, raw, render, script_json

UPDATE = "/fdbk/update_feedback_profile"
"""Where the page's script asks for its list."""
AS_SELLER = "feedback_page:RECEIVED_AS_SELLER"
"""The filter that leaves what a member received as a seller."""
PER_PAGE = 25
"""Pieces of feedback on a page unless the query says otherwise."""


def page(root: int, site: str, username: str, number: int, per_page: int, *, as_seller: bool) -> Page:
    """A page of a member's feedback, from 1; its rows are those that stand there once the script has done its work."""
    found = catalogue.profile(root, site, username)
    here = catalogue.entries(root, found, (number - 1) * per_page, per_page, as_seller=as_seller)
    more = number * per_page < found.total
    asking = {"username": username, "page_id": number, "limit": per_page, "filter": AS_SELLER if as_seller else ""}
    text = render(
        "ebay/feedback.html",
        found=found,
        t=catalogue.TEXTS[site],
        number=number,
        more=more,
        entries=script_json(entries(root, site, username, number, per_page, as_seller=as_seller)),
        update_path=raw(f"{UPDATE}?{urlencode(asking)}"),
        delay=seed.stream(root, "feedback-page", site, username, number).randrange(100, 500),
        styles=raw(filler.styles("fdbk", 4)),
        scripts=raw(filler.scripts("fdbk", 8)),
        nav=raw(filler.links("ebay", 30, "gh")),
        footer=raw(filler.links("ebayfoot", 40, "gf")),
    )
    return Page(text, [_row(found, entry) for entry in here], next_page=more)


def entries(root: int, site: str, username: str, number: int, per_page: int, *, as_seller: bool) -> str:
    """What the script puts into the list."""
    found = catalogue.profile(root, site, username)
    here = catalogue.entries(root, found, (number - 1) * per_page, per_page, as_seller=as_seller)
    return render(
        "ebay/feedback_entries.html",
        layout=found.layout,
        site=site,
        t=catalogue.TEXTS[site],
        entries=[_view(found, entry) for entry in here],
    )


def _row(found: catalogue.Profile, entry: catalogue.Entry) -> dict[str, Any]:
    cards = found.layout == "cards"
    price = None if cards or entry.price is None else entry.price
    return {
        "feedback_id": None if cards else entry.feedback_id,
        "rating": entry.rating,
        "comment": entry.kept,
        "role": entry.role,
        "item_id": entry.item_id,
        "price": str(price) if price is not None else None,
        "currency": CURRENCIES[found.site] if price is not None else None,
        "period": _period(found, entry),
        "date": entry.day.isoformat() if found.layout == "dated" else None,
    }


def _view(found: catalogue.Profile, entry: catalogue.Entry) -> dict[str, Any]:
    texts = catalogue.TEXTS[found.site]
    writer = "buyer" if entry.role == "seller" else "seller"
    figure = money.figure(entry.price, "de" if found.site == "de" else "en") if entry.price is not None else ""
    return {
        "feedback_id": entry.feedback_id,
        "rating": entry.rating,
        "comment": entry.comment,
        "writer": entry.writer,
        "score": entry.score,
        "label": texts[writer],
        "left_by": texts[f"left_by_{writer}"],
        "item": entry.item,
        "item_id": entry.item_id,
        "price": texts["price"].replace("{n}", figure) if figure else None,
        "period": _period(found, entry),
    }


def _period(found: catalogue.Profile, entry: catalogue.Entry) -> str:
    texts = catalogue.TEXTS[found.site]
    if found.layout != "dated":
        return str(texts[entry.band])
    words: str = texts["dated"].replace("{month}", texts["months"][entry.day.month - 1])
    return words.replace("{day}", str(entry.day.day)).replace("{year}", str(entry.day.year))
