"""`hawker fetch`: one target, here and now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hawker_orchestrator.cli import arguments
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import complain, err, pairs, say, seconds, show, show_json

if TYPE_CHECKING:
    from hawker_orchestrator.single import Scraped

_SHOWN = 3  # rows


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "hawker fetch amazon_product B00LAYVPOU", "hawker fetch ebay_search 'usb cable;domain=de' --save page.html"
        )
    )(fetch)


def fetch(
    scraper: arguments.Scraper,
    key: arguments.Key,
    json: arguments.Json = False,
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep the first page's body in this file.")] = None,
) -> None:
    """Fetch and parse one target here and now.

    Needs no database and no cloud, and stores nothing. Settings such as HAWKER_GATEWAY, HAWKER_PROXY and
    HAWKER_USER_AGENT hold. Exit code: 0 rows were found, 3 the target ended otherwise, such as blocked or gone.
    """
    from hawker_orchestrator import single

    with err().status("fetching"):
        scraped = single.scrape(scraper, key)
    if save is not None:
        _save(scraped, save)
    settled = scraped.settled
    if json:
        show_json(single.as_json(scraped))
    else:
        _show(scraped)
    if settled.outcome != "ok":
        raise typer.Exit(3)


def _save(scraped: Scraped, path: Path) -> None:
    if not scraped.pages:
        complain(f"no content page to save in {path}")
        return
    path.write_bytes(scraped.pages[0].body)
    say(f"{len(scraped.pages[0].body):,} bytes of {scraped.pages[0].url} in {path}")


def _show(scraped: Scraped) -> None:
    from msgspec.structs import asdict

    settled, statistics = scraped.settled, scraped.statistics
    retries = f", {statistics.retries} of them retries" if statistics.retries else ""
    pairs(
        [
            ("target", scraped.key),
            ("outcome", str(settled.outcome)),
            ("because", settled.detail),
            ("took", f"{seconds(settled.seconds)}, {statistics.requests} requests{retries}"),
            ("tiles not understood", sum(len(page.bad) for page in scraped.pages) or None),
            ("rows", len(settled.rows) or None),
        ]
    )
    for number, (url, row) in enumerate(settled.rows[:_SHOWN], start=1):
        show()
        fields = [(name, _plain(value)) for name, value in asdict(row).items()]
        pairs([("url", url), *fields], title=f"Row {number}" if len(settled.rows) > 1 else "")
    if (more := len(settled.rows) - _SHOWN) > 0:
        say(f"and {more} more rows; see --json")


def _plain(value: object) -> object:
    """A value as a reader wants it; one that is missing is shown as such, not left out."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_plain(its)}" for name, its in value.items()) or "{}"
    if isinstance(value, list):
        return "\n".join(", ".join(map(str, v.values())) if isinstance(v, dict) else str(v) for v in value) or "[]"
    return value
