"""The packages that a change touches, for CI's matrix: `python3 -m tools.changed BASE` prints `packages=["amazon"]`.

A package is tested when a file of it changed, or of one that its own test environment installs. Core, and what all
share at the root, mean every package; so does a base that git does not know, as on the first push of a branch.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tools.workspace import ROOT, Arguments, Package, git, packages, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SHARED_FOLDERS = ("packages/core/", ".ci/", ".github/", "tools/")
SHARED_FILES = {"dev", "hatch.toml", "pyproject.toml"}


def affected(root: Path, paths: Iterable[str]) -> list[str]:
    """The names of the packages to test after these files changed; paths are relative to the root."""
    paths = list(paths)
    everything = packages(root)
    if any(path.startswith(SHARED_FOLDERS) or path in SHARED_FILES for path in paths):
        return list(everything)
    changed = {parts[1] for path in paths if (parts := path.split("/"))[0] == "packages" and len(parts) > 2}  # noqa: PLR2004 - packages/<name>/<file>
    return [name for name, package in everything.items() if changed & {name, *_members(package)}]


def _members(package: Package) -> set[str]:
    """The packages that its test environment installs."""
    members = package.settings["tool"]["hatch"]["envs"]["default"].get("workspace", {}).get("members", [])
    patterns = [member["path"] if isinstance(member, dict) else member for member in members]
    return {found.resolve().name for pattern in patterns for found in package.folder.glob(pattern)}


def changed_since(root: Path, base: str) -> list[str] | None:
    """The files that differ from where HEAD left `base`; None where git knows no such commit."""
    try:
        git(root, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}")
        # Without renames, so that a moved file counts at both ends.
        return git(root, "diff", "--name-only", "--no-renames", f"{base}...HEAD").splitlines()
    except subprocess.CalledProcessError:
        return None


def main(arguments: Sequence[str]) -> None:
    """Print the line for GITHUB_OUTPUT."""
    parser = Arguments("changed", __doc__, "python3 -m tools.changed origin/main")
    parser.add_argument("base", help="the commit to compare with")
    paths = changed_since(ROOT, parser.parse_args(arguments).base)
    names = list(packages(ROOT)) if paths is None else affected(ROOT, paths)
    sys.stdout.write(f"packages={json.dumps(names)}\n")


if __name__ == "__main__":
    run("changed", main)
