from __future__ import annotations

import time
from typing import get_type_hints
from urllib.parse import parse_qsl, urlsplit

import pytest

from hawker_core import Page
from hawker_core.model import BadTargetError
from hawker_core.rows import columns
from hawker_ebay.scrapers.ebay_search.row import SearchTile
from hawker_ebay.scrapers.ebay_search.scraper import EbaySearch
from hawker_ebay.search import SearchTarget
from hawker_ebay.site import DOMAINS, EbaySite, currency


def test_a_search_without_filters_asks_for_its_first_page() -> None:
    request = EbaySearch().request(SearchTarget.from_key("warhammer 40k & more"))
    assert request.url == "https://www.ebay.com/sch/i.html?_nkw=warhammer+40k+%26+more&_pgn=1"
    assert request.page == 1


def test_filters_are_ebays_own_parameters() -> None:
    target = SearchTarget.from_key(
        "apple;domain=de;format=auction;condition=1000|3000;min_price=5;max_price=9.50;pages=20"
    )
    url = urlsplit(EbaySearch().request(target).url)
    assert url.netloc == "www.ebay.de"
    assert dict(parse_qsl(url.query)) == {
        "_nkw": "apple",
        "LH_ItemCondition": "1000|3000",
        "LH_Auction": "1",
        "_udlo": "5",
        "_udhi": "9.50",
        "_pgn": "1",
    }
    assert SearchTarget.from_key(target.key) == target


@pytest.mark.parametrize(
    "key",
    [
        "x;domain=example.com",
        "x;pages=0",
        "x;pages=21",
        "x;format=raffle",
        "x;condition=new",
        "x;min_price=ten",
        "x;sort=price",
        ";domain=de",
    ],
)
def test_a_malformed_target_is_refused(key: str) -> None:
    with pytest.raises(BadTargetError, match="fields are keyword, domain"):
        SearchTarget.from_key(key)


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_domain_has_its_hosts_and_currency(domain: str) -> None:
    target = SearchTarget.from_fields({"keyword": "x", "domain": domain})
    assert urlsplit(EbaySearch().request(target).url).netloc in EbaySite.hosts
    assert len(currency(target.domain)) == 3


def test_the_row_has_a_column_for_each_field() -> None:
    assert [column.name for column in columns(SearchTile)] == list(get_type_hints(SearchTile))


def test_a_404_is_left_to_its_status() -> None:
    body = b'<html><body><div id="error-info"></div></body></html>'
    assert EbaySite().refusal(Page("https://www.ebay.com/itm/1", body, status=404)) is None
    assert EbaySite().refusal(Page("https://www.ebay.com/itm/1", body, status=200)) is not None


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b"destForm", b"<!doctype html>", b"<p>captcha_form</p>"])
def test_bodies_that_are_no_page_are_no_refusal(body: bytes) -> None:
    assert EbaySite().refusal(Page("https://www.ebay.com/sch/i.html", body)) is None


@pytest.mark.parametrize(
    "title",
    [
        "Pardon Our Interruption...",
        "Checking your browser before you access eBay.",
        "Security Measure",
        "Security measure | eBay",
        "Error Page | eBay",
        "Access Denied",
    ],
)
def test_a_refusal_is_told_by_its_title(title: str) -> None:
    refusal = EbaySite().refusal(Page("https://www.ebay.com/sch/i.html", f"<TITLE>{title}</TITLE>".encode()))
    assert refusal is not None
    assert refusal.outcome == "blocked"


@pytest.mark.parametrize("title", ["access denied for sale | eBay", "Security Measures DVD for sale | eBay", "eBay"])
def test_a_search_for_a_refusals_title_is_none(title: str) -> None:
    assert EbaySite().refusal(Page("https://www.ebay.com/sch/i.html", f"<title>{title}</title>".encode())) is None


@pytest.mark.parametrize("junk", [b"<script ", b"<script id=", b"<title>access denied ", b"<title> ", b" "])
def test_a_hostile_page_costs_no_more_than_time_to_read_it(junk: bytes) -> None:
    started = time.process_time()
    assert EbaySite().refusal(Page("https://www.ebay.com/sch/i.html", b"<title>access denied" + junk * 200_000)) is None
    assert time.process_time() - started < 5
