"""New scrapers and cases, in a marketplace that exists for these tests alone."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psycopg
import pytest

from hawker_core import registry
from hawker_core.testing import Case, cases, examine, page_of
from hawker_orchestrator import scaffold
from hawker_orchestrator.scaffold import ScaffoldError, new_scraper
from hawker_orchestrator.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Answer

SITE = """
import re

from hawker_core.scraper import RowT, Scraper, Site, TargetT


class Toys(Site):
    hosts = frozenset({"www.toys.com", "www.toys.de"})
    people = re.compile(rb"(<i>)[^<]+")

    def refusal(self, page):
        return None


class ToysScraper(Scraper[TargetT, RowT]):
    site = Toys()
"""


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A marketplace's package, installed."""
    package = tmp_path / "hawker_toys"
    (package / "scrapers").mkdir(parents=True)
    (package / "migrations" / "versions").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "scrapers" / "__init__.py").touch()
    (package / "site.py").write_text(SITE, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "marketplaces", lambda: {"toys": "hawker_toys"})
    registry.names.cache_clear()
    registry.load.cache_clear()
    yield package
    forget(package)


def forget(package: Path) -> None:
    """Make the process read a package anew."""
    for table in [table for table in metadata.tables.values() if table.name.startswith("toys_")]:
        metadata.remove(table)
    for name in [name for name in sys.modules if name.partition(".")[0] == package.name]:
        del sys.modules[name]
    for cached in package.rglob("*.pyc"):
        cached.unlink()
    importlib.invalidate_caches()
    registry.names.cache_clear()
    registry.load.cache_clear()


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("name", "address", "says"),
    [
        ("toys", None, "write marketplace_thing in small letters"),
        ("toys_", None, "write marketplace_thing in small letters"),
        ("Toys_car", None, "write marketplace_thing in small letters"),
        ("toys_../x", None, "write marketplace_thing in small letters"),
        ("toys_" + "x" * 60, None, "choose a shorter name"),
        ("games_car", None, "no package for games; the marketplaces are toys"),
        ("toys_car", "https://www.games.com/{car}", "none of this shop's pages; write https://www.toys.com/"),
        ("toys_car", "http://www.toys.com/{car}", "none of this shop's pages"),
        ("toys_car", "https://www.toys.com/car", "must hold the target's field once"),
        ("toys_car", "https://www.toys.com/{a}/{b}", "must hold the target's field once"),
        ("toys_car", "https://www.toys.com/{class}", "must hold the target's field once"),
        ("toys_car", "https://www.toys.com/{exit()}", "must hold the target's field once"),
    ],
)
def test_what_cannot_be_a_scraper_is_refused(url: str, name: str, address: str | None, says: str) -> None:
    with pytest.raises(ScaffoldError, match=says.replace("(", r"\(")):
        new_scraper(name, address, url)


def test_a_new_scraper_passes_its_case_and_the_linters(toys: Path, url: str) -> None:
    written = new_scraper("toys_car", "https://www.toys.com/cars/{car_id}?a={b}".replace("{b}", "1"), url)
    assert written.folder == toys / "scrapers" / "toys_car"
    assert all(path.exists() for path in [*written.files, written.migration])
    ((name, path),) = cases("hawker_toys")
    expected = msgspec.json.decode(path.read_bytes(), type=Case)
    assert examine(name, page_of(path).read_bytes(), expected) == expected
    scraper = registry.load(name)
    assert scraper.request(scraper.target.from_key("a/b")).url == "https://www.toys.com/cars/a%2Fb?a=1"
    assert "CREATE" not in written.migration.read_text("utf-8").upper().replace("CREATE_TABLE", "").replace(
        "CREATE_INDEX", ""
    )
    config = ["--config", str(scaffold.checkout() / "pyproject.toml"), str(written.folder)]
    for check in (["check", "--no-cache"], ["format", "--no-cache", "--check"]):
        ruff = subprocess.run(
            [sys.executable, "-m", "ruff", *check, *config], capture_output=True, text=True, check=False
        )
        assert ruff.returncode == 0, ruff.stdout


