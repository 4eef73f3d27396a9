"""Lists of best sellers against what a person read off the captured pages, and against damaged ones."""

from __future__ import annotations

import contextlib
import json
import random
import re
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hawker_amazon.bestsellers import BestsellersTarget
from hawker_amazon.scrapers.amazon_bestsellers.scraper import AmazonBestsellers
from hawker_amazon.site import MARKETPLACES
from hawker_core.model import BadTargetError, Missing, Signal
from hawker_core.page import Page
from hawker_core.run import read

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT.parent / "shared" / "pages" / "amazon"
FACTS: dict[str, Any] = json.loads((ROOT / "tests" / "facts" / "amazon_bestsellers.json").read_text("utf-8"))
OVERVIEW = "bestsellers/santapan-in-overview.html"
SCRAPER = AmazonBestsellers()


def captured(file: str, list_name: str = "bestsellers") -> tuple[Page, BestsellersTarget]:
    domain = file.partition("/")[2].split("-")[1]
    target = BestsellersTarget.from_fields({"node": "x", "list": list_name, "domain": domain, "pages": 2})
    return Page(SCRAPER.request(target).url, (PAGES / file).read_bytes()), target


@pytest.mark.parametrize("file", FACTS)
def test_every_value_read_by_eye_comes_out(file: str) -> None:
    page, target = captured(file)
    rows, further = read(SCRAPER, page, target)
    entries = FACTS[file]["entries"]
    assert page.bad == []
    assert len(rows) == len(entries) == 30
    found = [{name: msgspec.to_builtins(row)[name] for name in entries[0]} for row in rows]
    assert found == entries
    assert [request.page for request in further] == [2]


@pytest.mark.parametrize("file", FACTS)
def test_a_browser_that_scrolls_counts_each_entry_once(file: str) -> None:
    assert len(captured(file)[0].root.all(SCRAPER.fetch.scroll_for)) == 30


def test_no_other_values_are_made_up() -> None:
    """Neither page shows a range of prices, and a list of best sellers knows no movement."""
    rows = [row for file in FACTS for row in read(SCRAPER, *captured(file))[0]]
    values = [msgspec.to_builtins(row) for row in rows]
    assert {(row["price_high"], row["percent_change"]) for row in values} == {(None, None)}


def test_the_overview_of_departments_is_no_list() -> None:
    page, target = captured(OVERVIEW)
    with pytest.raises(Missing, match="gridItemRoot"):
        read(SCRAPER, page, target)


def test_best_sellers_are_no_movers() -> None:
    with pytest.raises(Missing, match="zg-grid-pct-change"):
        read(SCRAPER, *captured(next(iter(FACTS)), "movers"))


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("electronics", "https://www.amazon.com/gp/bestsellers/electronics/"),
        ("electronics/172282;domain=co.uk", "https://www.amazon.co.uk/gp/bestsellers/electronics/172282/"),
        ("172282;list=new-releases;domain=de", "https://www.amazon.de/gp/new-releases/172282/"),
        ("ce-de;list=movers;pages=2", "https://www.amazon.com/gp/movers-and-shakers/ce-de/"),
    ],
)
def test_addresses(key: str, url: str) -> None:
    target = BestsellersTarget.from_key(key)
    request = SCRAPER.request(target)
    assert (request.url, request.page) == (url, 1)
    assert SCRAPER.request(target, 2).url == f"{url}?pg=2"
    assert request.headers == {"Accept-Language": MARKETPLACES[target.domain][1]}
    assert target.key == key


@pytest.mark.parametrize(
    "key",
    [
        "", "Electronics", "electronics/", "/electronics", "../admin", "a b", "electronics/x", "e?x=1",
        "x;list=deals", "x;domain=nl", "x;pages=0", "x;pages=3", "x;sort=price", "x" * 100,
    ],
)  # fmt: skip
def test_malformed_targets_are_refused(key: str) -> None:
    with pytest.raises(BadTargetError, match="fields are node, list, domain, pages"):
        BestsellersTarget.from_key(key)


