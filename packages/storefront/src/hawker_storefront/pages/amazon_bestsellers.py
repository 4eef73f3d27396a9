"""Amazon's lists of best sellers: a grid of 30 entries, to which a script adds up to 20 as the page is scrolled."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from hawker_storefront import filler, money, seed
from hawker_storefront.catalogue import bestsellers as catalogue
from hawker_storefront.catalogue.amazon import asin_of, image
from hawker_storefront.pages.render import Page, raw, render, script_json
from hawker_storefront.words import LANGUAGES, MARKETS

NEXT = "/acp/p13n-zg-list-grid-desktop/p13n-zg-list-grid-desktop-4e56ff60/nextPage"
"""Where the page's script asks for more entries."""
_STEP = 10
_HASHES = {3: "g3dy1", 4: "2q2cc", 1: "1Fn1y"}


def page(root: int, domain: str, name: str, node: str, number: int) -> Page:
    """A page of a list, from 1; its rows are all that stand there once the script has done its work."""
    found = catalogue.listing(root, domain, name, node)
    first = (number - 1) * catalogue.PER_PAGE
    here = catalogue.entries(root, found, first, catalogue.PER_PAGE)
    drawn, rest = here[: catalogue.DRAWN], here[catalogue.DRAWN :]
    pages = max(1, -(-found.total // catalogue.PER_PAGE))
    draw = seed.stream(root, "bestsellers-page", domain, name, node, number)
    asking = {"list": name, "node": node, "page": number}
    text = render(
        "amazon/bestsellers.html",
        found=found,
        lang=LANGUAGES[MARKETS[domain].language],
        heading=f"{name}: {node}",
        path=f"/gp/{catalogue.LISTS[name]}/{node}",
        drawn=[raw(_tile(found, entry)) for entry in drawn],
        rest=script_json([_tile(found, entry) for entry in rest]),
        recs=json.dumps([{"id": e.item.asin, "metadataMap": {"render.zg.rank": str(e.rank)}} for e in here]),
        on_page=len(here),
        number=number,
        pages=pages,
        step=_STEP,
        delay=draw.randrange(50, 350),
        next_path=raw(f"{NEXT}?{urlencode(asking)}"),
        related=[_related(draw, domain) for _ in range(6)],
        styles=raw(filler.styles("zg", 4)),
        scripts=raw(filler.scripts("zg", 12)),
        nav=raw(filler.links("gp", 60, "nav")),
        footer=raw(filler.links("b", 60, "nav_a")),
    )
    return Page(text, [_row(found, entry) for entry in here], next_page=number < pages)


def more(root: int, domain: str, name: str, node: str, number: int, offset: int) -> str:
    """The entries that the script adds next: markup of up to ten, none past the page's last."""
    found = catalogue.listing(root, domain, name, node)
    count = max(0, min(_STEP, catalogue.PER_PAGE - offset))
    here = catalogue.entries(root, found, (number - 1) * catalogue.PER_PAGE + offset, count)
    return "".join(_tile(found, entry) for entry in here)


def _row(found: catalogue.Listing, entry: catalogue.Entry) -> dict[str, Any]:
    item = entry.item
    return {
        "rank": entry.rank,
        "asin": item.asin,
        "title": item.title,
        "price": str(entry.price) if entry.price is not None else None,
        "price_kind": _kind(entry),
        "price_high": str(entry.price_high) if entry.price_high is not None else None,
        "currency": MARKETS[found.domain].currency if entry.price is not None else None,
        "rating": item.rating,
        "rating_count": item.rating_count,
        "offer_count": entry.offers,
        "percent_change": entry.change if found.name == "movers" else None,
    }


def _kind(entry: catalogue.Entry) -> str | None:
    if entry.price is None:
        return None
    return "offers" if entry.offers else "new" if entry.price_high is None else "range"


def _tile(found: catalogue.Listing, entry: catalogue.Entry) -> str:
    item, domain = entry.item, found.domain
    language = LANGUAGES[MARKETS[domain].language]
    style = money.style(domain)
    draw = seed.stream("tile", item.asin, entry.rank)
    lines = draw.choice((3, 3, 4, 1))
    offers = language["offers_from"].replace("{n}", str(entry.offers)).partition("{price}")
    movement = language["sales_rank" if entry.change else "unranked"].replace("{now}", str(entry.sales_rank))
    before = str(entry.sales_rank * (1 + (entry.change or 0) // 100))
    return render(
        "amazon/bestseller.html",
        new=found.layout == "2025",
        e={
            "asin": item.asin,
            "index": entry.rank - 1,
            "rank": entry.rank,
            "href": f"/x/dp/{item.asin}/ref=zg_bs_g_{entry.rank}?psc=1",
            "image": item.images[0],
            "title": item.title,
            "lines": lines,
            "hash": _HASHES[lines],
            "rating": language["rating"].replace("{value}", f"{item.rating}".replace(".", language["decimal"]))
            if item.rating is not None
            else None,
            "ratings": money.count(item.rating_count or 0, style),
            "ratings_words": language["ratings_new"].replace("{n}", money.count(item.rating_count or 0, style)),
            "prices": [money.amazon(p, domain) for p in (entry.price, entry.price_high) if p is not None],
            "offers": entry.offers,
            "offers_before": offers[0],
            "offers_after": offers[2],
            "movement": movement.replace("{before}", before) if found.name == "movers" else None,
            "change": f"{money.count(entry.change, style)}%" if entry.change else None,
        },
    )


def _related(draw: Any, domain: str) -> dict[str, str]:
    """A product of another list: a parser must not take it for an entry."""
    asin = asin_of(draw)
    price = money.amount(draw.uniform(5, 300), whole=MARKETS[domain].currency == "JPY")
    return {
        "asin": asin,
        "title": f"Most wished for {asin[2:6]}",
        "image": image(draw, "2025"),
        "price": money.amazon(price, domain),
    }