def test_there_is_one_of_each_name(toys: Path, url: str) -> None:
    new_scraper("toys_car", None, url)
    with pytest.raises(ScaffoldError, match="there is a scraper toys_car already"):
        new_scraper("toys_car", None, url)
    assert (toys / "scrapers" / "toys_car").exists()


def test_without_a_database_nothing_is_written(toys: Path) -> None:
    with pytest.raises(psycopg.OperationalError):
        new_scraper("toys_car", None, "postgresql://127.0.0.1:1/x")
    assert [path.name for path in (toys / "scrapers").iterdir() if path.name != "__pycache__"] == ["__init__.py"]
    assert registry.names() == ()


@pytest.mark.usefixtures("toys")
def test_a_scratch_database_is_dropped(url: str) -> None:
    new_scraper("toys_car", None, url)
    with psycopg.connect(url) as connection:
        assert not connection.execute("SELECT 1 FROM pg_database WHERE datname LIKE 'hawker_scratch%'").fetchall()


def test_outside_a_checkout_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("inspect.getfile", lambda _: str(tmp_path / "a" / "b" / "c" / "d" / "e.py"))
    with pytest.raises(ScaffoldError, match="clone it"):
        scaffold.checkout()


def test_a_case_is_kept_once(toys: Path, url: str, hawker: Callable[..., Answer], tmp_path: Path) -> None:
    new_scraper("toys_car", "https://www.toys.com/{car}", url)
    page = tmp_path / "page.html"
    page.write_text("<h1>A red car</h1><p class=price>3.50 EUR</p><i>Ann Quill</i>", "utf-8")
    answer = hawker("case", "toys_car", "Red Car", "--file", str(page))
    assert answer.code == 0
    assert "by eye" in answer.err
    path = toys / "scrapers" / "toys_car" / "cases" / "red_car.json"
    kept = msgspec.json.decode(path.read_bytes(), type=Case)
    assert kept.rows == [{"title": "A red car", "price": "3.50", "currency": "EUR"}]
    assert (kept.url, kept.target) == ("https://www.toys.com/Red%20Car", {"car": "Red Car"})
    assert page_of(path).read_text("utf-8") == "<h1>A red car</h1><p class=price>3.50 EUR</p><i></i>"
    page.write_text("{}", "utf-8")
    again = hawker("case", "toys_car", "Red Car", "--file", str(page))
    assert again.code == 2
    assert "replace it by --force" in again.err
    assert b"A red car" in page_of(path).read_bytes()
    assert hawker("case", "toys_car", "Red Car", "--file", str(page), "--force").code == 0
    assert page_of(path).name == "red_car.page.json"
    assert not path.with_suffix(".html").exists()
    assert msgspec.json.decode(path.read_bytes(), type=Case).outcome == "parse"
    assert hawker("case", "toys_car", "x", "--file", str(page), "--name", "../x").code == 2


def test_there_is_nothing_more_to_migrate(toys: Path, hawker: Callable[..., Answer]) -> None:
    assert hawker("new", "scraper", "toys_car").code == 0
    answer = hawker("migrate", "--new", "toys", "--message", "x")
    assert answer.code == 2
    assert "toys: the database has all that its package describes" in answer.err
    row = toys / "scrapers" / "toys_car" / "row.py"
    row.write_text(row.read_text("utf-8") + "    wheels: int | None\n", "utf-8")
    forget(toys)
    answer = hawker("migrate", "--new", "toys", "--message", "cars have wheels")
    assert answer.code == 0, answer
    assert "sa.Column('wheels', sa.BigInteger(), nullable=True)" in Path(answer.out.strip()).read_text("utf-8")


def test_the_command_tells_what_it_wrote(toys: Path, hawker: Callable[..., Answer]) -> None:
    answer = hawker("new", "scraper", "toys_car")
    assert answer.code == 0
    assert answer.out.splitlines()[0] == str(toys / "scrapers" / "toys_car" / "__init__.py")
    assert len(answer.out.splitlines()) == 6
    assert "hawker fetch toys_car KEY" in answer.err
