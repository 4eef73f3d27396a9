from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from tools.oldest_core import Core, UnfitError, dependents, examine, oldest
from tools.workspace import RefusedError, package

if TYPE_CHECKING:
    from .conftest import Repository

ROOT = Path(__file__).parents[2]
CORE = "packages/core/pyproject.toml"
EBAY = "packages/ebay/pyproject.toml"
PAGE = "packages/core/src/hawker_core/page.py"


@pytest.mark.parametrize("name", dependents(ROOT))
def test_packages_work_with_the_oldest_core_that_they_allow(name: str, tmp_path: Path) -> None:
    dependent = package(ROOT, name)
    examine(ROOT, dependent, oldest(ROOT, dependent), tmp_path)


def test_all_but_core_and_the_storefront_need_core() -> None:
    assert dependents(ROOT) == ["amazon", "ebay", "orchestrator", "walmart"]


def set_version(repository: Repository, version: str) -> None:
    old = package(repository.root, "core").version
    repository.write(CORE, repository.read(CORE).replace(f'version = "{old}"', f'version = "{version}"'))
    repository.commit(f"core {version}")


def of_ebay(repository: Repository) -> Core:
    return oldest(repository.root, package(repository.root, "ebay"))


def test_the_oldest_core_is_the_lowest_that_was_released_or_is_here(repository: Repository) -> None:
    assert of_ebay(repository) == Core(Version("0.1.0"), None)
    repository.git("tag", "core-0.1.0")
    repository.git("tag", "core-0.0.9")  # which the range leaves out
    assert of_ebay(repository) == Core(Version("0.1.0"), "core-0.1.0")
    set_version(repository, "0.1.10")
    repository.git("tag", "core-0.1.10")
    assert of_ebay(repository) == Core(Version("0.1.0"), "core-0.1.0")
    repository.write(EBAY, repository.read(EBAY).replace(">=0.1,", ">=0.1.9,"))
    assert of_ebay(repository) == Core(Version("0.1.10"), "core-0.1.10")


def test_a_range_that_allows_no_core_is_refused(repository: Repository) -> None:
    repository.write(EBAY, repository.read(EBAY).replace(">=0.1,<0.2", ">=0.2"))
    with pytest.raises(RefusedError, match=r"ebay allows hawker-core>=0.2, but there is no such core"):
        of_ebay(repository)


@pytest.fixture
def newer(repository: Repository) -> Repository:
    """The real core and eBay, where core's release 0.1.0 lacks a read that eBay's parsers use."""
    for name in ("core", "ebay"):
        shutil.copytree(
            ROOT / "packages" / name,
            repository.root / "packages" / name,
            ignore=shutil.ignore_patterns("__pycache__"),
            dirs_exist_ok=True,
        )
    whole = repository.read(PAGE)
    doctored = whole.replace("def each(", "def every(")
    assert doctored != whole
    repository.write(PAGE, doctored)
    set_version(repository, "0.1.0")
    repository.git("tag", "core-0.1.0")
    repository.write(PAGE, whole)
    set_version(repository, "0.1.1")
    return repository


def test_a_range_that_promises_too_much_is_found(newer: Repository, tmp_path: Path) -> None:
    ebay = package(newer.root, "ebay")
    assert of_ebay(newer).tag == "core-0.1.0"
    with pytest.raises(UnfitError, match="has no attribute 'each'"):
        examine(newer.root, ebay, of_ebay(newer), tmp_path / "lying")
    newer.write(EBAY, newer.read(EBAY).replace("hawker-core>=0.1,", "hawker-core>=0.1.1,"))
    assert of_ebay(newer) == Core(Version("0.1.1"), None)
    examine(newer.root, ebay, of_ebay(newer), tmp_path / "true")
