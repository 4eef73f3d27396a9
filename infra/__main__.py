"""What `cdk.json` has the CDK's command line call."""

from __future__ import annotations

import sys

from hawker_orchestrator.schedules import ScheduleError
from infra.app import RefusedError, app, synthesise
from infra.config import ConfigError


def main() -> int:
    """Synthesise the stacks; returns the exit code."""
    try:
        synthesise(app())
    except (ConfigError, RefusedError, ScheduleError) as error:
        sys.stderr.write(f"infra: {error}\n")
        return 2
    return 0


sys.exit(main())
