"""Dispatch, determinism, the ledger and the counters."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from hawker_storefront import Config, Persistent, Transient, key, start, targets, url
from hawker_storefront.catalogue.amazon import product
from hawker_storefront.targets import COLUMNS
from hawker_storefront.testing import Client

Serve = Callable[[Config], Client]


@pytest.mark.parametrize("scraper", COLUMNS)
def test_same_seed_same_pages_and_faults(serve: Serve, scraper: str) -> None:
    config = Config(seed=9, persistent=Persistent(captcha=20, gone=20, garbled=20))
    one, other, third = serve(config), serve(config), serve(Config(seed=10))
    addresses = [url(scraper, t) for t in targets(scraper, 12, root=9)]
    first = [one.get(a) for a in addresses]
    # Asked backwards, and twice: no page depends on what was served before it.
    again = [other.get(a) for a in [*reversed(addresses), *reversed(addresses)]][-12:][::-1]
    assert [(a.status, a.body) for a in first] == [(a.status, a.body) for a in again]
    assert [a.body for a in first] != [third.get(a).body for a in addresses]


@pytest.mark.parametrize("scraper", COLUMNS)
def test_targets_differ_and_go_on(scraper: str) -> None:
    found = list(targets(scraper, 1500))
    total = 48 if scraper == "amazon_deals" else 1500  # of deals there are so many types and marketplaces
    assert len({key(scraper, t) for t in found}) == len(found) == total
    middle = total // 2
    assert list(targets(scraper, 10, offset=middle)) == found[middle : middle + 10]
    assert all(tuple(t) == COLUMNS[scraper] for t in found)


def test_keys_name_what_is_not_the_default() -> None:
    assert key("amazon_product", {"asin": "B00LAYVPOU", "domain": "com"}) == "B00LAYVPOU"
    assert key("amazon_product", {"asin": "B00LAYVPOU", "domain": "de"}) == "B00LAYVPOU;domain=de"
    offers = {"asin": "B00LAYVPOU", "domain": "co.uk", "condition": "used"}
    assert key("amazon_offers", offers) == "B00LAYVPOU;domain=co.uk;condition=used"
    assert key("ebay_search", {"keyword": "desk lamp", "domain": "com", "pages": "3"}) == "desk lamp;pages=3"


@pytest.mark.parametrize("scraper", COLUMNS)
def test_ledger_knows_each_target_by_its_key(serve: Serve, scraper: str) -> None:
    client = serve(Config())
    found = list(targets(scraper, 25))
    for target in found:
        assert client.get(url(scraper, target)).status == 200
    ledger = client.ledger()
    assert set(ledger) == {(scraper, key(scraper, t)) for t in found}
    assert {e["expected"] for e in ledger.values()} == {"ok"}
    assert all(e["pages"] == {"1": {"fault": None, "answers": [200]}} for e in ledger.values())


def test_ledger_tells_faults_and_answers(serve: Serve) -> None:
    client = serve(Config(transient=Transient(reset=100)))
    target = {"keyword": "desk lamp", "domain": "de", "pages": "1"}
    for page in (1, 2):
        with pytest.raises(ConnectionResetError):
            client.get(url("ebay_search", target, page))
        client.get(url("ebay_search", target, page))
    (entry,) = client.ledger().values()
    assert entry["pages"] == {n: {"fault": "reset", "answers": ["reset", 200]} for n in ("1", "2")}
    assert (entry["requests"], entry["expected"], entry["shop"]) == (4, "ok", "ebay")


def test_ledger_of_one_scraper(serve: Serve) -> None:
    client = serve(Config())
    client.get("https://www.walmart.com/ip/123456789")
    client.get("https://www.amazon.com/dp/B00LAYVPOU")
    answer = client.get(f"{client.origin}/__ledger__?scraper=walmart_product")
    assert b"123456789" in answer.content
    assert b"B00LAYVPOU" not in answer.content


def test_reset_forgets(serve: Serve) -> None:
    client = serve(Config(transient=Transient(unavailable=100)))
    address = "https://www.walmart.com/ip/123456789"
    assert [client.get(address).status for _ in range(2)] == [503, 200]
    assert client.get(f"{client.origin}/__reset__", method="POST").status == 200
    assert client.ledger() == {}
    assert client.stats()["requests"] == 0
    assert client.get(address).status == 503


def test_counters(serve: Serve) -> None:
    client = serve(Config(transient=Transient(throttled=100)))
    for _ in range(2):
        client.get("https://www.walmart.com/ip/123456789")
    stats = client.stats()
    assert (stats["requests"], stats["throttled"], stats["answers"]) == (2, 1, {"429": 1, "200": 1})
    assert (stats["in_flight"], stats["peak_in_flight"]) == (0, 1)
    assert stats["hosts"]["www.walmart.com"]["requests"] == 2
    assert stats["hosts"]["www.walmart.com"]["peak_per_second"] >= 1


def test_offers_nobody_makes_are_empty_in_the_ledger(serve: Serve) -> None:
    """A product that is unavailable has no offers, without any fault."""
    client = serve(Config())
    asin = next(t["asin"] for t in targets("amazon_product", 500) if not product(1, "com", t["asin"]).has_offers)
    target = {"asin": asin, "domain": "com", "condition": "all"}
    for _ in range(2):
        client.get(url("amazon_offers", target))
        assert client.ledger()["amazon_offers", asin]["expected"] == "empty"
        assert client.truth(url("amazon_offers", target))["expected"] == "empty"
        client.get(f"{client.origin}/__reset__", method="POST")


@pytest.mark.parametrize(
    "address",
    [
        "https://www.amazon.com/dp/short",
        "https://www.amazon.nl/dp/B00LAYVPOU",
        "https://www.amazon.com/gp/product/ajax?asin=nonsense&experienceId=aodAjaxMain",
        "https://www.walmart.com/ip/abc",
        "https://www.ebay.com/sch/i.html",
        "https://www.ebay.fr/sch/i.html?_nkw=lamp",
        "https://www.example.com/",
    ],
)
def test_unknown_pages_are_not_found(healthy: Client, address: str) -> None:
    assert healthy.get(address).status == 404


def test_odd_queries_do_no_harm(healthy: Client) -> None:
    for query in ("_pgn=x", "_pgn=-1", "_pgn=99999999999", "_ipg=7", "LH_Sold", "_nkw=%00%ff"):
        assert healthy.get(f"https://www.ebay.com/sch/i.html?_nkw=lamp&{query}").status == 200
    fragment = "https://www.amazon.com/gp/product/ajax?asin=B00LAYVPOU&pc=dp&experienceId=aodAjaxMain&filters="
    for filters in ("{", "[1]", "%7B%22used%22%3Atrue%7D", "null"):
        assert healthy.get(fragment + filters).status == 200


def test_gzip_only_when_asked_for(healthy: Client) -> None:
    address = "https://www.walmart.com/ip/123456789"
    plain, packed = healthy.get(address, encoding="identity"), healthy.get(address)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.body == packed.content
    assert len(packed.body) < len(plain.body) / 3


def test_charsets_vary(healthy: Client) -> None:
    found = [healthy.get(url("amazon_product", t)) for t in targets("amazon_product", 150)]
    types = {a.headers["content-type"] for a in found}
    assert {"text/html", "text/html;charset=UTF-8"} <= types
    assert any(b'charset="shift_jis"' in a.content for a in found)


def test_only_reading_is_allowed(healthy: Client) -> None:
    assert healthy.get("https://www.amazon.com/dp/B00LAYVPOU", method="POST").status == 405
    head = healthy.get("https://www.amazon.com/dp/B00LAYVPOU", method="HEAD")
    assert (head.status, head.body) == (200, b"")


def test_truth_of_no_page(healthy: Client) -> None:
    answer = healthy.get(f"{healthy.origin}/__truth__?url=https://www.example.com/")
    assert answer.status == 404
    assert b"no page of a shop" in answer.content


def test_taken_port_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address already in use"):
            start(port=taken.getsockname()[1])


def test_stopping_twice_is_harmless() -> None:
    server = start()
    server.stop()
    server.stop()
    with pytest.raises(OSError):  # noqa: PT011 - refused, in the system's own words
        Client(server.origin).get("https://www.walmart.com/ip/123456789")
