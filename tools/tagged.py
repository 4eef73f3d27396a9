"""What a release's tag stands for: `python3 -m tools.tagged amazon-1.1.0` prints lines for GITHUB_OUTPUT.

Refuses a tag that is not of the version, the changelog and the branch that releases are made on.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tools.workspace import ROOT, Arguments, Package, RefusedError, git, package, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def tagged(root: Path, tag: str) -> Package:
    """The package that the tag releases.

    Raises:
        RefusedError: the checked out tree is not that release.
    """
    name, _, version = tag.partition("-")
    released = package(root, name)
    if version != released.version:
        raise RefusedError(f"{tag}: packages/{name}/pyproject.toml has version {released.version}")
    if not released.has_notes(version):
        raise RefusedError(f"{tag}: packages/{name}/CHANGELOG.md has no section {version}; tag by `hatch run release`")
    if released.fragments:
        raise RefusedError(f"{tag}: packages/{name}/changes has changes that the changelog lacks")
    return released


def main(arguments: Sequence[str]) -> None:
    """Print the package and the stack to deploy, if any; `main` must contain HEAD."""
    parser = Arguments("tagged", __doc__, "python3 -m tools.tagged amazon-1.1.0")
    parser.add_argument("tag")
    tag = parser.parse_args(arguments).tag
    released = tagged(ROOT, tag)
    try:
        git(ROOT, "merge-base", "--is-ancestor", "HEAD", "origin/main")
    except subprocess.CalledProcessError:
        raise RefusedError(f"{tag} is not on main; releases are made there") from None
    sys.stdout.write(f"package={released.name}\nstack={released.stack or ''}\n")


if __name__ == "__main__":
    run("tagged", main)
