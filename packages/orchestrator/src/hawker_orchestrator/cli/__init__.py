"""The command line `hawker`. Commands import what they need when they run, so that `--help` answers at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hawker_orchestrator.cli.errors import explain

if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> None:
    """Run the command that the arguments name, and exit.

    0: well, 1: failed, 2: bad input, 3: incomplete or not as expected, 130: interrupted.
    """
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; what the user can mend becomes one line on standard error."""
    try:
        from hawker_orchestrator.cli.app import app

        return int(app(list(arguments), standalone_mode=False, prog_name="hawker") or 0)
    except Exception as error:
        line = explain(error)
        if line is None:
            raise
        sys.stdout.flush()
        sys.stderr.write(f"{line}\n" if line.startswith("Usage:") else f"hawker: {line}\n")
        return 2
