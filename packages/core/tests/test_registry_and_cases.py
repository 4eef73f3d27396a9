"""A marketplace package as a team would write it, found by the registry and tested by its cases."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from hawker_core import Outcome, registry
from hawker_core.registry import UnknownScraperError
from hawker_core.run import NO_ROWS
from hawker_core.testing import Case, cases, cases_of, examine, page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Write = Callable[[str, str], Path]

SITE = """
from hawker_core import Outcome, Refusal, Site

class Acme(Site):
    hosts = frozenset({"www.acme.example"})

    def refusal(self, page):
        return Refusal(Outcome.BLOCKED, "captcha") if b"captcha" in page.body else None
"""
SCRAPER = '''
from decimal import Decimal

from hawker_core import Empty, RawRow, Request, Scraper, Target
from hawker_acme.site import Acme

class Item(Target):
    id: str

class Row(RawRow):
    """An item."""
    title: str
    price: Decimal | None

class AcmeItem(Scraper[Item, Row]):
    """One row."""
    site = Acme()

    def request(self, target):
        return Request(f"https://www.acme.example/{target.id}")

    def parse(self, page, target):
        if page.root.has(".none"):
            raise Empty("no such item")
        if page.root.has("h1"):
            money = page.root.maybe_money(".price")
            yield Row(title=page.root.text("h1"), price=money and money.amount)
        for link in page.root.all("a"):
            yield Request(page.join(link.attr("href")))
'''
GOOD = {
    "url": "https://www.acme.example/7",
    "target": {"id": "7"},
    "rows": [{"title": "Kettle", "price": "12.50"}],
    "requests": ["https://www.acme.example/8"],
}
PAGE = "<h1>Kettle</h1><p class=price>$12.50</p><a href=/8>next</a>"


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """An installed package `hawker_acme` of one scraper; gives the function that writes more of its files."""

    def write(path: str, text: str) -> Path:
        file = tmp_path / "hawker_acme" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        importlib.invalidate_caches()
        return file

    write("__init__.py", "")
    write("site.py", SITE)
    write("scrapers/__init__.py", "")
    write("scrapers/acme_item/__init__.py", "")
    write("scrapers/acme_item/scraper.py", SCRAPER)
    write("scrapers/acme_item/cases/good.html", PAGE)
    write("scrapers/acme_item/cases/good.json", msgspec.json.encode(GOOD).decode())
    points = [EntryPoint("acme", "hawker_acme", registry.GROUP)]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == registry.GROUP else [])
    monkeypatch.syspath_prepend(str(tmp_path))
    forget()
    yield write
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "hawker_acme"]:
        del sys.modules[name]
    for cached in (registry.marketplaces, registry.names, registry.load):
        cached.cache_clear()


# The registry


def test_scrapers_are_found_by_their_folders(acme: Write) -> None:
    acme("scrapers/acme_deals/__init__.py", "")
    acme("scrapers/notes.py", "")
    assert dict(registry.marketplaces()) == {"acme": "hawker_acme"}
    assert registry.names() == ("acme_deals", "acme_item")
    assert "hawker_acme.scrapers.acme_item.scraper" not in sys.modules


def test_a_scraper_knows_its_name_target_and_row(acme: Write) -> None:
    scraper = registry.load("acme_item")
    assert scraper.name == "acme_item"
    assert (scraper.target.__name__, scraper.row.__name__) == ("Item", "Row")
    assert registry.load("acme_item") is scraper
    assert registry.marketplace("acme_item") == "acme"


@pytest.mark.parametrize("name", ["acme_nothing", "other_item", "acme", "", "acme_item.scraper", "../acme"])
def test_an_unknown_scraper_is_told_with_those_there_are(acme: Write, name: str) -> None:
    with pytest.raises(UnknownScraperError) as unknown:
        registry.load(name)
    assert str(unknown.value) == f"unknown scraper {name!r}; there are acme_item"


@pytest.mark.parametrize("missing", ["hawker", "h", "hawker_acme.scrapers.acme_broken.row", "no_such_library"])
def test_a_broken_import_is_not_taken_for_an_unknown_scraper(acme: Write, missing: str) -> None:
    acme("scrapers/acme_broken/__init__.py", "")
    acme("scrapers/acme_broken/scraper.py", f"import {missing}")
    with pytest.raises(ModuleNotFoundError) as broken:
        registry.load("acme_broken")
    assert broken.value.name == missing


def test_a_package_that_does_not_load_is_not_hidden_either(acme: Write) -> None:
    acme("__init__.py", "import no_such_library")
    for name in ("acme_item", "acme_nothing"):
        with pytest.raises(ModuleNotFoundError, match="no_such_library"):
            registry.load(name)


def test_a_folder_without_a_scraper_is_not_called_unknown(acme: Write) -> None:
    acme("scrapers/acme_hollow/__init__.py", "")
    with pytest.raises(ModuleNotFoundError, match=r"acme_hollow\.scraper"):
        registry.load("acme_hollow")


@pytest.mark.parametrize(("text", "number"), [("", 0), (SCRAPER + "\nclass Other(AcmeItem): pass\n", 2)])
def test_a_scraper_module_defines_one_scraper(acme: Write, text: str, number: int) -> None:
    acme("scrapers/acme_odd/__init__.py", "")
    acme("scrapers/acme_odd/scraper.py", text)
    with pytest.raises(TypeError, match=f"acme_odd.scraper must define one scraper class, it defines {number}"):
        registry.load("acme_odd")


def test_a_scraper_that_is_not_finished_says_what_lacks(acme: Write) -> None:
    acme("scrapers/acme_half/__init__.py", "")
    acme("scrapers/acme_half/scraper.py", SCRAPER.partition("    def parse")[0])
    with pytest.raises(TypeError, match="abstract"):
        registry.load("acme_half")


# Cases


def fails(test: Callable[..., None], *arguments: Any) -> bool:
    try:
        test(*arguments)
    except AssertionError:
        return True
    return False


def changed(path: Path, **fields: Any) -> None:
    path.write_bytes(msgspec.json.encode(GOOD | fields))


def test_cases_that_hold_pass(acme: Write) -> None:
    test_case, test_field, test_scraper_has_cases = cases_of("hawker_acme")
    ((name, path),) = cases("hawker_acme")
    assert (name, path.name) == ("acme_item", "good.json")
    test_case(name, path)
    test_field(name, path, "title")
    test_field(name, path, "price")
    test_scraper_has_cases(name)


def test_there_is_one_test_per_case_field_and_scraper(acme: Write) -> None:
    acme("scrapers/acme_deals/__init__.py", "")
    acme("scrapers/acme_item/cases/gone.html", "captcha")
    blocked = {"url": GOOD["url"], "target": GOOD["target"], "outcome": "blocked"}
    acme("scrapers/acme_item/cases/gone.json", msgspec.json.encode(blocked).decode())
    marks: list[Any] = [test.pytestmark[0].args[1] for test in cases_of("hawker_acme")]  # type: ignore[attr-defined]
    assert [path.stem for _, path in marks[0]] == ["gone", "good"]
    assert [parameter.id for parameter in marks[1]] == ["acme_item-good-title", "acme_item-good-price"]
    assert marks[2] == ["acme_deals", "acme_item"]


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": "empty", "rows": [], "requests": []},
        {"rows": []},
        {"rows": [*GOOD["rows"], {"title": "Second"}]},  # type: ignore[misc]
        {"requests": []},
        {"detail": "said so"},
    ],
)
def test_a_case_fails_when_its_end_differs(acme: Write, fields: dict[str, Any]) -> None:
    ((name, path),) = cases("hawker_acme")
    changed(path, **fields)
    assert fails(cases_of("hawker_acme")[0], name, path)


def test_a_case_fails_in_the_field_that_differs_alone(acme: Write) -> None:
    ((name, path),) = cases("hawker_acme")
    changed(path, rows=[{"title": "Kettle", "price": "12.5"}])
    _, test_field, _ = cases_of("hawker_acme")
    assert fails(test_field, name, path, "price")  # to the digit
    assert not fails(test_field, name, path, "title")


def test_a_field_that_a_case_leaves_out_is_null(acme: Write) -> None:
    ((name, path),) = cases("hawker_acme")
    changed(path, rows=[{"title": "Kettle"}])
    _, test_field, _ = cases_of("hawker_acme")
    assert fails(test_field, name, path, "price")
    page_of(path).write_text("<h1>Kettle</h1><a href=/8>", "utf-8")
    _, test_field, _ = cases_of("hawker_acme")
    test_field(name, path, "price")


def test_a_scraper_without_a_case_fails(acme: Write) -> None:
    acme("scrapers/acme_deals/__init__.py", "")
    _, _, test_scraper_has_cases = cases_of("hawker_acme")
    assert fails(test_scraper_has_cases, "acme_deals")


def test_a_misspelt_case_is_an_error(acme: Write) -> None:
    ((_, path),) = cases("hawker_acme")
    changed(path, outcome="fine")
    with pytest.raises(msgspec.ValidationError, match="Invalid enum value 'fine'"):
        cases_of("hawker_acme")


@pytest.mark.parametrize(
    ("body", "outcome", "detail", "rows"),
    [
        (PAGE, Outcome.OK, None, 1),
        ("captcha " + PAGE, Outcome.BLOCKED, "captcha", 0),
        ("<p class=none>", Outcome.EMPTY, "no such item", 0),
        ("<h1> </h1>", Outcome.PARSE, "h1", 0),
        ("<p>nothing", Outcome.PARSE, NO_ROWS, 0),
        ("<a href=/9>on", Outcome.OK, None, 0),
    ],
)
def test_a_page_is_examined_as_a_run_would_end_it(
    acme: Write, body: str, outcome: Outcome, detail: str | None, rows: int
) -> None:
    found = examine("acme_item", body.encode(), Case(url="https://www.acme.example/7", target={"id": "7"}))
    assert (found.outcome, found.detail, len(found.rows)) == (outcome, detail, rows)


def test_json_pages_stand_beside_their_cases(acme: Write) -> None:
    acme("scrapers/acme_item/cases/api.page.json", "{}")
    path = acme("scrapers/acme_item/cases/api.json", msgspec.json.encode(GOOD).decode())
    assert page_of(path).name == "api.page.json"
    assert [path.name for _, path in cases("hawker_acme")] == ["api.json", "good.json"]