@pytest.mark.parametrize("file", [*FACTS, OVERVIEW])
def test_damaged_pages_raise_nothing_but_signals(file: str) -> None:
    page, target = captured(file)
    dice = random.Random(file)  # noqa: S311  which parts go is no secret, and the same in each run
    for _ in range(12):
        body = page.body[: dice.randrange(len(page.body))]
        body = re.sub(rb"(?:id|class|href|title)=\"[^\"]*\"", lambda m: m[0] if dice.random() < 0.9 else b"", body)
        with contextlib.suppress(Signal):
            for row in read(SCRAPER, Page(page.url, body), target)[0]:
                msgspec.convert(msgspec.to_builtins(row), type(row))


@pytest.mark.parametrize("junk", ["9" * 300_000, "1." * 150_000, "/dp/B0" * 50_000, "<span class=a-size-small>" * 3000])
def test_hostile_lengths_cost_no_more_than_time_to_read_them(junk: str) -> None:
    tile = (
        f'<div id="gridItemRoot"><span class="zg-bdg-text">#1 {junk}</span><a href="{junk}/dp/B0TRAY0001"></a>'
        f'<div class="p13n-sc-truncate">{junk}</div><span class="p13n-sc-price">{junk}</span>'
        f'<div class="a-icon-row"><span class="a-icon-alt">{junk}</span><span class="a-size-small">{junk}</span></div>'
    )
    started = time.process_time()
    with contextlib.suppress(Signal):
        read(SCRAPER, Page("https://www.amazon.com/gp/bestsellers/x/", tile.encode()), BestsellersTarget(node="x"))
    assert time.process_time() - started < 5


def read_list(body: str) -> list[Any]:
    page = Page("https://www.amazon.in/gp/bestsellers/x/", f"<html><body>{body}<p>end</p></body></html>".encode())
    return read(SCRAPER, page, BestsellersTarget(node="x", domain="in"))[0]


def test_a_tile_without_a_badge_has_its_place_from_the_pages_own_list() -> None:
    listed = json.dumps([{"id": "B0TRAY0001", "metadataMap": {"render.zg.rank": "31"}}, {"id": "B0TRAY0002"}])
    tile = (
        '<div class="_cDEzb_zg-grid-general-faceout"><a href="/dp/B0TRAY0001"><img alt="Walnut Tray"></a>'
        '<span class="a-icon-alt">4.1 out of 5 stars</span><span><b class="p13n-sc-price">\u20b9311.00</b></span></div>'
    )
    (row,) = read_list(f"<div data-client-recs-list='{listed}'>{tile}</div>")
    assert (row.rank, row.asin, row.title, str(row.price)) == (31, "B0TRAY0001", "Walnut Tray", "311.00")
    with pytest.raises(Missing):
        read_list(f"<div data-client-recs-list='[[['>{tile}</div>")


def test_lists_before_2018() -> None:
    tile = (
        '<div class="zg_itemImmersion"><span class="zg_rankNumber">7.</span><div class="zg_title">'
        '<a href="/dp/B0TRAY0001">Walnut Tray</a></div><span><b class="p13n-sc-price">\u20b9 1,311.00</b></span></div>'
    )
    (row,) = read_list(tile)
    assert (row.rank, row.title, str(row.price), row.price_kind) == (7, "Walnut Tray", "1311.00", "new")


def test_an_entry_that_holds_the_next_one_is_not_understood() -> None:
    inner = '<div><span class="zg-bdg-text">#2</span><a href="/dp/B0TRAY0002"></a></div>'
    tile = f'<div id="gridItemRoot"><span class="zg-bdg-text">#1</span><a href="/dp/B0TRAY0001"></a>{inner}</div>'
    with pytest.raises(Missing, match="zg-bdg-text"):
        read_list(tile)
