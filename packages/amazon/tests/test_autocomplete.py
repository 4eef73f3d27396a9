"""Search suggestions: the question that is asked, and answers that are odd."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from hawker_amazon.autocomplete import MARKETPLACE_IDS, AutocompleteTarget
from hawker_amazon.scrapers.amazon_autocomplete.scraper import AmazonAutocomplete
from hawker_amazon.site import MARKETPLACES, Amazon, Domain
from hawker_core.model import BadTargetError, Empty, Missing, Signal
from hawker_core.page import Page
from hawker_core.run import read

SCRAPER = AmazonAutocomplete()


def rows(body: bytes) -> list[Any]:
    target = AutocompleteTarget(prefix="t")
    return read(SCRAPER, Page(SCRAPER.request(target).url, body), target)[0]


@pytest.mark.parametrize("domain", get_args(Domain))
def test_every_marketplace_is_asked_at_its_own_host_by_its_own_id(domain: Domain) -> None:
    request = SCRAPER.request(AutocompleteTarget(prefix="x", domain=domain))
    url = urlsplit(request.url)
    assert url.hostname == f"completion.amazon.{domain}"
    assert url.hostname in Amazon.hosts
    asked = parse_qs(url.query)
    assert asked["mid"] == [MARKETPLACE_IDS[domain]]
    assert asked["lop"] == [MARKETPLACES[domain][1].partition(",")[0].replace("-", "_")]


def test_no_two_marketplaces_share_an_id() -> None:
    assert len(set(MARKETPLACE_IDS.values())) == len(MARKETPLACES)


@pytest.mark.parametrize("prefix", ["tablet", "größe 42", "タブレット", "a&b=c;d%", "لوح", "x" * 100])
def test_a_prefix_arrives_as_it_was_typed(prefix: str) -> None:
    target = AutocompleteTarget(prefix=prefix, domain="de")
    assert AutocompleteTarget.from_key(target.key) == target
    assert parse_qs(urlsplit(SCRAPER.request(target).url).query)["prefix"] == [prefix]


@pytest.mark.parametrize("key", ["", " ", "x" * 101, "x;domain=nl", "x;alias=books"])
def test_a_malformed_target_is_refused(key: str) -> None:
    with pytest.raises(BadTargetError, match="fields are prefix, domain"):
        AutocompleteTarget.from_key(key)


def test_widgets_alone_are_no_suggestions() -> None:
    with pytest.raises(Empty):
        rows(b'{"suggestions":[{"type":"WIDGET","value":"x"}]}')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"suggestions":null}',
        b'{"suggestions":{"0":1}}',
        b'{"suggestions":"x"}',
        b"{" * 9999,
    ],
)
def test_other_answers_are_not_understood(body: bytes) -> None:
    with pytest.raises(Missing):
        rows(body)


@pytest.mark.parametrize("entry", [1, None, "x", [], {}, {"value": {}}, {"value": "x", "scopes": "y"}, {"value": True}])
def test_odd_entries_raise_nothing_but_signals(entry: object) -> None:
    with suppress(Signal):
        for row in rows(msgspec.json.encode({"suggestions": [entry]})):
            msgspec.convert(msgspec.to_builtins(row), type(row))


def test_hostile_lengths_cost_no_more_than_time_to_read_them() -> None:
    entry = {"value": "x " * 200_000, "scopes": [{"value": "y" * 100_000}]}
    started = time.process_time()
    assert len(rows(msgspec.json.encode({"suggestions": [entry] * 5}))) == 5
    assert time.process_time() - started < 5
