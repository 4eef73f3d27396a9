"""`hawker docs`: the pages on the scrapers, made from their code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import say, show
from hawker_orchestrator.cli.errors import UserError

OUT_OF_STEP = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=example("hawker docs", "hawker docs amazon", "hawker docs --check"))(docs)


def docs(
    marketplace: Annotated[
        list[str] | None, typer.Argument(metavar="MARKETPLACE", help="Such as amazon; all that are installed else.")
    ] = None,
    root: Annotated[Path, typer.Option(metavar="FOLDER", help="The repository.")] = Path(),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 where a page is stale.")] = False,
) -> None:
    """Write docs/scrapers/MARKETPLACE.md from the scrapers' code.

    For those who work on Hawker itself: to be run after a change of a scraper, its row or its cases.
    """
    from hawker_core import registry
    from hawker_orchestrator import reference

    facts, folder = root / "tests" / "facts", root / "docs" / "scrapers"
    if not facts.is_dir():
        raise UserError(f"{facts} is no folder; run this in Hawker's repository, or name it by --root")
    known = sorted({registry.marketplace(name) for name in registry.names()})
    if unknown := set(marketplace or ()) - set(known):
        raise UserError(f"no scrapers of {', '.join(sorted(unknown))} are installed; there are {', '.join(known)}")
    stale = []
    for name in marketplace or known:
        path, text = folder / f"{name}.md", reference.page(name, facts)
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        stale.append(path)
        if not check:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            show(str(path))
    if check and stale:
        say(f"out of step with the code: {', '.join(map(str, stale))}; run `hawker docs`")
        raise typer.Exit(OUT_OF_STEP)
