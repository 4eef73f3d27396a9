from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hawker_storefront import Config, Persistent, key, start, targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Answer

SCRAPER = "walmart_product"
KEYS = {scraper: key(scraper, next(targets(scraper, 1))) for scraper in (SCRAPER, "ebay_search")}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    shop = start(Config())
    yield shop.origin
    shop.stop()


@pytest.fixture(scope="module")
def closed() -> Iterator[str]:
    """Shops that let nobody in."""
    shop = start(Config(persistent=Persistent(captcha=100)))
    yield shop.origin
    shop.stop()


@pytest.fixture
def fetch(bare: Callable[..., Answer], origin: str) -> Callable[..., Answer]:
    def run(*arguments: str, gateway: str = origin) -> Answer:
        return bare("fetch", *arguments, HAWKER_GATEWAY=gateway, HAWKER_PER_SECOND="0")

    return run


def test_a_row_below_each_other(fetch: Callable[..., Answer], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    answer = fetch(SCRAPER, KEYS[SCRAPER], "--save", str(page))
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[:2] == [f"target   {KEYS[SCRAPER]}", "outcome  ok"]
    names = {line.split()[0] for line in lines if line and not line.startswith(" ")}
    assert {"url", "item_id", "name", "price", "currency"} <= names
    assert b"__NEXT_DATA__" in page.read_bytes()
    assert str(page) in answer.err


def test_the_first_of_many_rows(fetch: Callable[..., Answer]) -> None:
    answer = fetch("ebay_search", KEYS["ebay_search"])
    assert answer.code == 0
    assert [line for line in answer.out.splitlines() if line.startswith("Row ")] == ["Row 1", "Row 2", "Row 3"]
    assert "more rows; see --json" in answer.err


def test_json(fetch: Callable[..., Answer]) -> None:
    found = json.loads(fetch("ebay_search", KEYS["ebay_search"], "--json").out)
    assert (found["outcome"], found["detail"]) == ("ok", None)
    assert len(found["rows"]) > 3
    assert found["rows"][0]["url"].startswith("https://www.ebay.")


def test_a_refusal_is_told_with_its_reason(fetch: Callable[..., Answer], closed: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    answer = fetch(SCRAPER, KEYS[SCRAPER], "--save", str(page), gateway=closed)
    assert answer.code == 3
    assert "outcome  blocked" in answer.out
    assert "because  robot check" in answer.out
    assert "no content page to save" in answer.err
    assert not page.exists()
    assert json.loads(fetch(SCRAPER, KEYS[SCRAPER], "--json", gateway=closed).out)["rows"] == []


def test_nobody_there(fetch: Callable[..., Answer]) -> None:
    answer = fetch(SCRAPER, KEYS[SCRAPER], gateway="http://127.0.0.1:1")
    assert answer.code == 3
    assert "outcome  http" in answer.out
