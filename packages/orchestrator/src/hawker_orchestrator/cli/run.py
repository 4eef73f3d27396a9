"""`hawker run`: scrape all targets of a scraper, or of several at once."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from hawker_orchestrator.cli import arguments, session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import complain, say, show
from hawker_orchestrator.cli.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hawker_orchestrator.engine import Engine, Execution, Progress

FAILED = 1
INTERRUPTED = 130
_EVERY = 0.5  # seconds between two looks at runs


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "hawker run amazon_product", "hawker run ebay_search --limit 50 --no-wait", "hawker run 'amazon_*'"
        )
    )(run)


def run(
    scraper: Annotated[
        list[str],
        typer.Argument(
            metavar="SCRAPER",
            help="Names of scrapers, or patterns such as 'amazon_*'; `hawker scrapers` lists them.",
        ),
    ],
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Targets of each at most, the oldest first.")
    ] = None,
    concurrency: arguments.Concurrency = None,
    wait: arguments.Wait = True,
) -> None:
    """Scrape all targets of a scraper, or of several at once.

    The same state machines and the same workers run here and on AWS. Of the scrapers that a pattern finds, those
    without targets are left out.

    Exit code: 0 complete and as expected, 3 partial or not as expected, 1 a run failed, 2 it could not begin.
    """
    names = _with_targets(scraper)
    engine = session.engine()
    executions: dict[str, Execution] = {}
    try:
        for name in names:
            executions[name] = engine.start(name, limit=limit, concurrency=concurrency)
    except (Exception, KeyboardInterrupt):
        _go_on(executions.values())
        raise
    if len(executions) == 1:
        follow(engine, next(iter(executions.values())), wait=wait)
    else:
        _follow_all(engine, executions, wait=wait)


def _with_targets(wanted: Iterable[str]) -> list[str]:
    """The scrapers meant, each once, in the order named.

    Raises:
        UserError: a pattern finds none; one that is named, or all that a pattern finds, have no targets.
    """
    from hawker_core import registry
    from hawker_orchestrator import target_store

    chosen: dict[str, bool] = {}  # whether each was named in full
    for text in wanted:
        pattern = any(sign in text for sign in "*?[")
        if not pattern:
            registry.load(text)
        found = [name for name in registry.names() if fnmatchcase(name, text)] if pattern else [text]
        if not found:
            raise UserError(f"no scraper is called like {text!r}; see `hawker scrapers`")
        for name in found:
            chosen[name] = chosen.get(name, False) or not pattern
    url = session.database()
    without = [name for name in chosen if not target_store.count(url, name)]
    if missing := [name for name in without if chosen[name]] or (without if len(without) == len(chosen) else []):
        raise UserError(
            f"{', '.join(missing)} has no targets; add some by `hawker targets add {missing[0]} KEY...`"
            if len(missing) == 1
            else f"{', '.join(missing)} have no targets; add some by `hawker targets add`"
        )
    if without:
        say(f"left out, as they have no targets: {', '.join(without)}")
    return [name for name in chosen if name not in without]


def _follow_all(engine: Engine, executions: Mapping[str, Execution], *, wait: bool) -> None:
    """As `follow`, of several runs at once: a bar for each, and one table in the end."""
    from hawker_orchestrator import run_store
    from hawker_orchestrator.cli import report

    if not wait:
        for execution in executions.values():
            _planned(engine, execution)
            show(execution.run)
        _go_on(executions.values())
        return
    try:
        ended = watch(engine, executions)
    except KeyboardInterrupt:
        _go_on(executions.values())
        raise typer.Exit(INTERRUPTED) from None
    url = session.database()
    failed = {name: now for name, now in ended.items() if _broke(now)}
    runs = [
        run_store.shown(url, executions[name].run) for name, now in ended.items() if now.targets or name not in failed
    ]
    report.several(runs)
    for name, now in failed.items():
        _complain(executions[name].run, now)
    if failed:
        raise typer.Exit(FAILED)
    if code := max(report.exit_code(shown) for shown in runs):
        say("more: `hawker runs show RUN`; scrape what failed again: `hawker runs resume RUN`")
        raise typer.Exit(code)


def watch(engine: Engine, executions: Mapping[str, Execution]) -> dict[str, Progress]:
    """Show how far runs have come until all have ended; gives their last states, in the order given."""
    from hawker_orchestrator.cli.progress import RunBars

    last: dict[str, Progress] = {}
    with RunBars() as bars:
        while going := [name for name in executions if name not in last or last[name].running]:
            for name in going:
                last[name] = engine.progress(executions[name])
                bars.update(name, last[name])
            if any(last[name].running for name in going):
                time.sleep(_EVERY)
    return {name: last[name] for name in executions}


def _go_on(executions: Iterable[Execution]) -> None:
    for execution in executions:
        say(f"the run goes on; see `hawker runs watch {execution.run}`")


def follow(engine: Engine, execution: Execution, *, wait: bool) -> None:
    """Wait for a run, show what came of it and exit accordingly; or name it as soon as it is planned.

    Raises:
        typer.Exit: always, unless the run is complete and as expected, or not waited for.
    """
    try:
        progress = _watched(engine, execution) if wait else _planned(engine, execution)
    except KeyboardInterrupt:
        say(f"the run goes on; watch it by `hawker runs watch {execution.run}`")
        say(f"                 stop it by `hawker runs stop {execution.run}`")
        raise typer.Exit(INTERRUPTED) from None
    if progress.running:
        show(execution.run)
        say(f"the run goes on; see `hawker runs watch {execution.run}`")
        return
    conclude(execution.run, progress)


def _watched(engine: Engine, execution: Execution) -> Progress:
    say(f"run {execution.run}")
    scraper = execution.run.partition("-")[0]
    return watch(engine, {scraper: execution})[scraper]


def _planned(engine: Engine, execution: Execution) -> Progress:
    """The run's first state in which other commands know it, or its last one."""
    return next(now for now in engine.watch(execution, every=0.1) if now.targets or not now.running)


def conclude(name: str, progress: Progress) -> None:
    """Show what came of a run that has ended, and exit accordingly."""
    from hawker_orchestrator import run_store
    from hawker_orchestrator.cli import report

    if _broke(progress):
        fail(name, progress)
    shown = run_store.shown(session.database(), name)
    report.short(shown)
    if code := report.exit_code(shown):
        say(f"more: `hawker runs show {name}`; scrape what failed again: `hawker runs resume {name}`")
        raise typer.Exit(code)


def _broke(progress: Progress) -> bool:
    return progress.execution != "SUCCEEDED" and progress.status not in {"stopped", "stopping"}


def fail(name: str, progress: Progress) -> NoReturn:
    """Tell why a run failed, and exit."""
    _complain(name, progress)
    raise typer.Exit(FAILED)


def _complain(name: str, progress: Progress) -> None:
    known = f"; see `hawker runs show {name}`, go on by `hawker runs resume {name}`" if progress.targets else ""
    complain(f"run {name} failed: {progress.cause or progress.execution.lower()}{known}")
