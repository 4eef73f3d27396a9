"""Run a Node.js program that package-lock.json pins: `python -m tools.node cdk diff`. Installs it first where needed.

Node.js and npm are those of the environment's own Python package.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from tools.workspace import ROOT, RefusedError, run

if TYPE_CHECKING:
    from collections.abc import Sequence

# The environment's programs come first, so that a program's `node` is the one that it was tried with.
BIN = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def program(name: str, root: Path = ROOT) -> Path:
    """Where a program lies, after what the lock names is installed.

    Raises:
        RefusedError: the lock brings no such program.
        subprocess.CalledProcessError: npm could not install; `stderr` says why.
    """
    # Tests run side by side, and npm begins by removing the folder.
    with FileLock(Path(sys.prefix) / "node_modules.lock"):
        installed = root / "node_modules" / ".package-lock.json"
        lock = root / "package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            npm = [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(npm, cwd=root, env=ENVIRONMENT, check=True, capture_output=True, text=True)  # noqa: S603 - no shell
            installed.touch()
    path = root / "node_modules" / ".bin" / name
    if not path.exists():
        raise RefusedError(f"package.json brings no program {name!r}")
    return path


def main(arguments: Sequence[str]) -> None:
    """Become the program."""
    if not arguments:
        raise RefusedError("name a program of package.json, e.g. `python -m tools.node cdk --version`")
    os.execvpe(program(arguments[0]), list(arguments), ENVIRONMENT)  # noqa: S606 - no shell


if __name__ == "__main__":
    run("node", main)
