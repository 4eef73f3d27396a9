"""Each fault, as it comes over the wire."""

from __future__ import annotations

import http.client
import time
import zlib
from collections.abc import Callable

import pytest
from parsel import Selector

from hawker_storefront import Config, Latency, Persistent, Robots, Transient, expected, targets, url
from hawker_storefront.targets import COLUMNS, key
from hawker_storefront.testing import Answer, Client

Serve = Callable[[Config], Client]
SCRAPERS = tuple(COLUMNS)
BLOCKED = (
    "validateCaptcha",
    'form name="signIn"',
    'id="px-captcha"',
    "Pardon Our Interruption",
    'id="captcha_form"',
    'id="error-info"',
)


def urls(scraper: str, count: int = 12) -> list[str]:
    return [url(scraper, target) for target in targets(scraper, count)]


@pytest.mark.parametrize("scraper", SCRAPERS)
def test_captcha(serve: Serve, scraper: str) -> None:
    client = serve(Config(persistent=Persistent(captcha=100)))
    answers = [client.get(u) for u in urls(scraper, 40)]
    assert all(any(mark in a.text for mark in BLOCKED) for a in answers)
    statuses = {a.status for a in answers}
    assert 200 in statuses
    assert len(statuses) > 1
    assert len({Selector(text=a.text).css("title::text").get() for a in answers}) >= (
        1 if scraper.startswith("w") else 3
    )


@pytest.mark.parametrize("scraper", SCRAPERS)
def test_forbidden(serve: Serve, scraper: str) -> None:
    client = serve(Config(persistent=Persistent(forbidden=100), transient=Transient(retry_after_s=2)))
    answers = [client.get(u) for u in urls(scraper)]
    assert {a.status for a in answers} == {403, 429}
    assert {a.headers.get("retry-after") for a in answers if a.status == 429} == {"2"}


@pytest.mark.parametrize("scraper", SCRAPERS)
def test_gone(serve: Serve, scraper: str) -> None:
    client = serve(Config(persistent=Persistent(gone=100)))
    answers = [client.get(u) for u in urls(scraper)]
    assert {a.status for a in answers} == {404}
    if scraper.startswith("amazon"):
        assert all("Dogs of Amazon" in a.text for a in answers)


@pytest.mark.parametrize("scraper", SCRAPERS)
def test_error(serve: Serve, scraper: str) -> None:
    client = serve(Config(persistent=Persistent(error=100)))
    assert {client.get(u).status for u in urls(scraper) for _ in range(3)} == {500}


def test_hang(serve: Serve) -> None:
    client = serve(Config(persistent=Persistent(hang=100)))
    began: list[bool] = []
    for address in urls("walmart_product", 10):
        connection = http.client.HTTPConnection(client.origin.removeprefix("http://"), timeout=0.2)
        connection.request("GET", address.removeprefix("https://www.walmart.com"), headers={"Host": "www.walmart.com"})
        try:
            response = connection.getresponse()
        except TimeoutError:
            began.append(False)
        else:
            with pytest.raises(TimeoutError):
                response.read()
            began.append(True)
        finally:
            connection.close()
    assert set(began) == {True, False}


def test_hanging_requests_end_with_their_client(serve: Serve) -> None:
    client = serve(Config(persistent=Persistent(hang=100)))
    for address in urls("walmart_product", 3):
        with pytest.raises((TimeoutError, http.client.HTTPException)):
            client.get(address, timeout=0.3)
    deadline = time.monotonic() + 5
    while client.stats()["in_flight"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert client.stats()["in_flight"] == 0


def test_bomb(serve: Serve) -> None:
    client = serve(Config(persistent=Persistent(bomb=100)))
    answer = client.get(urls("walmart_product")[0])
    assert answer.status == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < 2 << 20
    unpacked = zlib.decompressobj(31)
    size, rest = 0, answer.body
    while rest:
        size += len(unpacked.decompress(rest, 1 << 24))
        rest = unpacked.unconsumed_tail
    assert size == 256 << 20


def test_offsite(serve: Serve) -> None:
    client = serve(Config(persistent=Persistent(offsite=100)))
    answer = client.get(urls("ebay_search")[0])
    assert answer.status == 302
    assert answer.headers["location"] == "https://elsewhere.example/landing"


def test_empty_is_for_lists_only(serve: Serve) -> None:
    config = Config(persistent=Persistent(empty=100))
    client = serve(config)
    for address in urls("ebay_search"):
        page = Selector(text=client.get(address).text)
        heading = "".join(page.css(".srp-controls__count-heading").xpath(".//text()").getall())
        assert heading.split()[0] == "0"
        assert page.css(".srp-river-answer--REWRITE_START")
    for address in urls("amazon_offers"):
        page = Selector(text=client.get(address).text)
        assert page.css("#aod-container")
        assert not page.css("#aod-offer, #aod-pinned-offer")
    for address in urls("amazon_search") + urls("amazon_category") + urls("amazon_seller_products"):
        page = Selector(text=client.get(address).text)
        assert page.css("#noResultsTitle, [class*='-no-results']")
        assert not page.css("#s-result-count, [data-component-type=s-result-info-bar]")
    assert Selector(text=client.get(urls("amazon_product")[0]).text).css("#productTitle, #ebooksProductTitle")
    assert expected(config, "ebay_search", "x") == "empty"
    assert expected(config, "walmart_product", "x") == "ok"


@pytest.mark.parametrize("scraper", SCRAPERS)
def test_garbled(serve: Serve, scraper: str) -> None:
    client = serve(Config(persistent=Persistent(garbled=100)))
    for address in urls(scraper, 4):
        answer = client.get(address)
        assert answer.status == 200
        assert not any(mark in answer.text for mark in BLOCKED)
        for mark in ("productTitle", "aod-offer", '"usItemId"', "s-card", "s-item"):
            assert mark not in answer.text


def passes(client: Client, address: str, broken: Callable[[], object], *, after: int) -> None:
    """The first `after` requests go wrong, the next is whole."""
    for _ in range(after):
        broken()
    answer = client.get(address)
    assert answer.status == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.content) > 10_000


