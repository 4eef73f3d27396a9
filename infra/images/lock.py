"""Pins what an image installs: `hatch run lock [amazon|walmart|ebay ...]` writes each package's `locks/`.

A lock names every distribution that an image gets from an index, with its version and hashes for every platform. The
project's own packages are not in it: an image has those of its commit.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = "3.13"  # the images'
OURS: Final = "hawker-"
COMMAND: Final = "hatch run lock"

# What each lock is for, as packages and their extras; the marketplace's own comes to them.
_LAMBDA: Final = {"core": ("trace",), "orchestrator": ()}
_FARGATE: Final = {"core": ("browser", "trace")}
KINDS: Final = ("build", "lambda", "fargate")


def marketplaces() -> list[str]:
    """The packages that have images, by name."""
    return sorted(file.parent.name for file in (ROOT / "packages").glob("*/Dockerfile"))


def path(marketplace: str, kind: str) -> Path:
    """Where a lock lies."""
    return ROOT / "packages" / marketplace / "locks" / f"{kind}.txt"


def requirements(marketplace: str, kind: str) -> list[str]:
    """What the pyproject.toml files ask of an index for an image (`lambda`, `fargate`) or for building its wheels."""
    parts: dict[str, tuple[str, ...]] = {**(_FARGATE if kind == "fargate" else _LAMBDA), marketplace: ()}
    wanted: set[str] = set()
    for package, extras in parts.items():
        described = tomllib.loads((ROOT / "packages" / package / "pyproject.toml").read_text("utf-8"))
        if kind == "build":
            wanted.update(described["build-system"]["requires"])
            continue
        project = described["project"]
        wanted.update(project["dependencies"])
        for extra in extras:
            wanted.update(project["optional-dependencies"][extra])
    return sorted(line for line in wanted if not line.startswith(OURS))


def write(marketplace: str, kind: str) -> None:
    """Pin anew: versions that a lock names already stay where they still fit.

    Raises:
        subprocess.CalledProcessError: nothing fits, or no index answers; uv has said why.
    """
    lock = path(marketplace, kind)
    lock.parent.mkdir(exist_ok=True)
    subprocess.run(  # noqa: S603  our own words
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet", "--universal", "--generate-hashes"),
            *("--python-version", PYTHON, "--custom-compile-command", COMMAND, "--output-file", str(lock)),
        ],
        input="\n".join(requirements(marketplace, kind)),
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def main(arguments: list[str] | None = None) -> int:
    """Write the locks of the packages named, of all without; returns the exit code."""
    known = marketplaces()
    parser = argparse.ArgumentParser(prog="hatch run lock", description="Write what the images of packages install.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(known)} [all]")
    names: list[str] = parser.parse_args(arguments).names
    if unknown := [name for name in names if name not in known]:
        sys.stderr.write(f"lock: no image of {', '.join(unknown)}; there are {', '.join(known)}\n")
        return 2
    for marketplace in names or known:
        for kind in KINDS:
            sys.stderr.write(f"{path(marketplace, kind).relative_to(ROOT)}\n")
            try:
                write(marketplace, kind)
            except subprocess.CalledProcessError as error:
                return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
