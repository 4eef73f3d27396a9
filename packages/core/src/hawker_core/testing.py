"""The loop over a package's cases: recorded pages and the rows expected of them, one test per field.

A case is `scrapers/<name>/cases/<case>.html` (or `.page.json`) beside `<case>.json`, a Case. A package's
`tests/test_cases.py` is two lines: `from hawker_core.testing import cases_of` and
`test_case, test_field, test_scraper_has_cases = cases_of("hawker_amazon")`.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from hawker_core import registry
from hawker_core.model import Outcome, Signal
from hawker_core.page import Page
from hawker_core.run import NO_ROWS, read

if TYPE_CHECKING:
    from collections.abc import Callable


class Case(msgspec.Struct, kw_only=True):
    """A recorded page and what it must give. Values as `msgspec.to_builtins` gives them: decimals and dates as text."""

    url: str
    target: dict[str, Any]
    status: int = 200
    outcome: Outcome = Outcome.OK
    detail: str | None = None
    rows: list[dict[str, Any]] = []
    requests: list[str] = []


def examine(scraper: str, body: bytes, case: Case) -> Case:
    """What the scraper makes of a page now, as a Case to compare with or to keep."""
    loaded = registry.load(scraper)
    target = loaded.target.from_fields(case.target)
    page = Page(case.url, body, status=case.status)
    found = Case(url=case.url, target=case.target, status=case.status)
    if refusal := loaded.site.refusal(page):
        found.outcome, found.detail = refusal
        return found
    try:
        rows, further = read(loaded, page, target)
    except Signal as end:
        found.outcome, found.detail = end.outcome, str(end)
    else:
        found.rows = [msgspec.to_builtins(row) for row in rows]
        found.requests = [request.url for request in further]
        if not rows and not further:
            found.outcome, found.detail = Outcome.PARSE, NO_ROWS
    return found


def page_of(case: Path) -> Path:
    """The recorded page that stands beside a case."""
    page = case.with_suffix(".html")
    return page if page.exists() else case.with_suffix(".page.json")


def cases(package: str) -> list[tuple[str, Path]]:
    """A marketplace package's cases: scraper's name and the case's path."""
    scrapers = import_module(f"{package}.scrapers").__path__
    return [
        (module.name, path)
        for module in pkgutil.iter_modules(scrapers)
        for path in sorted((Path(scrapers[0]) / module.name / "cases").glob("*.json"))
        if not path.name.endswith(".page.json")
    ]


def cases_of(package: str) -> tuple[Callable[..., None], ...]:
    """A marketplace package's tests: each case's end, each field of each row, and that every scraper has a case."""
    found = cases(package)
    ids = [f"{name}-{path.stem}" for name, path in found]

    @cache
    def both(name: str, path: Path) -> tuple[Case, Case]:
        expected = msgspec.json.decode(path.read_bytes(), type=Case)
        return expected, examine(name, page_of(path).read_bytes(), expected)

    @pytest.mark.parametrize(("name", "path"), found, ids=ids)
    def test_case(name: str, path: Path) -> None:
        expected, got = both(name, path)
        assert got.outcome == expected.outcome, got.detail  # noqa: S101  a test
        assert got.requests == expected.requests  # noqa: S101
        assert len(got.rows) == len(expected.rows)  # noqa: S101
        if expected.detail is not None:
            assert got.detail == expected.detail  # noqa: S101

    fields = [
        pytest.param(name, path, field, id=f"{name}-{path.stem}-{field}")
        for name, path in found
        if msgspec.json.decode(path.read_bytes(), type=Case).rows
        for field in registry.load(name).row.__struct_fields__
    ]

    @pytest.mark.parametrize(("name", "path", "field"), fields)
    def test_field(name: str, path: Path, field: str) -> None:
        expected, got = both(name, path)
        assert [row[field] for row in got.rows] == [row.get(field) for row in expected.rows]  # noqa: S101

    scrapers = [module.name for module in pkgutil.iter_modules(import_module(f"{package}.scrapers").__path__)]

    @pytest.mark.parametrize("name", scrapers)
    def test_scraper_has_cases(name: str) -> None:
        assert name in {scraper for scraper, _ in found}, f"no case: make one with `hawker case {name} KEY`"  # noqa: S101

    return test_case, test_field, test_scraper_has_cases