@pytest.mark.parametrize(("kind", "status"), [("throttled", 429), ("unavailable", 503)])
def test_transient_statuses(serve: Serve, kind: str, status: int) -> None:
    client = serve(Config(transient=Transient(**{kind: 100.0})))
    address = urls("walmart_product")[0]

    def refused() -> None:
        answer = client.get(address)
        assert answer.status == status
        assert answer.headers.get("retry-after") == ("1" if status == 429 else None)

    passes(client, address, refused, after=1)


def test_transient_captcha(serve: Serve) -> None:
    client = serve(Config(transient=Transient(captcha=100)))
    address = urls("amazon_product")[0]
    first, second = client.get(address).text, client.get(address).text
    assert any(mark in first for mark in BLOCKED)
    assert not any(mark in second for mark in BLOCKED)


def test_reset(serve: Serve) -> None:
    client = serve(Config(transient=Transient(reset=100)))
    address = urls("walmart_product")[0]

    def torn() -> None:
        with pytest.raises(ConnectionResetError):
            client.get(address)

    passes(client, address, torn, after=1)


def test_truncated(serve: Serve) -> None:
    client = serve(Config(transient=Transient(truncated=100)))
    found: set[str] = set()
    for address in urls("walmart_product", 12):

        def short(address: str = address) -> None:
            try:
                answer = client.get(address)
            except http.client.IncompleteRead:
                found.add("length")
            else:
                with pytest.raises(EOFError):
                    _ = answer.content
                found.add("gzip")

        passes(client, address, short, after=1)
    assert found == {"length", "gzip"}


def test_slow_body(serve: Serve) -> None:
    client = serve(Config(transient=Transient(slow_body=100, slow_body_s=0.4)))
    address = urls("walmart_product")[0]
    answers: list[Answer] = []
    times = []
    for _ in range(2):
        began = time.monotonic()
        answers.append(client.get(address))
        times.append(time.monotonic() - began)
    assert times[0] > 0.35 > times[1]
    assert answers[0].content == answers[1].content


def test_wrong_encoding_declared(serve: Serve) -> None:
    client = serve(Config(transient=Transient(encoding=100)))
    address = urls("walmart_product")[0]

    def wrong() -> None:
        answer = client.get(address)
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.body.startswith(b"<!DOCTYPE html>")

    passes(client, address, wrong, after=1)


def test_transient_faults_last_one_to_repeats_requests(serve: Serve) -> None:
    client = serve(Config(transient=Transient(unavailable=100, repeats=2)))
    lengths = set()
    for address in urls("walmart_product", 12):
        answers = [client.get(address).status for _ in range(4)]
        lengths.add(answers.count(503))
        assert answers == sorted(answers, reverse=True)
    assert lengths == {1, 2}


def test_shares_are_kept() -> None:
    config = Config(persistent=Persistent(captcha=10, gone=5))
    kinds = [expected(config, "amazon_product", key("amazon_product", t)) for t in targets("amazon_product", 4000)]
    assert 320 < kinds.count("blocked") < 480
    assert 140 < kinds.count("gone") < 260


def test_latency(serve: Serve) -> None:
    client = serve(Config(latency=Latency(median_ms=80, p95_ms=120)))
    times = []
    for address in urls("walmart_product", 15):
        began = time.monotonic()
        client.get(address)
        times.append(time.monotonic() - began)
    assert 0.05 < sorted(times)[7] < 0.2


def test_robots(serve: Serve) -> None:
    client = serve(Config(robots=Robots(disallow=("/sch/",))))
    text = client.get("https://www.ebay.com/robots.txt").text
    assert "User-agent: *" in text
    assert "Disallow: /sch/" in text
    assert client.get("https://www.walmart.com/robots.txt", encoding="").status == 200
    failing = serve(Config(robots=Robots(status=503)))
    assert failing.get("https://www.walmart.com/robots.txt").status == 503
