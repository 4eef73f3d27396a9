"""Release one package: `hatch run release amazon minor [--dry-run]`.

Writes the next version, moves the fragments of `changes/` into CHANGELOG.md, commits and tags. It pushes nothing: the
pushed tag is what publishes and deploys, see docs/releasing.md.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uv
from packaging.requirements import Requirement

from tools.workspace import ROOT, Arguments, Package, RefusedError, git, package, packages, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FIRST = "first"
BUMPS = ("major", "minor", "patch", FIRST)
BRANCH = "main"


@dataclass(frozen=True)
class Release:
    """What a release will do."""

    package: Package
    version: str
    notes: str

    @property
    def tag(self) -> str:
        """Its tag."""
        return self.package.tag(self.version)


def plan(root: Path, name: str, bump: str) -> Release:
    """The release that was asked for. Writes nothing.

    Raises:
        RefusedError: it cannot be made from here.
    """
    released = package(root, name)
    if bump not in BUMPS:
        raise RefusedError(f"no bump {bump!r}; choose one of {', '.join(BUMPS)}")
    branch = git(root, "branch", "--show-current")
    if branch != BRANCH:
        raise RefusedError(f"on {branch or 'a detached commit'}, not on {BRANCH}; run `git switch {BRANCH}`")
    if dirty := git(root, "status", "--porcelain").splitlines():
        raise RefusedError(f"the working tree has {len(dirty)} changed files; commit or remove them")
    version = _next(root, released, bump)
    if git(root, "tag", "--list", released.tag(version)):
        raise RefusedError(f"the tag {released.tag(version)} exists; choose another bump, or fetch and start again")
    if released.has_notes(version):
        raise RefusedError(f"packages/{name}/CHANGELOG.md has a section {version} already; choose another bump")
    if not released.fragments:
        raise RefusedError(f"packages/{name}/changes has no fragments, so there is nothing to release")
    return Release(released, version, _towncrier(root, released, version, "--draft"))


def _next(root: Path, released: Package, bump: str) -> str:
    if bump != FIRST:
        return str(json.loads(_uv(root, released, "--bump", bump, "--dry-run", "--output-format", "json"))["version"])
    if tags := git(root, "tag", "--list", f"{released.name}-*").splitlines():
        raise RefusedError(f"{released.name} has releases already, such as {tags[0]}; choose major, minor or patch")
    return released.version


def outgrown(root: Path, release: Release) -> list[str]:
    """A line for each package whose range leaves out the new version."""
    project = release.package.settings["project"]["name"]
    lines = []
    for other in packages(root).values():
        needs = [Requirement(text) for text in other.settings["project"].get("dependencies", [])]
        lines += [
            f"{other.name} allows {need}, which leaves out {release.version}: widen it in "
            f"packages/{other.name}/pyproject.toml, without which the workspace cannot be installed"
            for need in needs
            if need.name == project and not need.specifier.contains(release.version, prereleases=True)
        ]
    return lines


def carry_out(root: Path, release: Release) -> None:
    """Write, commit and tag; when a step fails, the branch, the tree and the tags are as before.

    Raises:
        subprocess.CalledProcessError: a step failed.
    """
    start = git(root, "rev-parse", "HEAD")
    folder = str(release.package.folder)
    # A signal ends the program at work, which puts its own locks away; that it failed is then seen here.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    try:
        if release.version != release.package.version:
            _uv(root, release.package, release.version)
        _towncrier(root, release.package, release.version, "--yes")
        git(root, "add", "--all", "--", folder)
        git(root, "commit", "--quiet", "--message", f"Release {release.package.name} {release.version}")
        git(root, "tag", "--annotate", release.tag, "--message", f"{release.package.name} {release.version}")
    except Exception:
        # The tree was clean, so all that is thrown away here is this release's own work.
        git(root, "reset", "--quiet", "--hard", start)
        if git(root, "tag", "--list", release.tag):
            git(root, "tag", "--delete", release.tag)
        raise


def _uv(root: Path, released: Package, *arguments: str) -> str:
    command = [uv.find_uv_bin(), "version", "--project", str(released.folder), "--frozen", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout  # noqa: S603 - no shell


def _towncrier(root: Path, released: Package, version: str, mode: str) -> str:
    where = ["--config", str(root / "pyproject.toml"), "--dir", str(released.folder), "--version", version]
    command = [sys.executable, "-m", "towncrier", "build", *where, mode]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)  # noqa: S603 - no shell
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        complaint = next((line for line in lines if line.startswith("Error: ")), lines[-1])
        raise RefusedError(f"packages/{released.name}/changes: {complaint.removeprefix('Error: ')}")
    return done.stdout


def main(arguments: Sequence[str]) -> None:
    """Release, or show what a release would do."""
    parser = Arguments("release", __doc__, "hatch run release amazon minor")
    parser.add_argument("package", help=", ".join(packages()))
    parser.add_argument("bump", help=f"{', '.join(BUMPS)}; {FIRST} releases the version that pyproject.toml has")
    parser.add_argument("--dry-run", action="store_true", help="show all of it, write nothing")
    asked = parser.parse_args(arguments)
    release = plan(ROOT, asked.package, asked.bump)
    show = sys.stdout.write
    if asked.dry_run:
        show(f"{release.package.name} {release.package.version} -> {release.version}\n\n{release.notes.strip()}\n\n")
        for fragment in release.package.fragments:
            show(f"removes {fragment.relative_to(ROOT)}\n")
        show(f"commits on {BRANCH} and tags {release.tag}\n")
    else:
        carry_out(ROOT, release)
        show(f"{release.tag} is committed and tagged; publish it: git push --atomic origin {BRANCH} {release.tag}\n")
    for line in outgrown(ROOT, release):
        show(f"{line}\n")


if __name__ == "__main__":
    run("release", main)
