"""Try packages with the oldest core that their range allows: `hatch run oldest-core [NAME ...]`.

The oldest core is the lowest version in the range that was released (its tag is what is built) or that the working
tree has. It and the package are built as wheels and installed in an environment of their own, where all of the
package's modules are imported and its own quick tests run. A range that promises too much fails here.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import uv
from packaging.requirements import Requirement
from packaging.version import Version

from tools.workspace import ROOT, Arguments, Package, RefusedError, git, package, packages, run

if TYPE_CHECKING:
    from collections.abc import Sequence

# What runs without a database, a browser or captured pages; a marketplace's cases are its parsers' own tests.
QUICK = {"orchestrator": ("tests/cli/test_target_file.py",)}
CASES = ("tests/test_cases.py",)
# Beside the package itself: what its modules import when everything is used.
EXTRAS = {"orchestrator": "[cli,local]"}
TEST_TOOLS = ("pytest>=9,<10", "hypothesis>=6,<7")
IMPORT_ALL = """
import importlib, pkgutil, sys
for module in pkgutil.walk_packages(importlib.import_module(sys.argv[1]).__path__, sys.argv[1] + "."):
    if ".migrations" not in module.name and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


class Core(NamedTuple):
    """A version of core, and the tag it is at; None for the working tree."""

    version: Version
    tag: str | None


class UnfitError(Exception):
    """A package does not work with the oldest core that it allows; the text is what the tests printed."""


def dependents(root: Path) -> list[str]:
    """The packages that need core."""
    return [name for name, found in packages(root).items() if _need(found)]


def _need(dependent: Package) -> Requirement | None:
    needs = map(Requirement, dependent.settings["project"].get("dependencies", []))
    return next((need for need in needs if need.name == "hawker-core"), None)


def oldest(root: Path, dependent: Package) -> Core:
    """The oldest core that the package allows.

    Raises:
        RefusedError: its range allows no core that exists.
    """
    need = _need(dependent)
    if need is None:
        raise RefusedError(f"{dependent.name} does not need core; choose one of {', '.join(dependents(root))}")
    released = [Core(Version(tag.removeprefix("core-")), tag) for tag in git(root, "tag", "--list", "core-*").split()]
    tree = Core(Version(package(root, "core").version), None)
    versions = {core.version: core for core in (tree, *released)}
    allowed = [core for version, core in versions.items() if version in need.specifier]
    if not allowed:
        raise RefusedError(f"{dependent.name} allows {need}, but there is no such core; release core first")
    return min(allowed)


def examine(root: Path, dependent: Package, core: Core, work: Path) -> None:
    """Try the package with this core, in the empty folder `work`.

    Raises:
        UnfitError: it does not work.
        subprocess.CalledProcessError: a wheel or the environment could not be made.
    """
    source = root if core.tag is None else _checkout(root, core.tag, work / "core")
    wheels = [_wheel(source / "packages" / "core", work / "wheels")]
    wheels.append(_wheel(dependent.folder, work / "wheels") + EXTRAS.get(dependent.name, ""))
    python = work / "venv" / "bin" / "python"
    _uv("venv", "--quiet", "--python", sys.executable, str(work / "venv"))
    _uv("pip", "install", "--quiet", "--python", str(python), *wheels, *TEST_TOOLS)
    # The package's folder is copied without its sources: what the tests import is what was installed.
    shutil.copytree(dependent.folder, work / dependent.name, ignore=shutil.ignore_patterns("src", "__pycache__"))
    shutil.copyfile(root / "pyproject.toml", work / "pyproject.toml")
    module = f"hawker_{dependent.name}"
    tests = QUICK.get(dependent.name, CASES)
    for command in (
        ["-c", IMPORT_ALL, module],
        # In a folder of its own: pytest closes the common one to other users, as whom tests beside it run servers.
        ["-m", "pytest", "-q", "--tb=short", "--maxfail=3", "-p", "no:cacheprovider", "--basetemp=../tmp", *tests],
    ):
        _in_environment(python, command, work / dependent.name)


def _checkout(root: Path, tag: str, folder: Path) -> Path:
    archive = subprocess.run(  # noqa: S603 - no shell
        ["git", "archive", tag, "packages/core"],  # noqa: S607 - git is the one on PATH
        cwd=root,
        check=True,
        capture_output=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def _wheel(project: Path, folder: Path) -> str:
    _uv("build", "--quiet", "--wheel", "--out-dir", str(folder), str(project))
    return str(max(folder.glob("*.whl"), key=os.path.getmtime))


def _uv(*arguments: str) -> None:
    subprocess.run([uv.find_uv_bin(), *arguments], check=True, capture_output=True, text=True)  # noqa: S603 - no shell


def _in_environment(python: Path, command: list[str], folder: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run([python, *command], cwd=folder, env=kept, check=False, capture_output=True, text=True)  # noqa: S603 - no shell
    if done.returncode:
        raise UnfitError((done.stdout + done.stderr).strip())


def main(arguments: Sequence[str]) -> None:
    """Try the named packages, or all that need core."""
    parser = Arguments("oldest-core", __doc__, "hatch run oldest-core amazon")
    parser.add_argument(
        "packages", nargs="*", metavar="NAME", help=f"all that need core else: {', '.join(dependents(ROOT))}"
    )
    asked = parser.parse_args(arguments)
    unfit = []
    for dependent in [package(ROOT, name) for name in asked.packages or dependents(ROOT)]:
        core = oldest(ROOT, dependent)
        sys.stdout.write(f"{dependent.name} with core {core.version} ({core.tag or 'working tree'})\n")
        sys.stdout.flush()
        with tempfile.TemporaryDirectory(prefix="hawker-oldest-core-") as work:
            try:
                examine(ROOT, dependent, core, Path(work))
            except UnfitError as error:
                sys.stdout.write(f"{error}\n")
                unfit.append(dependent.name)
    if unfit:
        sys.stderr.write(f"oldest-core: {', '.join(unfit)} allow a core that they do not work with; raise the range\n")
        sys.exit(1)


if __name__ == "__main__":
    run("oldest-core", main)
