from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from hawker_core import registry
from hawker_core.model import BadTargetError
from hawker_orchestrator import target_store
from hawker_orchestrator.target_store import Added, UnknownTargetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Answer

SCRAPER = "walmart_product"


def items(*ids: int) -> list[Any]:
    return [registry.load(SCRAPER).target.from_key(str(number)) for number in ids]


def test_adding_counts_what_is_new_known_again_and_double(url: str) -> None:
    assert target_store.add(url, SCRAPER, items(1001, 1002, 1001)) == Added(2, 0, 0, 1)
    assert target_store.remove(url, SCRAPER, ["1001"]) == 1
    assert target_store.add(url, SCRAPER, items(1001, 1002, 1003, 1003)) == Added(1, 1, 1, 1)
    assert [stored.key for stored in target_store.active(url, SCRAPER)] == ["1001", "1002", "1003"]
    assert target_store.add(url, SCRAPER, []) == Added(0, 0, 0, 0)


def test_an_error_on_the_way_adds_nothing(url: str) -> None:
    def broken() -> Iterator[Any]:
        yield from items(1001)
        raise BadTargetError

    with pytest.raises(BadTargetError):
        target_store.add(url, SCRAPER, broken())
    assert target_store.count(url, SCRAPER) == 0


def test_removing_an_unknown_target_removes_none(url: str) -> None:
    target_store.add(url, SCRAPER, items(1001, 1002))
    with pytest.raises(UnknownTargetError, match="1009"):
        target_store.remove(url, SCRAPER, ["1001", "1009"])
    assert target_store.count(url, SCRAPER) == 2


def test_imports_at_the_same_time_neither_lose_nor_deadlock(url: str) -> None:
    one, other = items(*range(1000, 3000)), items(*reversed(range(2000, 4000)))
    with ThreadPoolExecutor(2) as pool:
        added = list(pool.map(lambda targets: target_store.add(url, SCRAPER, targets), (one, other)))
    assert sum(each.added for each in added) == 3000
    assert sum(each.known for each in added) == 1000
    assert target_store.count(url, SCRAPER) == 3000


def test_add_import_list_remove(hawker: Callable[..., Answer], tmp_path: Path) -> None:
    assert hawker("targets", "add", "amazon_product", "B00LAYVPOU", "B07ZCVN7YN;domain=es").out == (
        "amazon_product: 2 added, 0 already there\n"
    )
    file = tmp_path / "more.csv"
    file.write_text("asin,domain\nB00LAYVPOU,\nB00LAYVPOU,de\nB00LAYVPOU,de\n", "utf-8")
    assert hawker("targets", "import", "amazon_product", str(file)).out == (
        "amazon_product: 1 added, 1 already there, 1 twice in the file\n"
    )
    listed = hawker("targets", "list", "amazon_product", "--json").out
    assert [json.loads(line) for line in listed.splitlines()] == [
        {"asin": "B00LAYVPOU", "domain": "com"},
        {"asin": "B07ZCVN7YN", "domain": "es"},
        {"asin": "B00LAYVPOU", "domain": "de"},
    ]
    backup = tmp_path / "backup.jsonl"
    backup.write_text(listed, "utf-8")
    assert "0 added, 3 already there" in hawker("targets", "import", "amazon_product", str(backup)).out
    assert hawker("targets", "remove", "amazon_product", "B00LAYVPOU;domain=de").out == "amazon_product: 1 removed\n"
    table = hawker("targets", "list", "amazon_product", "--limit", "1")
    assert "B00LAYVPOU" in table.out
    assert "1 of 2; see more" in table.err
    again = hawker("targets", "remove", "amazon_product", "B00LAYVPOU;domain=de")
    assert (again.code, again.out) == (2, "")
    assert "no active target of amazon_product: B00LAYVPOU;domain=de" in again.err


def test_one_bad_line_imports_nothing(hawker: Callable[..., Answer], tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("asin\nB00LAYVPOU\nnope\n", "utf-8")
    answer = hawker("targets", "import", "amazon_product", str(file))
    assert (answer.code, answer.out) == (2, "")
    assert f"hawker: {file}: 1 line is wrong; nothing was imported\n  line 3: asin 'nope'" in answer.err
    assert hawker("targets", "list", "amazon_product", "--json").out == ""


def test_one_bad_key_adds_nothing(hawker: Callable[..., Answer]) -> None:
    assert hawker("targets", "add", "amazon_product", "B00LAYVPOU", "nope").code == 2
    assert hawker("targets", "list", "amazon_product", "--json").out == ""
