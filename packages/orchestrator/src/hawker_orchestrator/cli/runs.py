"""`hawker runs`: what runs came to, and how to go on with them."""

from __future__ import annotations

from typing import Annotated

import typer

from hawker_orchestrator.cli import arguments, session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import moment, say, seconds, show, show_json, table
from hawker_orchestrator.cli.run import follow

app = arguments.group(
    "List and explain runs, resume, stop or watch them.", "hawker runs list", "hawker runs show latest"
)


@app.command("list", epilog=example("hawker runs list", "hawker runs list amazon_product --limit 5"))
def list_(
    scraper: Annotated[str | None, typer.Argument(metavar="SCRAPER", help="Only the runs of this scraper.")] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Runs at most.")] = 20,
    json: arguments.Json = False,
) -> None:
    """List the latest runs, the newest first."""
    from hawker_core import registry
    from hawker_orchestrator import run_store

    if scraper is not None:
        registry.load(scraper)
    runs = run_store.listed(session.database(), scraper, limit)
    if json:
        show_json(runs)
        return
    if not runs:
        say(f"no runs yet; start one by `hawker run {scraper or 'SCRAPER'}`")
        return
    table(
        ("run", "status", "verdict", "targets", "ok", "rows", "started", "took"),
        [
            (
                run["run"],
                run["status"],
                run["verdict"],
                run["targets"],
                f"{run['outcomes'].get('ok', 0) / run['targets']:.1%}" if run["targets"] else None,
                run["rows"],
                moment(run["started_at"]),
                seconds(run["seconds"]),
            )
            for run in runs
        ],
        right=("targets", "ok", "rows", "took"),
    )


@app.command("show", epilog=example("hawker runs show latest", "hawker runs show amazon_product-20260301 --json"))
def show_(run: arguments.Run, json: arguments.Json = False) -> None:
    """Explain a run.

    Its verdict, its outcomes and their reasons, its chunks, times, memory, and how far each field is filled.
    """
    from hawker_orchestrator import run_store

    url = session.database()
    found = run_store.shown(url, run_store.resolve(url, run))
    if json:
        show_json(found)
        return
    from hawker_orchestrator.cli import report

    report.long(found)


@app.command(epilog=example("hawker runs resume latest"))
def resume(run: arguments.Run, concurrency: arguments.Concurrency = None, wait: arguments.Wait = True) -> None:
    """Scrape what a run has left.

    That is what has no outcome, or one that another try may better: blocked, timeout, http. Exit codes as of `hawker
    run`.
    """
    from hawker_orchestrator import run_store

    name = run_store.resolve(session.database(), run)
    engine = session.engine()
    follow(engine, engine.resume(name, concurrency=concurrency), wait=wait)


@app.command(epilog=example("hawker runs stop latest"))
def stop(run: arguments.Run) -> None:
    """Stop a run.

    Its workers finish what they have begun, and it is closed with what it has.
    """
    from hawker_orchestrator import run_store

    name = run_store.resolve(session.database(), run)
    summary = session.engine().stop(name)
    left = summary["outcomes"].get("pending", 0)
    show(f"{name}: stopped, {summary['targets'] - left:,} of {summary['targets']:,} targets settled")
    if left:
        say(f"scrape the others by `hawker runs resume {name}`")


@app.command(epilog=example("hawker runs watch latest"))
def watch(run: arguments.Run) -> None:
    """Watch a run until it ends.

    Exit codes as of `hawker run`. Ctrl-C stops watching, not the run.
    """
    from hawker_orchestrator import run_store

    name = run_store.resolve(session.database(), run)
    engine = session.engine()
    follow(engine, engine.execution(name), wait=True)
