"""What of the store needs no database: see the tests of the pipeline for the rest."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawker_core import Outcome, RawRow, db
from hawker_core.db import ChunkStore, Settled, _encode

if TYPE_CHECKING:
    from collections.abc import Sequence


class Row(RawRow):
    title: str
    price: Decimal | None = None


class Rehearsal(ChunkStore):
    """Stores in memory what `_store` would send, by what a test says of each target's title."""

    def __init__(self, errors: dict[str, Exception]) -> None:
        super().__init__("postgresql://h/d", "r", 1, "shop_things", Row)
        self.errors = errors
        self.stored: list[Settled] = []
        self.tries = 0

    async def _store(self, batch: Sequence[Settled]) -> bool:
        self.tries += 1
        for settled in batch:
            for row in self._rows(settled):
                _encode([row])
                if error := self.errors.get(row["title"]):
                    raise error
        self.stored += batch
        return True


def settled(number: int, title: Any = "good") -> Settled:
    return Settled(target_id=number, outcome=Outcome.OK, rows=[("https://h/x", Row(title=title))])


@pytest.mark.parametrize(
    ("title", "error"),
    [
        ("long", psycopg.errors.NumericValueOutOfRange("bigint out of range\nDETAIL: more")),
        ("null", psycopg.errors.NotNullViolation("null value in column")),
        ("huge", psycopg.errors.ProgramLimitExceeded("total size of jsonb array elements exceeds the maximum")),
        ("deep", psycopg.errors.StatementTooComplex("stack depth limit exceeded")),
        (object(), None),
        ("\ud800", None),
    ],
)
def test_rows_that_cannot_be_stored_cost_their_target_alone(title: Any, error: Exception | None) -> None:
    store = Rehearsal({title: error} if error else {})
    batch = [settled(1), settled(2, title), settled(3)]
    assert asyncio.run(store.settle(batch))
    ends = {one.target_id: one for one in store.stored}
    assert [ends[number].outcome for number in (1, 2, 3)] == [Outcome.OK, Outcome.PARSE, Outcome.OK]
    assert ends[2].rows == []
    assert (ends[2].detail or "").startswith("rows that cannot be stored: ")
    assert "\n" not in (ends[2].detail or "")
    assert store.tries <= 5  # and none of them waited for a database


def test_a_database_that_comes_back_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Rehearsal({"good": psycopg.OperationalError("server closed the connection unexpectedly")})

    async def main() -> bool:
        asyncio.get_running_loop().call_later(0.2, store.errors.clear)
        return await store.settle([settled(1)])

    assert asyncio.run(main())
    assert [one.outcome for one in store.stored] == [Outcome.OK]
    assert store.tries >= 2


def test_a_database_that_stays_away_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "RECONNECT_SECONDS", 0.2)
    store = Rehearsal({"good": psycopg.OperationalError("connection refused")})
    with pytest.raises(psycopg.OperationalError, match="connection refused"):
        asyncio.run(store.settle([settled(1)]))
    assert not store.stored


def test_a_missing_table_is_an_error_at_once() -> None:
    store = Rehearsal({"good": psycopg.errors.UndefinedTable("relation does not exist")})
    with pytest.raises(psycopg.errors.UndefinedTable):
        asyncio.run(store.settle([settled(1)]))
    assert store.tries == 1


@given(st.text(alphabet=st.sampled_from('a0u\\\x00"\n\u20ac')))
def test_nul_characters_go_and_nothing_else_does(text: str) -> None:
    assert json.loads(_encode([{"t": text}])) == [{"t": text.replace("\x00", "")}]


def test_rows_are_numbered_and_tell_where_they_came_from() -> None:
    store = Rehearsal({})
    one = Settled(
        target_id=5, outcome=Outcome.OK, rows=[("https://h/1", Row(title="a")), ("https://h/2", Row(title="b"))]
    )
    first, second = store._rows(one)
    assert (first["run_id"], first["target_id"], first["position"], first["url"]) == ("r", 5, 1, "https://h/1")
    assert (second["position"], second["url"], second["title"], second["price"]) == (2, "https://h/2", "b", None)
    assert first["scraped_at"] == second["scraped_at"] == one.settled_at
    assert one.settled_at.tzinfo is not None
