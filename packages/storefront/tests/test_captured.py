"""Captured pages: served untouched, each under a target of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from hawker_storefront import Config, ConfigError, key, start
from hawker_storefront.captured import Captured
from hawker_storefront.targets import COLUMNS
from hawker_storefront.testing import Client

if TYPE_CHECKING:
    from pathlib import Path

Serve = Callable[[Config], Client]


@pytest.fixture
def captured(captured_pages: Path) -> Captured:
    return Captured(captured_pages, 1)


def test_every_page_of_the_scrapers_has_a_target(captured: Captured) -> None:
    kinds = Counter(p.kind for p in captured.pages)
    assert kinds == {
        "dp": 50, "olp": 7, "aod": 1, "captcha": 3, "error": 3, "signin-redirect": 1,
        "product": 2, "block": 4, "search": 12, "sold": 5, "seller_items": 1, "bestsellers": 2, "storefront": 1,
    }  # fmt: skip
    assert len({(p.scraper, p.key) for p in captured.pages}) == len(captured.pages)


def test_pages_come_untouched_under_their_url(serve: Serve, captured_pages: Path) -> None:
    client = serve(Config(pages=str(captured_pages)))
    ledger = client.ledger()
    assert len(ledger) == 92
    for entry in ledger.values():
        answer = client.get(entry["url"])
        assert answer.content == (captured_pages / entry["file"]).read_bytes(), entry["file"]
        declared = answer.headers["content-type"].partition("charset=")[2]
        assert not declared or f"charset={declared}".lower() in answer.content.decode("latin-1").lower().replace(
            '"', ""
        )
    assert {(e["pages"]["1"]["answers"][0], e["expected"]) for e in client.ledger().values()} == {
        (200, "ok"), (200, "blocked"), (200, "empty"), (404, "gone"), (503, "blocked"), (500, "blocked"),
    }  # fmt: skip


def test_own_ids_where_they_have_one(captured: Captured) -> None:
    by_file = {p.file: dict(p.target) for p in captured.pages}
    assert by_file["amazon/dp/a4fr-ae-B00LAYVPOU.html"] == {"asin": "B00LAYVPOU", "domain": "ae"}
    assert by_file["amazon/olp/oa-us-testUS2.html"] == {"asin": "0133356728", "domain": "com", "condition": "all"}
    assert by_file["walmart/product/ip-1203950273-pokemon-go-plus-2026.html"] == {"item_id": "1203950273"}
    ae, de = "amazon/bestsellers/a4fr-ae-appliances.html", "amazon/bestsellers/parsy-de-elektronik.html"
    assert by_file[ae] == {"node": "appliances", "list": "bestsellers", "domain": "ae", "pages": "1"}
    assert by_file[de] == {"node": "ce-de", "list": "bestsellers", "domain": "de", "pages": "1"}
    no_filters = {"min_price": "", "max_price": "", "sort": ""}
    sought = {"keyword": "plastikfrei für einsteiger", "domain": "de", "pages": "1"} | no_filters
    assert by_file["amazon/search/amznscrp-de-einsteiger.html"] == sought
    shop = {"seller_id": "A2DP2EEPU3VU45", "domain": "com", "pages": "1"}
    assert by_file["amazon/storefront/app-us-storefront.html"] == shop
    assert by_file["ebay/search/de-search-apple-2022-s-item.html"] == {"keyword": "apple", "domain": "de", "pages": "1"}


def test_second_capture_of_a_product_gets_another_id(captured: Captured) -> None:
    twins = [p for p in captured.pages if "B0057OC5O8" in p.file]
    assert len(twins) == 2
    assert {dict(p.target)["asin"] for p in twins} > {"B0057OC5O8"}


def test_targets_are_those_of_the_ledger(serve: Serve, captured: Captured, captured_pages: Path) -> None:
    ledger = serve(Config(pages=str(captured_pages))).ledger()
    assert {(s, key(s, t)) for s in COLUMNS for t in captured.targets(s)} == set(ledger)


def test_offer_listing_answers_under_both_urls_and_ends(serve: Serve, captured_pages: Path) -> None:
    client = serve(Config(pages=str(captured_pages)))
    content = (captured_pages / "amazon/olp/oa-us-testUS2.html").read_bytes()
    listing = "https://www.amazon.com/gp/offer-listing/0133356728/ref=olp_page_next?ie=UTF8"
    fragment = "https://www.amazon.com/gp/product/ajax?asin=0133356728&pc=dp&experienceId=aodAjaxMain"
    assert client.get(listing).content == client.get(fragment).content == content
    for address in (f"{listing}&startIndex=10", f"{fragment}&pageno=2"):
        answer = client.get(address)
        assert answer.status == 200
        assert b"olpOffer" not in answer.content
        assert b'id="aod-offer"' not in answer.content


def test_a_list_of_best_sellers_has_its_one_captured_page(serve: Serve, captured_pages: Path) -> None:
    client = serve(Config(pages=str(captured_pages)))
    content = (captured_pages / "amazon/bestsellers/parsy-de-elektronik.html").read_bytes()
    address = "https://www.amazon.de/gp/bestsellers/ce-de/"
    assert client.get(address).content == client.get(f"{address}ref=zg_bs_pg_1?ie=UTF8&pg=1").content == content
    for other in (
        f"{address}?pg=2",
        "https://www.amazon.de/gp/movers-and-shakers/ce-de/",
        "https://www.amazon.in/gp/bestsellers/",
    ):
        assert client.get(other).status == 404


def test_a_search_has_its_one_captured_page(serve: Serve, captured_pages: Path) -> None:
    client = serve(Config(pages=str(captured_pages)))
    content = (captured_pages / "amazon/search/drichman-us-rtx4090-2026.html").read_bytes()
    address = "https://www.amazon.com/s?k=RTX+4090"
    assert client.get(address).content == client.get(f"{address}&page=1&s=review-rank").content == content
    for other in (f"{address}&page=2", "https://www.amazon.de/s?k=RTX+4090", "https://www.amazon.com/s?rh=n%3A1"):
        assert client.get(other).status == 404


def test_what_was_not_captured_is_not_found(serve: Serve, captured_pages: Path) -> None:
    client = serve(Config(pages=str(captured_pages)))
    assert client.get("https://www.amazon.com/dp/B000000000").status == 404


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no captured pages in .*INDEX\.tsv"):
        start(Config(pages=str(tmp_path)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("dp/x.html\tdp\twww.amazon.de\t2024\tnote", "names dp/x.html, which is missing"),
        ("dp/x.html\tdp", "has 2 columns"),
    ],
)
def test_a_wrong_index_is_refused(tmp_path: Path, line: str, message: str) -> None:
    folder = tmp_path / "amazon"
    folder.mkdir()
    (folder / "INDEX.tsv").write_text(f"file\tpage type\tmarketplace\tyear\tnote\n{line}\n", "utf-8")
    with pytest.raises(ConfigError, match=message):
        Captured(tmp_path, 1)
