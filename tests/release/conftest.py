"""A repository of its own to release from: this one's tools and settings, small packages, real git."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
HEAD = "# Changelog of hawker-{name}\n\n<!-- towncrier release notes start -->\n"
# Comments and an odd layout, which a release must leave alone.
PROJECT = """[project] # of {name}
name = "hawker-{name}"
version = "0.1.0"
dependencies = [
    {dependencies} # the oldest first
]

[tool.hatch.envs.default]
workspace.members = ["../core"]
"""
NEEDS = {
    "amazon": "hawker-core>=0.1,<0.2",
    "core": "parsel>=1.12,<2",
    "ebay": "hawker-core>=0.1,<0.2",
    "orchestrator": "hawker-core>=0.1,<0.2",
    "storefront": "jinja2>=3.1,<4",
    "walmart": "hawker-core>=0.1,<1",
}
# Neither the machine's git settings nor a release's own environment reach the tests.
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


class Answer(NamedTuple):
    code: int
    out: str
    err: str


class Repository:
    """A checkout with a first commit on main; tools run from its own copy."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for path in (ROOT / "pyproject.toml", *(ROOT / "tools").glob("*.*")):
            self.write(str(path.relative_to(ROOT)), path.read_text("utf-8"))
        for name, need in NEEDS.items():
            self.write(f"packages/{name}/pyproject.toml", PROJECT.format(name=name, dependencies=f'"{need}",'))
            self.write(f"packages/{name}/CHANGELOG.md", HEAD.format(name=name))
            self.write(f"packages/{name}/changes/.gitkeep", "")
        self.write(".gitignore", "__pycache__/\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("start")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=os.environ | GIT, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def tool(self, name: str, *arguments: str, **environment: str) -> Answer:
        done = subprocess.run(
            [sys.executable, "-m", f"tools.{name}", *arguments],
            cwd=self.root,
            env=os.environ | GIT | environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            start_new_session=True,  # its signals are its own
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")

    def read(self, path: str) -> str:
        return (self.root / path).read_text("utf-8")

    def state(self) -> tuple[str, str, str]:
        """All that a release may change: the branch, the tree and the tags."""
        return self.git("rev-parse", "HEAD"), self.git("status", "--porcelain"), self.git("tag", "--list")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.fixture
def changed(repository: Repository) -> Repository:
    """With changes of amazon and core to release."""
    repository.write("packages/amazon/changes/reviews.added.md", "Reviews of products.\n")
    repository.write("packages/amazon/changes/12.fixed.md", "Prices in yen\nhave no cents.\n")
    repository.write("packages/core/changes/faster.changed.md", "Faster.\n")
    repository.commit("changes")
    return repository
