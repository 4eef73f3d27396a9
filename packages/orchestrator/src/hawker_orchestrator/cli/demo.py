"""`hawker demo`: the whole of Hawker on this machine, against offline shops that misbehave like real ones."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from hawker_orchestrator.cli import session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import say, show
from hawker_orchestrator.cli.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hawker_orchestrator.engine import Engine, Execution
    from hawker_storefront import Config

SEED = 7
TARGETS = {"amazon_product": 130, "amazon_offers": 90, "walmart_product": 110, "ebay_search": 90}
BROWSER_TARGETS = {"ebay_seller_feedback": 60}  # through the Fargate workflow, where there is a Chromium
# For shops that ask for no manners: no limit of the rate, and no long wait for pages that never come.
SETTINGS = {"HAWKER_PER_SECOND": "0", "HAWKER_TIMEOUT_SECONDS": "15", "HAWKER_CONCURRENCY": "3"}
FOLDER = "demo"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=example("hawker demo"))(demo)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the demo's local cloud and database running.")] = False,
) -> None:
    """Show all of Hawker on this machine, against offline shops.

    Takes two minutes. Starts a local cloud with PostgreSQL, and shops in which some pages are gone, blocked, broken
    or never come. Scrapes 420 targets with four scrapers in Lambdas, and 60 with a browser in a task where Chromium is
    installed, through the real state machines; holds every outcome against what the shops know they served (exit
    code 1 if any differs), and leaves the rows to be looked at. Its data have a folder of their own: nothing that you
    scrape yourself is touched.
    """
    from hawker_storefront import start

    if session.cloud() is session.Cloud.AWS:
        raise UserError("the demo plays on this machine alone; leave out --cloud aws")
    os.environ["HAWKER_DATA_DIR"] = str(session.data_dir() / FOLDER)
    shop = start(_shops())
    os.environ.update(SETTINGS, HAWKER_GATEWAY=shop.origin)
    try:
        with _engine(keep=keep) as engine:
            from hawker_orchestrator.cli.demo_report import Accounts

            wanted = TARGETS | _browser_targets()
            with _targets(wanted):
                runs = _scrape(engine, list(wanted))
            accounts = Accounts(session.database(), runs, shop.store.ledger)
            accounts.show()
            _sequel(keep=keep)
    finally:
        shop.stop()
    if accounts.differences:
        raise typer.Exit(1)


def _shops() -> Config:
    """Shops with each kind of trouble; the shares are percentages."""
    from hawker_storefront import Config, Latency, Persistent, Transient

    return Config(
        seed=SEED,
        persistent=Persistent(captcha=2, forbidden=1, gone=5, hang=1, error=1, offsite=0.5, empty=4, garbled=1),
        transient=Transient(throttled=3, unavailable=3, reset=2, truncated=2, slow_body=2, slow_body_s=0.5),
        latency=Latency(median_ms=60, p95_ms=250),
    )


@contextmanager
def _engine(*, keep: bool) -> Iterator[Engine]:
    """The demo's own local cloud; what was not running before is stopped in the end."""
    from hawker_orchestrator.local import daemon

    folder = session.data_dir()
    was_up = daemon.status(folder) is not None
    try:
        yield session.engine()
    finally:
        if not keep and not was_up:
            daemon.down(folder)


def _browser_targets() -> dict[str, int]:
    """The browser's part of the demo; without a Chromium it is left out, and that is said."""
    from hawker_core.settings import BadSettingError, settings

    try:
        from hawker_core.fetch import chromium

        chromium.find(settings())
    except (BadSettingError, ModuleNotFoundError) as error:  # no browser, or no hawker-core[browser]
        say(f"left out: {', '.join(BROWSER_TARGETS)}, which need a browser ({error})")
        return {}
    return BROWSER_TARGETS


@contextmanager
def _targets(numbers: Mapping[str, int]) -> Iterator[None]:
    """The demo's targets, active for as long as its shops are there."""
    from hawker_core import registry
    from hawker_orchestrator import target_store
    from hawker_storefront import targets

    url = session.database()
    wanted = {
        scraper: [registry.load(scraper).target.from_fields(fields) for fields in targets(scraper, count, root=SEED)]
        for scraper, count in numbers.items()
    }
    for scraper, its in wanted.items():
        strangers = {stored.key for stored in target_store.active(url, scraper)} - {target.key for target in its}
        if strangers:
            raise UserError(
                f"{scraper} has {len(strangers)} targets of your own here; unset HAWKER_DATABASE_URL for the demo"
            )
    added = sum(sum(target_store.add(url, scraper, its)) for scraper, its in wanted.items())
    say(f"{added} targets for {', '.join(numbers)}")
    try:
        yield
    finally:
        for scraper, its in wanted.items():
            target_store.remove(url, scraper, [target.key for target in its])


def _scrape(engine: Engine, scrapers: Sequence[str]) -> dict[str, str]:
    """Run all scrapers at the same time; returns the runs' names by scraper."""
    from hawker_orchestrator.cli.run import fail, watch
    from hawker_orchestrator.engine import RunError

    going: dict[str, Execution] = {}
    try:
        for scraper in reversed(scrapers):  # the browser, which takes longest, first
            going[scraper] = engine.start(scraper)
        runs = {scraper: going[scraper].run for scraper in scrapers}
        for scraper, progress in watch(engine, going).items():
            run = going.pop(scraper).run
            if progress.execution != "SUCCEEDED":
                fail(run, progress)
    except KeyboardInterrupt:
        say("stopping the demo's runs")
        raise
    finally:
        for execution in going.values():  # after an error, too, no run is left behind as if it went on
            with suppress(RunError):
                engine.stop(execution.run)
    return runs


def _sequel(*, keep: bool) -> None:
    """Where the data are and what to try with them."""
    hawker = "./dev hawker" if os.environ.get("HATCH_ENV_ACTIVE") and shutil.which("./dev") else "hawker"
    folder = session.data_dir()
    external = session.external_database()
    query = "SELECT title, price, currency, rating FROM raw.amazon_product ORDER BY price DESC NULLS LAST LIMIT 5"
    url = session.database()
    show("Look around", style="bold")
    if not external:
        show(f"  export HAWKER_DATA_DIR={folder}   # the demo's data; unset it before you scrape shops of your own")
    show(f"  {hawker} runs list")
    show(f"  {hawker} runs show latest")
    show(f"  {hawker} rows ebay_search --limit 5")
    show(f"  {hawker} rows amazon_product --format parquet --output products.parquet")
    show()
    if not keep and not external:
        show(f"The database is stopped; `{hawker} local up` starts it again. Then, in SQL:", style="bold")
    else:
        show("In SQL", style="bold")
    shown = session.hide_password(url)
    show(f"  psql '{shown}' -c '{query}'")
    show(f"  {sys.executable} -c \"import psycopg; print(*psycopg.connect('{shown}').execute('{query}'), sep='\\n')\"")
    show()
    show("Scrape the real shops", style="bold")
    if not external:
        show("  unset HAWKER_DATA_DIR")
    show(f"  {hawker} targets add amazon_product B00LAYVPOU && {hawker} run amazon_product")
