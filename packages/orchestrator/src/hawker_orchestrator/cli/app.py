"""The commands of `hawker`, all in one place."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hawker_orchestrator.cli import (
    case,
    cost,
    demo,
    docs,
    doctor,
    evidence,
    fetch,
    local,
    migrate,
    new,
    rows,
    run,
    runs,
    scrapers,
    targets,
)
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.session import CLOUD, Cloud

ORDER = [
    "demo",
    "doctor",
    "scrapers",
    "targets",
    "run",
    "runs",
    "rows",
    "cost",
    "evidence",
    "fetch",
    "new",
    "case",
    "migrate",
    "docs",
    "local",
]


class _Commands(TyperGroup):
    """Lists commands in the order of their use; groups would come last."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands' names."""
        return sorted(super().list_commands(ctx), key=ORDER.index)


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("hawker demo", "hawker targets add amazon_product B00LAYVPOU", "hawker run amazon_product"),
)


@app.callback()
def hawker(
    cloud: Annotated[
        Cloud,
        typer.Option(
            "--cloud",
            "--target",
            envvar=CLOUD,
            help="Where things are: on this machine, or on AWS, in the stacks of AWS's own credentials and region. "
            "Both names are one option.",
        ),
    ] = Cloud.LOCAL,
) -> None:
    """Scrape Amazon, Walmart and eBay: every target of a run ends in one outcome that you can look up.

    Begin with `hawker demo`. Settings are environment variables, see docs/settings.md.
    """
    os.environ[CLOUD] = cloud


demo.register(app)
scrapers.register(app)
app.add_typer(targets.app, name="targets")
run.register(app)
app.add_typer(runs.app, name="runs")
rows.register(app)
cost.register(app)
evidence.register(app)
fetch.register(app)
case.register(app)
app.add_typer(new.app, name="new")
migrate.register(app)
docs.register(app)
app.add_typer(local.app, name="local")
doctor.register(app)
