"""`hawker run`: scrape all targets of a scraper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from hawker_orchestrator.cli import arguments, session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import complain, say, show
from hawker_orchestrator.cli.errors import UserError

if TYPE_CHECKING:
    from hawker_orchestrator.engine import Engine, Execution, Progress

FAILED = 1
INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=example("hawker run amazon_product", "hawker run ebay_search --limit 50 --no-wait"))(run)


def run(
    scraper: arguments.Scraper,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Targets at most, the oldest first.")] = None,
    concurrency: arguments.Concurrency = None,
    wait: arguments.Wait = True,
) -> None:
    """Scrape all targets of a scraper.

    The same state machine and the same workers run here and on AWS.

    Exit code: 0 complete and as expected, 3 partial or not as expected, 1 the run failed, 2 it could not begin.
    """
    from hawker_core import registry
    from hawker_orchestrator import target_store

    registry.load(scraper)
    if not target_store.count(session.database(), scraper):
        raise UserError(f"{scraper} has no targets; add some by `hawker targets add {scraper} KEY...`")
    engine = session.engine()
    execution = engine.start(scraper, limit=limit, concurrency=concurrency)
    follow(engine, execution, wait=wait)


def follow(engine: Engine, execution: Execution, *, wait: bool) -> None:
    """Wait for a run, show what came of it and exit accordingly; or name it as soon as it is planned.

    Raises:
        typer.Exit: always, unless the run is complete and as expected, or not waited for.
    """
    try:
        progress = _watch(engine, execution) if wait else _planned(engine, execution)
    except KeyboardInterrupt:
        say(f"the run goes on; watch it by `hawker runs watch {execution.run}`")
        say(f"                 stop it by `hawker runs stop {execution.run}`")
        raise typer.Exit(INTERRUPTED) from None
    if progress.running:
        show(execution.run)
        say(f"the run goes on; see `hawker runs watch {execution.run}`")
        return
    conclude(execution.run, progress)


def _watch(engine: Engine, execution: Execution) -> Progress:
    from hawker_orchestrator.cli.progress import RunBars

    say(f"run {execution.run}")
    with RunBars() as bars:
        for progress in engine.watch(execution):
            bars.update(execution.run.partition("-")[0], progress)
    return progress


def _planned(engine: Engine, execution: Execution) -> Progress:
    """The run's first state in which other commands know it, or its last one."""
    return next(now for now in engine.watch(execution, every=0.1) if now.targets or not now.running)


def conclude(name: str, progress: Progress) -> None:
    """Show what came of a run that has ended, and exit accordingly."""
    from hawker_orchestrator import run_store
    from hawker_orchestrator.cli import report

    if progress.execution != "SUCCEEDED" and progress.status not in {"stopped", "stopping"}:
        fail(name, progress)
    shown = run_store.shown(session.database(), name)
    report.short(shown)
    if code := report.exit_code(shown):
        say(f"more: `hawker runs show {name}`; scrape what failed again: `hawker runs resume {name}`")
        raise typer.Exit(code)


def fail(name: str, progress: Progress) -> NoReturn:
    """Tell why a run failed, and exit."""
    known = f"; see `hawker runs show {name}`, go on by `hawker runs resume {name}`" if progress.targets else ""
    complain(f"run {name} failed: {progress.cause or progress.execution.lower()}{known}")
    raise typer.Exit(FAILED)
