"""`hawker case`: keep a page as a test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hawker_orchestrator.cli import arguments
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import err, say, show
from hawker_orchestrator.cli.errors import UserError


def register(app: typer.Typer) -> None:
    """Add the command."""
    lines = (
        "hawker case amazon_product B00LAYVPOU",
        "hawker case ebay_search 'usb cable' --file page.html --name two_tiles",
    )
    app.command(epilog=example(*lines))(case)


def case(
    scraper: arguments.Scraper,
    key: arguments.Key,
    file: Annotated[Path | None, typer.Option(metavar="PAGE", help="A page in a file, instead of fetching it.")] = None,
    status: Annotated[
        int, typer.Option(min=100, max=599, help="HTTP status that the page in the file came with.")
    ] = 200,
    name: Annotated[str, typer.Option(metavar="NAME", help="The case's name; the target's key else.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a case of this name.")] = False,
) -> None:
    """Keep a page and its rows as a test case.

    The scraper's tests hold it to them from now on. The rows are what the scraper gives today, right or wrong:
    compare each value with the page by eye.
    """
    from hawker_core import registry
    from hawker_orchestrator import case_store, single

    loaded = registry.load(scraper)
    target = loaded.target.from_key(key)
    path = case_store.place(scraper, target, name, force=force)
    if file is not None:
        body, url = file.read_bytes(), loaded.request(target).url
    else:
        with err().status("fetching"):
            scraped = single.scrape(scraper, key)
        if not scraped.pages:
            raise UserError(f"{key} ended {scraped.settled.outcome}: {scraped.settled.detail}; give its page by --file")
        page = scraped.pages[0]
        body, url, status = page.body, page.url, page.status
    kept = case_store.keep(path, scraper, target, body, url=url, status=status)
    show(str(kept.page))
    show(str(path))
    detail = f" ({kept.case.detail})" if kept.case.detail else ""
    rows = "1 row" if len(kept.case.rows) == 1 else f"{len(kept.case.rows)} rows"
    say(f"outcome {kept.case.outcome}{detail}, {rows}: check every value against the page by eye")
    say("a shop's page is its own, and may name people: cut it down to what the case needs before you share it")
