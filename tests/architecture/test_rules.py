"""Rules of the project's shape that import-linter cannot say."""

from __future__ import annotations

import ast
import io
import subprocess
import tokenize
from pathlib import Path

import pytest

from hawker_core import registry
from hawker_core.rows import columns
from hawker_core.settings import PREFIX, Settings
from hawker_orchestrator import migrate
from hawker_orchestrator.tables import RAW_SCHEMA

ROOT = Path(__file__).parents[2]
CORE = ROOT / "packages" / "core" / "src" / "hawker_core"


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def code_lines(path: Path) -> int:
    """Lines that hold code: blank ones, comments and docstrings are not counted."""
    text = path.read_text("utf-8")
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            prose.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in {tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING}:
            code.update(range(token.start[0], token.end[0] + 1))
    return len(code - prose)


def test_core_stays_small() -> None:
    files = [path for path in CORE.rglob("*.py") if "migrations" not in path.parts]
    assert sum(map(code_lines, files)) < 2500


@pytest.mark.parametrize("name", registry.names())
def test_scraper_stays_small(name: str) -> None:
    (path,) = ROOT.glob(f"packages/*/src/*/scrapers/{name}/scraper.py")
    assert lines(path) < 60


@pytest.mark.parametrize("name", registry.names())
def test_scraper_is_named_after_its_folder_and_documented(name: str) -> None:
    scraper = registry.load(name)
    assert scraper.name == name
    assert scraper.__doc__
    assert scraper.row.__doc__
    assert columns(scraper.row)
    assert set(scraper.expect.filled) <= set(scraper.row.__struct_fields__)


def test_files_stay_small() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "packages/**/*.py", "infra/**/*.py", "tools/*.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    large = {path: lines(ROOT / path) for path in tracked if (ROOT / path).exists() and lines(ROOT / path) > 400}
    assert not {path for path in large if "/tests/" not in path}


def test_every_raw_table_has_a_scraper_and_every_scraper_a_raw_table() -> None:
    tables = {table.name for table in migrate.full_metadata().tables.values() if table.schema == RAW_SCHEMA}
    assert tables == set(registry.names())


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    missing = [name for name in Settings.__struct_fields__ if f"`{PREFIX}{name.upper()}`" not in page]
    assert not missing
