"""`hawker new`: begin something."""

from __future__ import annotations

from typing import Annotated

import typer

from hawker_orchestrator.cli import arguments, session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import say, show

app = arguments.group("Begin a new scraper.", "hawker new scraper ebay_store --url 'https://www.ebay.com/str/{store}'")


@app.command(epilog=example("hawker new scraper ebay_store --url 'https://www.ebay.com/str/{store}'"))
def scraper(
    name: Annotated[str, typer.Argument(metavar="MARKETPLACE_THING", help="Its name, such as ebay_store.")],
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="The page to scrape, with the target's field in braces.")
    ] = None,
) -> None:
    """Write a new scraper into its package.

    Scraper, row, a first case that passes, and the migration for its table. Works in a checkout of Hawker.
    """
    from hawker_orchestrator import scaffold

    scaffold.checkout()
    written = scaffold.new_scraper(name, url, session.database())
    for path in [*written.files, written.migration]:
        show(str(path))
    package = written.folder.parents[3]
    say("Now make it a scraper:")
    say("  change row.py and scraper.py, and the first case with them")
    say(f"  hawker migrate --new {package.name} --message 'what changed in the row'")
    say(f"  hawker fetch {name} KEY    shows what it makes of a page")
    say(f"  hawker case {name} KEY     keeps that page as a test")
    say(f"  (cd {package} && hatch run test)")
