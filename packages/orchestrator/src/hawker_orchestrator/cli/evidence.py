"""`hawker evidence`: the pages behind targets that ended parse or blocked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hawker_orchestrator.cli import arguments, session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import say, short, show_json, table


def register(app: typer.Typer) -> None:
    """Add the command."""
    lines = ("hawker evidence latest", "hawker evidence latest B00LAYVPOU --output pages")
    app.command(epilog=example(*lines))(evidence)


def evidence(
    run: arguments.Run,
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="Only this target's page.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Fetch the pages into this folder.")
    ] = None,
    json: arguments.Json = False,
) -> None:
    """List or fetch the pages that a run kept.

    They are those of targets that ended parse or blocked. A run keeps HAWKER_EVIDENCE of them (50), for 30 days; the
    local cloud for as long as it runs. A page of a browser has its picture beside it. `hawker case` makes a test of
    such a page.
    """
    from hawker_orchestrator import evidence_store, run_store

    url = session.database()
    name = run_store.resolve(url, run)
    kept = evidence_store.listed(url, name, key)
    if json:
        show_json([one._asdict() for one in kept])
    elif not kept:
        say(f"run {name} kept no page{f' of {key}' if key else ''}")
    elif output is None:
        table(("target", "outcome", "reason"), [(one.target, one.outcome, short(one.detail)) for one in kept])
    if output is not None and kept:
        s3 = session.s3()
        files = [file for one in kept for file in evidence_store.save(s3, session.bucket(), one, output)]
        say(f"{len(files)} files in {output}")
