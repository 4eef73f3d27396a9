"""`hawker targets`: what runs scrape."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from hawker_orchestrator.cli import arguments, session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import moment, say, show, show_json, table
from hawker_orchestrator.cli.errors import UserError

if TYPE_CHECKING:
    from hawker_orchestrator.target_store import Added

app = arguments.group(
    "Add, list and remove the targets that runs scrape.",
    "hawker targets add amazon_product B00LAYVPOU",
    "hawker targets import ebay_search keywords.csv",
)


class Format(StrEnum):
    """How a file of targets is written."""

    CSV = "csv"
    JSONL = "jsonl"


@app.command(epilog=example("hawker targets add amazon_product B00LAYVPOU 'B07ZCVN7YN;domain=es'"))
def add(scraper: arguments.Scraper, keys: arguments.Keys) -> None:
    """Add targets by their keys.

    A key is the scraper's main field, then ;name=value for each other field that differs from its default. Nothing is
    added when one of them is wrong.
    """
    from hawker_core import registry
    from hawker_orchestrator import target_store

    kind = registry.load(scraper).target
    targets = [kind.from_key(key) for key in keys]
    for target in targets:
        target_store.key_of(target)
    _tell(scraper, target_store.add(session.database(), scraper, targets), "given twice")


@app.command(
    "import",
    epilog=example(
        "hawker targets import ebay_search keywords.csv",
        "cat more.jsonl | hawker targets import walmart_product - --format jsonl",
    ),
)
def import_(
    scraper: arguments.Scraper,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with a header, or JSON Lines; - is standard input.")
    ],
    form: Annotated[
        Format | None, typer.Option("--format", help="The file's format, where its ending does not tell.")
    ] = None,
) -> None:
    """Import targets from a file.

    All of them, or none when a line is wrong. The header, or each object's names, are the scraper's target fields;
    `hawker scrapers` lists them. Blank values take the defaults. Targets that are there already stay as they are.
    """
    from hawker_core import registry
    from hawker_orchestrator.target_file import FORMATS

    kind = registry.load(scraper).target
    chosen = form or FORMATS.get(file.suffix.lower())
    if str(file) == "-":
        if form is None:
            raise UserError("standard input has no ending; say --format csv or --format jsonl")
        _import(scraper, kind, sys.stdin.buffer, form, "standard input")
        return
    if chosen is None:
        raise UserError(f"{file}: its ending tells no format; say --format csv or --format jsonl")
    with file.open("rb") as stream:
        _import(scraper, kind, stream, chosen, str(file))


def _import(scraper: str, kind: type, stream: BinaryIO, form: str, name: str) -> None:
    from hawker_orchestrator import target_store
    from hawker_orchestrator.target_file import BadLinesError, TargetFile

    try:
        added = target_store.add(session.database(), scraper, TargetFile(stream, kind, form))
    except BadLinesError as bad:
        lines = "line is" if bad.count == 1 else "lines are"
        text = "".join(f"\n  {line}" for line in str(bad).splitlines())
        raise UserError(f"{name}: {bad.count:,} {lines} wrong; nothing was imported{text}") from None
    if not sum(added):
        say(f"{name} holds no targets")
    _tell(scraper, added, "twice in the file")


def _tell(scraper: str, added: Added, twice: str) -> None:
    parts = [
        f"{added.added:,} added",
        f"{added.again:,} active again" if added.again else "",
        f"{added.known:,} already there",
        f"{added.duplicates:,} {twice}" if added.duplicates else "",
    ]
    show(f"{scraper}: {', '.join(part for part in parts if part)}")


@app.command(
    "list",
    epilog=example("hawker targets list amazon_product", "hawker targets list amazon_product --json > backup.jsonl"),
)
def list_(
    scraper: arguments.Scraper,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Targets at most; 100, or all as JSON.")] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON Lines, as `hawker targets import` reads them.")
    ] = False,
) -> None:
    """List the active targets of a scraper, the oldest first."""
    import msgspec

    from hawker_core import registry
    from hawker_orchestrator import target_store

    kind = registry.load(scraper).target
    url = session.database()
    if json:
        for stored in target_store.active(url, scraper, limit):
            show_json(msgspec.structs.asdict(kind.from_key(stored.key)), line=True)
        return
    shown = limit or 100
    rows = list(target_store.active(url, scraper, shown))
    if not rows:
        say(f"{scraper} has no targets; add some by `hawker targets add {scraper} KEY...`")
        return
    table(("key", "added"), [(key, moment(added_at)) for key, added_at in rows])
    if (count := target_store.count(url, scraper)) > len(rows):
        say(f"{len(rows):,} of {count:,}; see more with --limit, or all with --json")


@app.command(epilog=example("hawker targets remove amazon_product B00LAYVPOU"))
def remove(scraper: arguments.Scraper, keys: arguments.Keys) -> None:
    """Remove targets.

    No further run scrapes them; the rows that earlier runs got stay.
    """
    from hawker_core import registry
    from hawker_orchestrator import target_store

    kind = registry.load(scraper).target
    removed = target_store.remove(session.database(), scraper, [kind.from_key(key).key for key in keys])
    show(f"{scraper}: {removed:,} removed")
