"""`hawker-storefront`: serve the shops, print targets."""

from __future__ import annotations

import asyncio
import csv
import errno
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hawker_storefront.captured import Captured
from hawker_storefront.config import Config, ConfigError, change, folder, read
from hawker_storefront.run import HOST, serve_until_told
from hawker_storefront.server import SHOPS, Storefront
from hawker_storefront.targets import COLUMNS, UnknownScraperError, columns, targets

if TYPE_CHECKING:
    from typing import NoReturn

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The three shops offline, for tests. Never deploy it."
)

Seed = Annotated[int | None, typer.Option(help="What every page and fault is derived from.")]
Pages = Annotated[Path | None, typer.Option(help="Serve this folder of captured pages instead of made-up ones.")]


@app.command("serve")
def serve_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8600,
    seed: Seed = None,
    faults: Annotated[Path | None, typer.Option(help="TOML or JSON file of faults.")] = None,
    pages: Pages = None,
    slow: Annotated[float | None, typer.Option(min=0, help="Median latency added to every page, in ms.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the faults file, as persistent.captcha=2.5.")
    ] = None,
) -> None:
    """Serve the shops until interrupted; prints the origin when ready."""
    try:
        store = Storefront(_config(faults, seed=seed, pages=pages, slow=slow, settings=settings))
        asyncio.run(serve_until_told(store, port, typer.echo))
    except ConfigError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        _fail(f"port {port} on {HOST} is taken: choose another with --port, or 0 for a free one")


@app.command("targets")
def targets_command(
    scraper: Annotated[str, typer.Argument(help=f"{', '.join(COLUMNS)}.")],
    count: Annotated[int, typer.Option(min=1, help="How many.")] = 100,
    offset: Annotated[int, typer.Option(min=0, help="How many to skip first.")] = 0,
    seed: Seed = None,
    pages: Pages = None,
) -> None:
    """Print a scraper's targets as CSV."""
    config = _config(None, seed=seed, pages=pages)
    try:
        names = columns(scraper)
        path = folder(config, SHOPS)
        rows = Captured(path, config.seed).targets(scraper) if path else targets(scraper, count, offset, config.seed)
    except (UnknownScraperError, ConfigError) as error:
        _fail(str(error))
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _config(
    faults: Path | None,
    *,
    seed: int | None,
    pages: Path | None,
    slow: float | None = None,
    settings: list[str] | None = None,
) -> Config:
    """The file's configuration, with the options of the command line over it."""
    given = list(settings or ())
    if seed is not None:
        given.append(f"seed={seed}")
    if pages is not None:
        given.append(f"pages={json.dumps(str(pages))}")
    if slow is not None:
        given += [f"latency.median_ms={slow}", f"latency.p95_ms={slow * 3}"]
    try:
        return change(read(faults) if faults else Config(), given)
    except ConfigError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(f"hawker-storefront: {message}", err=True)
    raise typer.Exit(2)
