"""`python -m hawker_orchestrator.cli`: the same as `hawker`."""

from __future__ import annotations

from hawker_orchestrator.cli import main

main()
