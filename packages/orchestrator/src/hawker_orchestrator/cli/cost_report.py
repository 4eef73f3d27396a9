"""What a run or a month costs, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from hawker_orchestrator.cli.console import out, pairs, seconds, show, size, table

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAST = 0.005  # share of the sum below which parts are shown as one
_LONGEST_BAR = 24
_WIDTH = 82  # of the columns before it


def run(document: Mapping[str, Any]) -> None:
    """One run: what it adds to the bill."""
    figures = document["figures"]
    _parts(document, f"Run {document['run']} in {document['region']} on {document['architecture']}")
    show()
    tasks = document["tasks"] or {}
    pairs(
        [
            ("this run", _dollars(document["total"])),
            ("1,000 targets", _maybe(document["per_1000_targets"])),
            ("tasks on Spot alone", _maybe(tasks.get("spot"))),
            ("tasks on demand alone", _maybe(tasks.get("on_demand"))),
            ("workers", f"{seconds(figures['wall'])} in {figures['invocations']:,.0f} invocations"),
            ("the t3.2xlarge", f"costs as much in {seconds((document['machine_hours'] or 0) * 3600)}"),
            ("not in it", f"{_dollars(document['standing_month'])} a month that stand whatever runs"),
        ]
    )
    _prices(document)


def month(document: Mapping[str, Any]) -> None:
    """A month of a fleet, its runs, and what would change it."""
    title = f"A month in {document['region']} on {document['architecture']}: {_fleet(document)}"
    _parts(document, title)
    show()
    pairs(
        [
            ("this fleet", f"{_dollars(document['total'])} a month"),
            ("of it standing", f"{_dollars(document['standing'])}, whatever runs"),
            (
                "the t3.2xlarge",
                f"{_dollars(document['machine_total'])} a month with disk and address",
            ),
            ("ratio", Text(_ratio(document["ratio"]), style="bold")),
            (
                "its cores",
                f"{document['busy_cores']:.1f} paid for on the average: {document['machines']:.1f} such machines",
            ),
            ("ratio to these", _ratio(document["ratio_to_machines"])),
            ("free tier", "taken off" if document["free_tier"] else "not counted"),
        ]
    )
    show()
    _runs(document)
    show()
    _measured(document)
    show()
    _what_if(document)
    _prices(document)


def _fleet(document: Mapping[str, Any]) -> str:
    fleet = document["fleet"]
    if fleet is None:
        return f"the schedules of {len(document['runs'])} scrapers that have targets"
    return (
        f"{fleet['scrapers']:,} scrapers, {fleet['browsers']:,} of them with a browser, "
        f"{fleet['runs_per_day']:g} runs a day, {fleet['targets']:,} targets each"
    )


def _parts(document: Mapping[str, Any], title: str) -> None:
    whole = document["total"] or 1.0
    large = [part for part in document["parts"] if part["dollars"] / whole >= _LEAST]
    most = max((part["dollars"] for part in large), default=1.0)
    bar = max(0, min(_LONGEST_BAR, out().width - _WIDTH))
    rows: list[tuple[object, ...]] = [
        (
            part["part"],
            f"{_quantity(part['quantity'])} {part['unit']}",
            _unit_price(part["price"], part["per"]),
            _dollars(part["dollars"]),
            f"{part['dollars'] / whole:.1%}",
            Text("\N{FULL BLOCK}" * round(part["dollars"] / most * bar), style="cyan"),
        )
        for part in large
    ]
    if small := [part["dollars"] for part in document["parts"] if part["dollars"] / whole < _LEAST]:
        rows.append(
            (f"{len(small)} smaller ones", "see --json", "", _dollars(sum(small)), f"{sum(small) / whole:.1%}", "")
        )
    rows.append((Text("sum", style="bold"), "", "", Text(_dollars(document["total"]), style="bold"), "100.0%", ""))
    shown = 6 if bar else 5
    columns = ("part", "quantity", "at", "dollars", "share", "")[:shown]
    table(columns, [row[:shown] for row in rows], title=title, right=("quantity", "dollars", "share"))


def _runs(document: Mapping[str, Any]) -> None:
    rows = [
        (
            part["like"],
            f"{part['runs']:,.0f}",
            f"{part['targets']:,}",
            f"{part['planned']['workers']} {part['planned']['figures']['workflow']}",
            f"{seconds(part['planned']['seconds'])}{' *' if part['overlaps'] else '  '}",
            seconds(part["planned"]["figures"]["wall"]),
            _dollars(part["dollars"]),
        )
        for part in document["runs"]
    ]
    columns = ("scrapers like", "runs", "targets", "workers", "one takes  ", "paid for", "a run")
    table(columns, rows, title="Runs of the month", right=("runs", "targets", "one takes  ", "paid for", "a run"))
    if any(part["overlaps"] for part in document["runs"]):
        show("* longer than the time to the next run: two at once ask the shop at twice the rate", style="yellow")


def _measured(document: Mapping[str, Any]) -> None:
    rows = [
        (
            one["scraper"],
            f"{one['requests']:.2f}",
            size(one["received"]),
            seconds(one["cpu"]),
            f"{one['rows']:.1f}",
            size(one["row_bytes"]),
            f"{one['failures']:.0%}",
        )
        for one in document["measured"]
    ]
    columns = ("scraper", "requests", "received", "CPU", "rows", "a row", "not ok")
    table(columns, rows, title="Measured, for one target", right=columns[1:])
    assumed = document["assumed"]
    rate = "each scraper's own rate" if assumed["rate"] is None else f"{assumed['rate']:g} pages a second in each run"
    show(
        f"Assumed: {assumed['latency']:g} s a request, {assumed['browser_seconds']:g} s a page in a browser, {rate}, "
        "one host for each scraper; more by --json.",
        style="dim",
    )


def _what_if(document: Mapping[str, Any]) -> None:
    rows = [
        (label, _dollars(dollars), _ratio(dollars / document["machine_total"] if document["machine_total"] else None))
        for label, dollars in document["what_if"].items()
    ]
    table(("with", "dollars a month", "ratio"), rows, title="What if", right=("dollars a month", "ratio"))


def _prices(document: Mapping[str, Any]) -> None:
    doubtful = len(document["prices_unconfirmed"])
    if document["parts"]:
        show(
            f"List prices of {document['prices_from']} or later, {doubtful} of {len(document['parts'])} not confirmed; "
            "give newer ones by --prices FILE. The model: docs/cost.md",
            style="dim",
        )


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _quantity(value: float) -> str:
    if value >= 1e6:  # noqa: PLR2004  a million
        return f"{value / 1e6:,.1f} M"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004  three figures tell enough


def _unit_price(price: float, per: float) -> str:
    text = f"{price:.10f}".rstrip("0")
    whole, _, cents = text.partition(".")
    unit = {1: "", 1e6: " /M"}.get(per, f" /{per:,.0f}")
    return f"${whole}.{cents:0<2}{unit}"


def _dollars(value: float) -> str:
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.4f}"


def _maybe(value: float | None) -> str | None:
    return None if value is None else _dollars(value)
