"""`hawker rows`: what was scraped."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hawker_orchestrator.cli import arguments, session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import out, say, short, table
from hawker_orchestrator.cli.errors import UserError

if TYPE_CHECKING:
    from hawker_core.scraper import Scraper
    from hawker_orchestrator.raw_rows import Rows


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    """Add the command."""
    lines = (
        "hawker rows ebay_search --limit 5",
        "hawker rows amazon_product --format parquet --output products.parquet",
    )
    app.command(epilog=example(*lines))(rows)


def rows(
    scraper: arguments.Scraper,
    run: Annotated[
        str, typer.Option(metavar="RUN", help="A run's name, a part of it that no other run has, or `latest`.")
    ] = "latest",
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Rows at most; 20 in a table, else all.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print them; parquet needs --output.")] = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file, replacing what it holds.")
    ] = None,
) -> None:
    """Print the rows of a run, or write them to a file.

    Each row tells where it came from: run, target, position, page and time. A table shows what fits; the other
    formats have every column. Rows are streamed: a million of them is no matter.
    """
    from hawker_core import registry
    from hawker_orchestrator import raw_rows, run_store

    if form is Format.PARQUET and output is None:
        raise UserError("parquet is no text for a terminal; say --output FILE.parquet")
    if form is Format.TABLE and output is not None:
        raise UserError("a table is for a terminal; say --format csv, jsonl or parquet with --output")
    loaded = registry.load(scraper)
    url = session.database()
    name = run_store.resolve(url, run, scraper)
    with raw_rows.read(url, loaded, name, limit or (20 if form is Format.TABLE else None)) as found:
        if form is Format.TABLE:
            _table(found, name)
        elif output is None:
            (raw_rows.write_csv if form is Format.CSV else raw_rows.write_jsonl)(found, sys.stdout)
        else:
            say(f"{_write(found, loaded, form, output):,} rows of run {name} in {output}")


def _write(found: Rows, scraper: Scraper[Any, Any], form: Format, output: Path) -> int:
    from hawker_orchestrator import raw_rows

    with raw_rows.replacing(output) as path:
        if form is Format.PARQUET:
            return raw_rows.write_parquet(found, scraper, path)
        with path.open("w", encoding="utf-8", newline="") as stream:
            return (raw_rows.write_csv if form is Format.CSV else raw_rows.write_jsonl)(found, stream)


def _table(found: Rows, run: str) -> None:
    """As many columns as fit: the target, then the row's own in their order, lists and objects left out."""
    every = list(found.rows)
    if not every:
        say(f"run {run} has no rows")
        return
    wanted = [n for n, c in enumerate(found.columns) if c.name == "target" or (n > 4 and c.sql_type != "jsonb")]  # noqa: PLR2004  provenance
    cells = [[short(row[n]) for n in wanted] for row in every]
    room, shown = out().width, 0
    for place, n in enumerate(wanted):
        room -= 2 + max(len(found.columns[n].name), *(len(str(row[place] or "")) for row in cells))
        if room < 0 and shown:
            break
        shown += 1
    table([found.columns[n].name for n in wanted[:shown]], [row[:shown] for row in cells])
    if left := len(found.columns) - shown:
        say(f"run {run}; {left} more columns by --format csv, jsonl or parquet")
