from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.workspace import packages

if TYPE_CHECKING:
    from .conftest import Repository


@pytest.fixture
def released(changed: Repository) -> Repository:
    """With amazon 0.2.0 released and pushed."""
    assert changed.tool("release", "amazon", "minor").code == 0
    changed.git("update-ref", "refs/remotes/origin/main", "HEAD")
    return changed


def test_a_release_is_known_by_its_tag(released: Repository) -> None:
    assert released.tool("tagged", "amazon-0.2.0") == (0, "package=amazon\nstack=\n", "")


def test_a_marketplace_has_a_stack(released: Repository) -> None:
    project = "packages/amazon/pyproject.toml"
    released.write(project, released.read(project) + '\n[project.entry-points."hawker.marketplaces"]\namazon = "a"\n')
    assert released.tool("tagged", "amazon-0.2.0").out == "package=amazon\nstack=hawker-amazon\n"


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("amazon-0.3.0", "amazon-0.3.0: packages/amazon/pyproject.toml has version 0.2.0"),
        ("amazon", "amazon: packages/amazon/pyproject.toml has version 0.2.0"),
        ("amazn-0.2.0", "no package 'amazn'"),
        ("core-0.1.0", "core-0.1.0: packages/core/CHANGELOG.md has no section 0.1.0"),
    ],
)
def test_a_tag_of_something_else_is_refused(released: Repository, tag: str, words: str) -> None:
    answer = released.tool("tagged", tag)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"tagged: {words}")


def test_changes_that_the_changelog_lacks_are_refused(released: Repository) -> None:
    released.write("packages/amazon/changes/more.added.md", "More.\n")
    answer = released.tool("tagged", "amazon-0.2.0")
    assert answer.code == 2
    assert "has changes that the changelog lacks" in answer.err


def test_a_release_off_main_is_refused(released: Repository) -> None:
    released.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
    answer = released.tool("tagged", "amazon-0.2.0")
    assert answer.code == 2
    assert answer.err == "tagged: amazon-0.2.0 is not on main; releases are made there\n"


def test_the_stacks_are_those_of_what_is_deployed() -> None:
    stacks = {name: package.stack for name, package in packages(Path(__file__).parents[2]).items()}
    assert stacks == {
        "amazon": "hawker-amazon",
        "core": None,
        "ebay": "hawker-ebay",
        "orchestrator": "hawker-orchestrator",
        "storefront": None,
        "walmart": "hawker-walmart",
    }
