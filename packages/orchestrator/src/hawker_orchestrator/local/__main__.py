"""`python -m hawker_orchestrator.local`: the background process; `daemon.up` starts it."""

from __future__ import annotations

from .daemon import main

main()
