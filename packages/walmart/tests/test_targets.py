from __future__ import annotations

import json
import time
from base64 import b64decode
from http.cookies import SimpleCookie
from typing import get_type_hints
from urllib.parse import urlsplit

import pytest

from hawker_core import Page
from hawker_core.model import BadTargetError
from hawker_core.rows import columns
from hawker_walmart.product import ProductTarget
from hawker_walmart.scrapers.walmart_product.row import Product
from hawker_walmart.scrapers.walmart_product.scraper import WalmartProduct
from hawker_walmart.site import WalmartSite


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("1203950273", "https://www.walmart.com/ip/1203950273"),
        ("6000208927194;domain=ca", "https://www.walmart.ca/en/ip/6000208927194"),
    ],
)
def test_an_item_is_asked_for_by_its_number(key: str, url: str) -> None:
    request = WalmartProduct().request(ProductTarget.from_key(key))
    assert (request.url, request.headers) == (url, {})
    assert urlsplit(url).netloc in WalmartSite.hosts


def test_a_store_is_asked_for_by_its_cookie() -> None:
    request = WalmartProduct().request(ProductTarget.from_key("1203950273;store=3081"))
    cookie = SimpleCookie(request.headers["Cookie"])
    assert cookie["assortmentStoreId"].value == "3081"
    assert json.loads(b64decode(cookie["locGuestData"].value))["pickup"] == {"nodeId": "3081"}


@pytest.mark.parametrize("key", ["", "abc", "12", "1203950273;domain=mx", "1203950273;store=near", "123;zip=90210"])
def test_a_malformed_target_is_refused(key: str) -> None:
    with pytest.raises(BadTargetError, match="fields are item_id, domain, store"):
        ProductTarget.from_key(key)


def test_the_row_has_a_column_for_each_field() -> None:
    assert [column.name for column in columns(Product)] == list(get_type_hints(Product))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/blocked?url=L2lwLzEyMw==&g=b", b""),
        ("/en/blocked?url=L2lwLzEyMw==&g=b", b""),
        ("/ip/123", b"<title>Robot ou humain ?</title><div id='px-captcha-wrapper'></div>"),
        ("/ip/123", b"<title>Robot or human?</title><script>window._pxAppId = 'PXu6b0qd2S'</script>"),
        ("/ip/123", b'<title>Robot or human?</title><script id="__NEXT_DATA__">{"page":"/blocked"}</script>'),
        ("/ip/123", b'<title>Walmart.com</title><script>location.replace("/blocked?url=L2lwLzEyMw==&g=b")</script>'),
        ("/ip/123", b'{"redirectUrl":"/blocked?url=L2lwLzEyMw==&uuid=1&vid=&g=b","appId":"PXu6b0qd2S"}'),
        ("/ip/123", b"<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY><H1>Access Denied</H1></BODY></HTML>"),
        ("/ip/123", b"<title>Access to this page has been denied.</title>"),
    ],
)
def test_a_robot_check_is_told_in_all_its_forms(path: str, body: bytes) -> None:
    refusal = WalmartSite().refusal(Page(f"https://www.walmart.com{path}", body))
    assert refusal is not None
    assert refusal.outcome == "blocked"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ip/blocked-drain-tool/123", b"<title>Blocked drain tool - Walmart.com</title>"),
        ("/ip/123", b"<title>Robot or Human? (Paperback) - Walmart.com</title>"),
        ("/ip/123", b'<div id="px-captcha"></div><a href="/blocked?url=x"></a><script id=__NEXT_DATA__>{}</script>'),
        ("/ip/123", b""),
    ],
)
def test_a_page_that_speaks_of_robots_is_none(path: str, body: bytes) -> None:
    assert WalmartSite().refusal(Page(f"https://www.walmart.com{path}", body)) is None


@pytest.mark.parametrize("junk", [b"<script ", b"<script id=", b"<title>access denied ", b"<title> ", b" "])
def test_a_hostile_page_costs_no_more_than_time_to_read_it(junk: bytes) -> None:
    started = time.process_time()
    assert (
        WalmartSite().refusal(Page("https://www.walmart.com/ip/123", b"<title>access denied" + junk * 200_000)) is None
    )
    assert time.process_time() - started < 5
