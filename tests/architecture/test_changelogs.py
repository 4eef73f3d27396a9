"""Every package's changelog says what its versions are, and takes its changes as fragments."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from packaging.version import Version

from tools.workspace import Package, packages

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]
KINDS = [kind["directory"] for kind in CONFIG["type"]]
HEAD = "# Changelog of {name}\n\n<!-- towncrier release notes start -->\n"
FRAGMENT = re.compile(rf"[a-z0-9-]+\.({'|'.join(KINDS)})\.md")
PACKAGES = list(packages(ROOT).values())

every_package = pytest.mark.parametrize("package", PACKAGES, ids=[package.name for package in PACKAGES])


@every_package
def test_sections_are_releases_newest_first(package: Package) -> None:
    assert package.changelog.startswith(HEAD.format(name=package.settings["project"]["name"]))
    headings = re.findall(r"^## (.*)$", package.changelog, re.MULTILINE)
    releases = [re.fullmatch(r"(\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)", heading) for heading in headings]
    assert all(releases), headings
    versions = [Version(release[1]) for release in releases if release]
    days = [date.fromisoformat(release[2]) for release in releases if release]
    assert versions == sorted(set(versions), reverse=True)
    assert days == sorted(days, reverse=True)


@every_package
def test_the_newest_section_is_the_packages_version(package: Package) -> None:
    """A package without a section was never released, and has the version of its first release."""
    newest = re.search(r"^## (\S+)", package.changelog, re.MULTILINE)
    assert newest is None or newest[1] == package.version


@every_package
def test_changes_are_fragments_that_a_release_finds(package: Package) -> None:
    folder = package.folder / "changes"
    assert (folder / ".gitkeep").exists(), "git keeps no empty folder, and a release empties it"
    names = {path.name for path in folder.iterdir()} - {".gitkeep"}
    assert not {name for name in names if not FRAGMENT.fullmatch(name)}
    assert not {path.name for path in package.fragments if not path.read_text("utf-8").strip()}
