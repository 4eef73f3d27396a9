from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawker_core import Empty, Gone, Missing, Outcome, RawRow, Skip, Target
from hawker_core.model import BadTargetError
from hawker_core.rows import Column, columns


class Search(Target):
    keyword: str
    domain: Literal["com", "de", "co.uk"] = "com"
    pages: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1
    used: bool = False
    low: Decimal | None = None
    store: str = ""


class Item(Target):
    asin: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{10}$")]


SEARCHES = st.fixed_dictionaries(
    {"keyword": st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip())},
    optional={
        "domain": st.sampled_from(["com", "de", "co.uk"]),
        "pages": st.integers(1, 50),
        "used": st.booleans(),
        "low": st.decimals(0, 10**6, places=2),
        "store": st.text(st.characters(exclude_categories=["Cs"])),
    },
)


# Targets and their keys


@given(SEARCHES)
def test_a_key_reads_back(fields: dict[str, Any]) -> None:
    target = Search.from_fields(fields)
    assert Search.from_key(target.key) == target
    assert Search.from_key(target.key).key == target.key


@given(SEARCHES, SEARCHES)
def test_keys_tell_targets_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = Search.from_fields(one), Search.from_fields(other)
    assert (first == second) == (first.key == second.key)


@given(SEARCHES)
def test_values_as_a_csv_file_gives_them_make_the_same_target(fields: dict[str, Any]) -> None:
    written = {f" {name} ": f" {value} " for name, value in fields.items()}
    assert Search.from_fields(written) == Search.from_fields(fields)


@pytest.mark.parametrize(
    ("key", "canonical"),
    [
        ("kettle", "kettle"),
        (" kettle ", "kettle"),
        ("kettle;domain=com;pages=1", "kettle"),
        ("kettle;pages=2;domain=de", "kettle;domain=de;pages=2"),
        ("a=b;store=x=y", "a=b;store=x=y"),
        ("50% off", "50%25%20off"),
        ("50%25 off", "50%25%20off"),
        ("a%3Bb", "a%3Bb"),
        ("kettle;used=true", "kettle;used=True"),
        ("\u6e6f\u6cb8\u304b\u3057", "\u6e6f\u6cb8\u304b\u3057"),
    ],
)
def test_keys_written_by_hand(key: str, canonical: str) -> None:
    assert Search.from_key(key).key == canonical


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "missing required field `keyword`"),
        (";domain=de", "missing required field `keyword`"),
        ("kettle;de", "'de' is not name=value; write keyword;name=value"),
        ("kettle;country=de", "unknown field `country`"),
        ("kettle;domain=fr", "domain 'fr': Invalid enum value 'fr'"),
        ("kettle;pages=two", "pages 'two': Expected `int`, got `str`"),
        ("kettle;pages=02", "pages '02': Expected `int`"),
        ("kettle;pages=0", "pages '0': Expected `int` >= 1"),
        ("kettle;pages=51", "pages '51': Expected `int` <= 50"),
        ("kettle;low=cheap", "low 'cheap': Invalid decimal string"),
        ("kettle;pages=1%0A2", r"pages '1\n2'"),
    ],
)
def test_a_bad_target_is_told_in_one_line(key: str, message: str) -> None:
    with pytest.raises(BadTargetError) as bad:
        Search.from_key(key)
    assert message in str(bad.value)
    assert "\n" not in str(bad.value)


def test_a_bad_target_tells_its_fields() -> None:
    with pytest.raises(BadTargetError, match=r"^asin 'short': .*regex.*; fields are asin$"):
        Item.from_key("short")
    with pytest.raises(BadTargetError, match="keyword, domain, pages, used, low, store"):
        Search.from_fields({"keywrod": "x"})
    with pytest.raises(BadTargetError, match=r"^keyword 7: Expected `str`, got `int`"):
        Search.from_fields({"keyword": 7})


@given(st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=2)))
def test_whatever_is_given_makes_a_target_or_one_line(fields: dict[str, Any]) -> None:
    with suppress(BadTargetError):
        assert Search.from_fields(fields).keyword


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_key_is_given_makes_a_target_or_one_line(key: str) -> None:
    with suppress(BadTargetError):
        target = Search.from_key(key)
        assert Search.from_key(target.key) == target


# Outcomes and signals


def test_which_outcomes_a_resume_tries_again() -> None:
    assert {outcome for outcome in Outcome if outcome.retryable} == {Outcome.BLOCKED, Outcome.TIMEOUT, Outcome.HTTP}


def test_signals_say_how_a_target_ends() -> None:
    ends = {signal: signal.outcome for signal in (Missing, Empty, Gone, Skip)}
    assert list(ends.values()) == [Outcome.PARSE, Outcome.EMPTY, Outcome.GONE, Outcome.SKIPPED]


# Rows and their columns


class Base(RawRow):
    title: str


class Offer(Base):
    """All types that a column may have."""

    count: int
    ratio: float | None
    new: bool
    price: Decimal | None
    seen: datetime
    day: date
    images: list[str]
    specs: dict[str, str] | None = None
    ranks: list | None = None  # type: ignore[type-arg]


def test_columns_follow_the_fields() -> None:
    assert columns(Offer) == (
        Column("title", "text", nullable=False),
        Column("count", "bigint", nullable=False),
        Column("ratio", "double precision", nullable=True),
        Column("new", "boolean", nullable=False),
        Column("price", "numeric", nullable=True),
        Column("seen", "timestamptz", nullable=False),
        Column("day", "date", nullable=False),
        Column("images", "jsonb", nullable=False),
        Column("specs", "jsonb", nullable=True),
        Column("ranks", "jsonb", nullable=True),
    )


@pytest.mark.parametrize(
    "hint", [int | str, int | str | None, bytes, object, Any, tuple[int, int], Literal["a"], None, Target]
)
def test_a_field_that_no_column_holds_is_refused(hint: Any) -> None:
    row = msgspec.defstruct("Odd", [("field", hint)], bases=(RawRow,), kw_only=True)
    with pytest.raises(TypeError, match=r"^Odd\.field: .* is no column type; use one of str, int, float"):
        columns(row)


def test_both_spellings_of_an_optional_field_are_one() -> None:
    row = msgspec.defstruct("Old", [("field", Optional[int])], bases=(RawRow,), kw_only=True)  # noqa: UP045  the other spelling
    assert columns(row) == (Column("field", "bigint", nullable=True),)


@pytest.mark.parametrize("name", ["run_id", "target_id", "position", "url", "scraped_at"])
def test_the_runners_columns_are_left_out(name: str) -> None:
    row = msgspec.defstruct("Odd", [(name, str)], bases=(RawRow,), kw_only=True)
    with pytest.raises(TypeError, match=rf"^Odd\.{name}: the runner fills this column"):
        columns(row)


def test_rows_are_made_by_name_and_may_be_sent_as_json() -> None:
    row = Offer(title="t", count=1, ratio=None, new=True, price=Decimal("1.20"), seen=datetime(2026, 1, 2, tzinfo=UTC),
                day=date(2026, 1, 2), images=["a"])  # fmt: skip
    assert msgspec.to_builtins(row)["price"] == "1.20"
    assert msgspec.json.decode(msgspec.json.encode(row), type=Offer) == row
