"""`hawker cost`: what a run or a month costs on AWS, beside the machine that the fleet replaced."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hawker_orchestrator.cli import arguments, session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import show_json
from hawker_orchestrator.cli.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hawker_orchestrator.cost import Assumptions
    from hawker_orchestrator.forecast import Part, Start
    from hawker_orchestrator.prices import Item, Price


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "cost",
        epilog=example(
            "hawker cost latest",
            "hawker cost --month",
            "hawker cost --month --scrapers 30 --runs-per-day 4 --targets 10000",
            "hawker cost --month --scrapers 30 --runs-per-day 4 --targets 10000 --assume rate=5 --assume memory=512",
        ),
    )(cost)


def cost(  # noqa: PLR0913, PLR0917  typer reads options off the signature
    run: Annotated[
        str | None,
        typer.Argument(metavar="RUN", help="A run's name, a part of it that no other run has, or `latest`."),
    ] = None,
    month: Annotated[
        bool, typer.Option("--month", help="A month of all schedules, or of the fleet that the next options tell.")
    ] = False,
    scrapers: Annotated[int | None, typer.Option(min=1, max=10_000, metavar="N", help="Scrapers of a fleet.")] = None,
    browsers: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="How many of them need a browser; else as many as of those installed."),
    ] = None,
    runs_per_day: Annotated[
        float | None, typer.Option(min=0, max=1440, metavar="N", help="Runs of each a day (4).")
    ] = None,
    targets: Annotated[
        int | None, typer.Option(min=1, max=10_000_000, metavar="N", help="Targets of each run (10,000).")
    ] = None,
    region: Annotated[str, typer.Option(metavar="NAME", help="The region whose prices count.")] = "us-east-1",
    arch: Annotated[str, typer.Option(metavar="NAME", help="The workers' processor: arm64 or x86_64.")] = "arm64",
    prices: Annotated[Path | None, typer.Option(metavar="FILE", help="Your own prices; docs/cost.md.")] = None,
    assume: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What no run measures; docs/cost.md lists it.")
    ] = None,
    free_tier: Annotated[bool, typer.Option("--free-tier", help="Take off a month's free units.")] = False,
    json: arguments.Json = False,
) -> None:
    """Tell what a run or a month costs on AWS.

    Its parts by price, and how it compares with the t3.2xlarge that the fleet replaced.
    """
    from hawker_orchestrator import prices as price_list
    from hawker_orchestrator.cli import cost_report

    if month and run:
        raise UserError("a month is of a fleet, not of a run; leave out --month or the run")
    if free_tier and not month:
        raise UserError("the free tier is a month's; add --month")
    fleet = _fleet(scrapers, browsers, runs_per_day, targets)
    if fleet and not month:
        raise UserError("a fleet is paid by the month; add --month")
    assumed = _assumptions(assume or [])
    tariff = price_list.load(region, arch, prices)
    document = {"region": region, "architecture": arch}
    if month:
        document |= _month(fleet, assumed, tariff, free=free_tier)
    else:
        document |= _run(run or "latest", assumed, tariff)
    if json:
        show_json(document)
    elif month:
        cost_report.month(document)
    else:
        cost_report.run(document)


def _assumptions(given: Sequence[str]) -> Assumptions:
    import msgspec

    from hawker_orchestrator.cost import Assumptions

    pairs = {name.strip(): value.strip() for name, _, value in (one.partition("=") for one in given)}
    try:
        return msgspec.convert(pairs, Assumptions, strict=False)
    except msgspec.ValidationError as error:
        names = Assumptions.__struct_fields__
        of = "" if pairs.keys() <= set(names) else f", of {', '.join(names)}"
        raise UserError(f"--assume: {error}; write NAME=VALUE{of}") from None


def _run(name: str, assumed: Assumptions, tariff: Mapping[Item, Price]) -> dict[str, Any]:
    import msgspec

    from hawker_orchestrator import cost as model
    from hawker_orchestrator import cost_store, run_store, stack

    url = session.database()
    found = run_store.resolve(url, name)
    figures = cost_store.run_figures(url, found)
    lines = model.bill(model.of_run(figures, assumed), tariff)
    machine = model.total(model.bill(model.machine(assumed), tariff))
    dollars = model.total(lines)
    others = {
        where: model.total(model.bill(model.of_run(figures, msgspec.structs.replace(assumed, spot=spot)), tariff))
        for where, spot in (("spot", 1.0), ("on_demand", 0.0))
    }
    return {
        "run": found,
        "figures": msgspec.to_builtins(figures),
        **_common(lines, assumed, tariff),
        "per_1000_targets": dollars / figures.targets * 1000 if figures.targets else None,
        "tasks": others if figures.workflow == stack.FARGATE else None,
        "machine_month": machine,
        "machine_hours": dollars / machine * model.HOURS_A_MONTH if machine else None,
        "standing_month": model.total(model.bill(model.standing(assumed), tariff)),
    }


def _fleet(
    scrapers: int | None, browsers: int | None, runs_per_day: float | None, targets: int | None
) -> dict[str, Any] | None:
    """The fleet that the options tell, None where they tell none."""
    from hawker_core import registry
    from hawker_orchestrator import stack

    if scrapers is None:
        if (browsers, runs_per_day, targets) == (None, None, None):
            return None
        raise UserError(
            "how many scrapers has the fleet? Add --scrapers N, or leave the other figures to the schedules"
        )
    if browsers is None:
        kinds = [stack.workflow(registry.load(name)) for name in registry.names()]
        browsers = round(scrapers * kinds.count(stack.FARGATE) / max(1, len(kinds)))
    if browsers > scrapers:
        raise UserError(f"{browsers} browsers among {scrapers} scrapers; give fewer by --browsers")
    return {
        "scrapers": scrapers,
        "browsers": browsers,
        "runs_per_day": 4.0 if runs_per_day is None else runs_per_day,
        "targets": targets or 10_000,
    }


def _month(
    fleet: dict[str, Any] | None, assumed: Assumptions, tariff: Mapping[Item, Price], *, free: bool
) -> dict[str, Any]:
    import msgspec

    from hawker_orchestrator import cost as model
    from hawker_orchestrator import cost_store, forecast

    url = session.database()
    measured = cost_store.profiles(url)
    starts = None if fleet else _starts(cost_store.active_targets(url))

    def parts(assumed: Assumptions) -> list[Part]:
        if starts is not None:
            return forecast.timetable(measured, starts, assumed)
        http = fleet["scrapers"] - fleet["browsers"] if fleet else 0
        figures = {name: fleet[name] for name in ("browsers", "runs_per_day", "targets")} if fleet else {}
        return forecast.fleet(measured, http=http, **figures, assumed=assumed)

    def bill(assumed: Assumptions) -> list[model.Line]:
        runs = [(part.planned.figures, part.runs) for part in parts(assumed)]
        return model.bill(model.of_month(runs, assumed), tariff, free=free)

    lines, planned = bill(assumed), parts(assumed)
    machine = model.bill(model.machine(assumed), tariff)
    total, machine_total = model.total(lines), model.total(machine)
    cores = model.busy_cores((part.planned.figures, part.runs) for part in planned)
    machines = max(1.0, cores / model.MACHINE_CORES)
    what_if = {
        label: model.total(bill(msgspec.structs.replace(assumed, **change)))
        for label, change in forecast.WHAT_IF.items()
    }
    return {
        "fleet": fleet,
        "measured": msgspec.to_builtins(measured),
        "runs": [
            {
                **msgspec.to_builtins(part),
                "dollars": model.total(model.bill(model.of_run(part.planned.figures, assumed), tariff)),
                "overlaps": part.overlaps,
            }
            for part in planned
        ],
        **_common(lines, assumed, tariff),
        "free_tier": free,
        "standing": model.total(model.bill(model.standing(assumed), tariff, free=free)),
        "machine": msgspec.to_builtins(machine),
        "machine_total": machine_total,
        "ratio": total / machine_total if machine_total else None,
        "busy_cores": cores,
        "machines": machines,
        "ratio_to_machines": total / machine_total / machines if machine_total else None,
        "what_if": what_if,
    }


def _starts(targets: Mapping[str, int]) -> list[Start]:
    """The scheduled runs of all installed scrapers that have targets; each package's file stands beside its code."""
    from importlib.resources import files

    from hawker_core import registry
    from hawker_orchestrator import schedules
    from hawker_orchestrator.forecast import Start
    from hawker_orchestrator.frequency import runs_a_month

    found = []
    for marketplace, package in registry.marketplaces().items():
        path = Path(str(files(package))).parents[1] / "schedules.toml"
        if not path.is_file():
            raise UserError(f"{path}: no such file; work in a checkout, or tell a fleet by --scrapers N")
        for schedule in schedules.read(path, marketplace):
            scraper = schedule.input.scraper
            count = min(targets.get(scraper, 0), schedule.input.limit or sys.maxsize)
            if count:
                found.append(
                    Start(
                        scraper=registry.load(scraper),
                        runs=runs_a_month(schedule.cron),
                        targets=count,
                        concurrency=schedule.input.concurrency,
                    )
                )
    if not found:
        raise UserError(
            "no scheduled scraper has targets; add some by `hawker targets add`, or tell a fleet by --scrapers N"
        )
    return found


def _common(lines: Sequence[Any], assumed: Assumptions, tariff: Mapping[Item, Price]) -> dict[str, Any]:
    import msgspec

    from hawker_orchestrator import cost as model

    used = [tariff[line.item] for line in lines]
    return {
        "total": model.total(lines),
        "parts": msgspec.to_builtins(lines),
        "assumed": msgspec.to_builtins(assumed),
        "prices_from": min((price.date for price in used), default=None),
        "prices_unconfirmed": [line.item for line in lines if not tariff[line.item].confirmed],
    }
