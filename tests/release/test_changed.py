from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.changed import affected

if TYPE_CHECKING:
    from .conftest import Repository

ROOT = Path(__file__).parents[2]
ALL = ["amazon", "core", "ebay", "orchestrator", "storefront", "walmart"]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ([], []),
        (["README.md", "docs/cost.md", "tests/pipeline/lab.py", "infra/data.py"], []),
        (["packages/ebay/src/hawker_ebay/site.py"], ["ebay", "orchestrator"]),
        (["packages/ebay/tests/test_cases.py", "packages/walmart/CHANGELOG.md"], ["ebay", "orchestrator", "walmart"]),
        (["packages/orchestrator/pyproject.toml"], ["orchestrator"]),
        (["packages/storefront/README.md"], ["core", "orchestrator", "storefront"]),
        (["packages/core/src/hawker_core/page.py"], ALL),
        (["hatch.toml"], ALL),
        (["tools/changed.py"], ALL),
        ([".github/workflows/check.yml"], ALL),
        (["packages/gone/src/x.py", "packages/README.md", "developers.md"], []),
    ],
)
def test_who_is_tested(paths: list[str], names: list[str]) -> None:
    assert affected(ROOT, paths) == names


def test_the_change_is_what_a_branch_did_since_it_left(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "feature")
    repository.write("packages/ebay/changes/new.added.md", "New.\n")
    repository.commit("ebay")
    repository.git("switch", "--quiet", "main")
    repository.write("packages/amazon/changes/new.added.md", "New.\n")
    repository.commit("amazon")
    repository.git("switch", "--quiet", "feature")
    assert repository.tool("changed", "main") == (0, 'packages=["ebay"]\n', "")


def test_a_moved_file_counts_at_both_ends(repository: Repository) -> None:
    repository.git("mv", "packages/ebay/CHANGELOG.md", "packages/walmart/OLD.md")
    repository.commit("moved")
    assert repository.tool("changed", "HEAD~1").out == 'packages=["ebay", "walmart"]\n'


@pytest.mark.parametrize("base", ["0" * 40, "no-such-branch", ""])
def test_an_unknown_base_means_every_package(repository: Repository, base: str) -> None:
    assert repository.tool("changed", base) == (0, f"packages={ALL}\n".replace("'", '"'), "")


def test_a_missing_base_is_refused(repository: Repository) -> None:
    answer = repository.tool("changed")
    assert answer.code == 2
    assert answer.err == (
        "changed: the following arguments are required: base; e.g. `python3 -m tools.changed origin/main`\n"
    )
