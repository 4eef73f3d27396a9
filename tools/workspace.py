"""The packages of the repository, as their folders and git tell. Needs the standard library alone: CI runs it bare."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parents[1]


class RefusedError(Exception):
    """What was asked cannot be done; the text says why and how to mend it."""


@dataclass(frozen=True)
class Package:
    """A folder of `packages/`."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name, by which releases and tags call it."""
        return self.folder.name

    @property
    def settings(self) -> dict[str, Any]:
        """Its pyproject.toml."""
        return tomllib.loads((self.folder / "pyproject.toml").read_text("utf-8"))

    @property
    def version(self) -> str:
        """The version that the working tree has."""
        return str(self.settings["project"]["version"])

    @property
    def stack(self) -> str | None:
        """The stack that a release of it deploys: each marketplace has its own, as the orchestrator has."""
        is_marketplace = "hawker.marketplaces" in self.settings["project"].get("entry-points", {})
        return f"hawker-{self.name}" if is_marketplace or self.name == "orchestrator" else None

    @property
    def changelog(self) -> str:
        """Its CHANGELOG.md."""
        return (self.folder / "CHANGELOG.md").read_text("utf-8")

    def has_notes(self, version: str) -> bool:
        """Whether its changelog has a section of this version."""
        return f"\n## {version} (" in self.changelog

    @property
    def fragments(self) -> list[Path]:
        """Its changes since the last release, one file each."""
        return sorted((self.folder / "changes").glob("*.md"))

    def tag(self, version: str) -> str:
        """The tag of one of its releases."""
        return f"{self.name}-{version}"


def packages(root: Path = ROOT) -> dict[str, Package]:
    """All packages by name."""
    return {path.parent.name: Package(path.parent) for path in sorted(root.glob("packages/*/pyproject.toml"))}


def package(root: Path, name: str) -> Package:
    """The package of this name.

    Raises:
        RefusedError: there is none.
    """
    known = packages(root)
    if name not in known:
        raise RefusedError(f"no package {name!r}; choose one of {', '.join(known)}")
    return known[name]


def git(root: Path, *arguments: str) -> str:
    """What git prints.

    Raises:
        subprocess.CalledProcessError: git failed; `stderr` says why.
    """
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)  # noqa: S603, S607 - git is the one on PATH, without a shell
    return done.stdout.strip()


class Arguments(argparse.ArgumentParser):
    """A tool's arguments; wrong ones are refused in one line, with an example."""

    def __init__(self, program: str, about: str | None, example: str) -> None:
        super().__init__(prog=program, description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
        self._example = example

    def error(self, message: str) -> NoReturn:
        """Refuse."""
        raise RefusedError(f"{message}; e.g. `{self._example}`")


def run(program: str, main: Callable[[Sequence[str]], None]) -> None:
    """Run a tool and exit: 0 well, 1 a step failed, 2 refused or a program is missing; one line says why."""
    try:
        main(sys.argv[1:])
    except RefusedError as refused:
        sys.stderr.write(f"{program}: {refused}\n")
        sys.exit(2)
    except FileNotFoundError as missing:
        sys.stderr.write(
            f"{program}: {missing.filename or missing} is missing; install it, or start by ./dev hatch run\n"
        )
        sys.exit(2)
    except subprocess.CalledProcessError as failed:
        words = str(failed.stderr or "").strip().splitlines()
        command = " ".join(map(str, failed.cmd[:2]))
        sys.stderr.write(f"{program}: {command} failed: {words[-1] if words else f'exit code {failed.returncode}'}\n")
        sys.exit(1)
