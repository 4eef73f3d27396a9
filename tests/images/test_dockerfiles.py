"""What can be told of the images by reading: every package's Dockerfile and locks. No image is built for it."""

from __future__ import annotations

import json
import re
import shlex
from functools import cache

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hawker_core import registry
from hawker_orchestrator import stack
from infra.images import buildah, lock

NAMES = lock.marketplaces()


def test_every_marketplace_has_images() -> None:
    assert sorted(registry.marketplaces()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_dockerfiles_differ_in_their_package_alone(name: str) -> None:
    """A team may depart from it; then it says here how."""
    title = {"amazon": "Amazon", "ebay": "eBay", "walmart": "Walmart"}
    assert text(name) == text("ebay").replace("eBay", title[name]).replace("ebay", name)


@pytest.mark.parametrize("name", NAMES)
def test_the_base_is_a_release_that_the_locks_are_for(name: str) -> None:
    base = re.findall(r"^ARG BASE=(\S+)$", text(name), re.MULTILINE)
    assert len(base) == 1
    assert re.fullmatch(rf"public\.ecr\.aws/docker/library/python:{re.escape(lock.PYTHON)}\.\d+-slim-trixie", base[0])
    froms = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", text(name), re.MULTILINE)
    own = {stage for _, stage in froms}
    assert own >= set(buildah.TARGETS)
    assert {origin for origin, _ in froms} <= own | {"${BASE}"}


@pytest.mark.parametrize("name", NAMES)
def test_images_start_what_the_stacks_deploy_and_never_as_root(name: str) -> None:
    for target in buildah.TARGETS:
        stage = stage_of(name, target)
        users = re.findall(r"^USER (\d+):(\d+)$", stage, re.MULTILINE)
        assert len(users) == 1
        assert "0" not in users[0]
        assert not re.search(r"^(COPY|RUN|ADD)", stage[stage.index("USER ") :], re.MULTILINE), "made by that user"
    assert words(name, "lambda", "ENTRYPOINT") == ["python", "-m", "awslambdaric"]
    assert words(name, "lambda", "CMD") == [stack.HANDLERS["worker"]]
    assert words(name, "fargate", "CMD") == list(stack.TASK_COMMAND)
    assert "ENTRYPOINT" not in stage_of(name, "fargate")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_fetched_that_is_not_pinned(name: str) -> None:
    """But Debian's packages: an image made anew shall have their security updates."""
    installs = [line for line in re.split(r"&&|\n(?=[A-Z])", text(name).replace("\\\n", "")) if " install " in line]
    assert len(installs) == 6
    for line in map(shlex.split, installs):
        pinned = "--require-hashes" in line
        ours = "--no-deps" in line and all(word.startswith("wheels/") for word in line if word.endswith(".whl"))
        assert pinned or ours or line[-2:] == ["chromium", "chromium-driver"], line
    assert not re.search(r"\bADD\b|\bcurl\b|\bwget\b|https?://", text(name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", lock.KINDS)
def test_locks_are_in_step_with_what_packages_ask_for(name: str, kind: str) -> None:
    pins = locked(name, kind)
    for line in lock.requirements(name, kind):
        wanted = Requirement(line)
        pin = pins.get(canonicalize_name(wanted.name))
        assert pin is not None, f"{kind}.txt lacks {wanted.name}: {lock.COMMAND} {name}"
        assert wanted.specifier.contains(pin), f"{kind}.txt has {wanted.name} {pin}, not {line}: {lock.COMMAND} {name}"
    asked = {canonicalize_name(Requirement(line).name) for line in lock.requirements(name, kind)}
    assert unasked(name, kind) <= asked, f"nobody asks for these any more: {lock.COMMAND} {name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_has_its_hashes(name: str) -> None:
    for kind in lock.KINDS:
        blocks = re.split(r"\n(?=\w)", lock_text(name, kind).partition("\n")[2])
        pins = [block for block in blocks if "==" in block]
        assert len(pins) == len(locked(name, kind))
        assert all("--hash=sha256:" in block for block in pins)


def test_images_hold_no_tools_of_developers() -> None:
    """Neither tests' nor the command line's; a browser's driver is not the functions' business."""
    for name in NAMES:
        for kind in ("lambda", "fargate"):
            assert not {"pytest", "mypy", "ruff", "moto", "pyarrow", "typer", "rich", "pip"} & locked(name, kind).keys()
        assert "selenium" in locked(name, "fargate")
        assert "selenium" not in locked(name, "lambda")
        assert "sqlalchemy" not in locked(name, "fargate")


@cache
def text(name: str) -> str:
    return (lock.ROOT / "packages" / name / "Dockerfile").read_text("utf-8")


@cache
def lock_text(name: str, kind: str) -> str:
    return lock.path(name, kind).read_text("utf-8")


def stage_of(name: str, target: str) -> str:
    stages = re.split(r"^(?=FROM )", text(name), flags=re.MULTILINE)
    return next(stage for stage in stages if re.match(rf"FROM \S+ AS {target}\n", stage))


def words(name: str, target: str, instruction: str) -> list[str]:
    found = re.findall(rf"^{instruction} (\[.*\])$", stage_of(name, target), re.MULTILINE)
    assert len(found) == 1
    decoded: list[str] = json.loads(found[0])
    return decoded


def locked(name: str, kind: str) -> dict[str, str]:
    """Version by distribution."""
    pins = re.findall(r"^([\w.\-]+)(?:\[[^]]*\])?==(\S+)", lock_text(name, kind), re.MULTILINE)
    return {canonicalize_name(distribution): version for distribution, version in pins}


def unasked(name: str, kind: str) -> set[str]:
    """The distributions that no other one in the lock wants: the packages must ask for them."""
    blocks = re.split(r"\n(?=\w)", lock_text(name, kind))
    return {canonicalize_name(block.partition("==")[0]) for block in blocks if "==" in block and "# via" not in block}
