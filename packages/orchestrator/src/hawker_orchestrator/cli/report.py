"""What a run came to: the short table after a run and the long one of `hawker runs show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from hawker_core import registry, stats
from hawker_core.registry import UnknownScraperError
from hawker_orchestrator.cli.console import STYLES, moment, pairs, seconds, show, size, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hawker_core.stats import Sketch, Statistics

INCOMPLETE = 3  # the exit code of a run that is partial, stopped or judged bad


def exit_code(run: Mapping[str, Any]) -> int:
    """0 for a complete run with a good verdict, else 3."""
    summary = run["summary"]
    well = summary and run["status"] == "complete" and summary["verdict"] == "good"
    return 0 if well else INCOMPLETE


def in_order(outcomes: Mapping[str, int]) -> dict[str, int]:
    """Counts in the order in which outcomes are listed everywhere."""
    return {name: outcomes[name] for name in STYLES if name in outcomes}


def short(run: Mapping[str, Any]) -> None:
    """What somebody who has just waited for a run wants to know."""
    summary = run["summary"]
    table(
        ("outcome", "targets", "share"),
        [
            (name, n, f"{n / max(1, sum(run['outcomes'].values())):.1%}")
            for name, n in in_order(run["outcomes"]).items()
        ],
        right=("targets", "share"),
    )
    show()
    pairs([("run", run["id"]), ("status", run["status"]), *_verdict(summary), *_figures(summary)])


def several(runs: Sequence[Mapping[str, Any]]) -> None:
    """What runs that somebody has waited for together came to: one line each."""
    present = in_order({name: 1 for run in runs for name in run["outcomes"]})
    columns = ("targets", *present, "rows", "took")
    table(
        ("run", "status", "verdict", *columns),
        [
            (
                run["id"],
                run["status"],
                run["summary"]["verdict"] if run["summary"] else None,
                sum(run["outcomes"].values()),
                *(run["outcomes"].get(name, 0) or None for name in present),
                run["summary"]["rows"] if run["summary"] else None,
                seconds(run["summary"]["seconds"]) if run["summary"] else None,
            )
            for run in runs
        ],
        right=columns,
    )


def long(run: Mapping[str, Any]) -> None:
    """All that is known of a run."""
    summary = run["summary"]
    measured = stats.decode(summary["statistics"]) if summary else None
    pairs(
        [
            ("run", run["id"]),
            ("scraper", run["scraper"]),
            ("status", run["status"]),
            *_verdict(summary),
            ("started", moment(run["started_at"])),
            ("closed", moment(run["closed_at"])),
            ("round", f"{run['round']} (resumed {run['round'] - 1} times)" if run["round"] > 1 else None),
            *_figures(summary),
        ]
    )
    show()
    _outcomes(run)
    show()
    _chunks(run["chunks"])
    if measured is not None:
        show()
        _measured(measured, summary)
        _filled(run["scraper"], measured)


def _verdict(summary: Mapping[str, Any] | None) -> list[tuple[str, object]]:
    if summary is None:
        return [("verdict", "none until the run is closed")]
    reasons = "\n".join(summary["reasons"])
    return [("verdict", summary["verdict"]), ("because", reasons or None)]


def _figures(summary: Mapping[str, Any] | None) -> list[tuple[str, object]]:
    if summary is None:
        return []
    measured = stats.decode(summary["statistics"])
    return [
        ("rows", summary["rows"]),
        ("took", seconds(summary["seconds"])),
        ("requests", f"{measured.requests:,}, {measured.retries:,} of them retries"),
        ("latency", _quantiles(measured.latency)),
        ("peak memory", f"{size(measured.peak_memory)} in one worker" if measured.peak_memory else None),
    ]


def _outcomes(run: Mapping[str, Any]) -> None:
    rows: list[tuple[object, ...]] = []
    for name, n in in_order(run["outcomes"]).items():
        reasons = run["details"].get(name, [])
        rows.append((name, n, *_reason(reasons[:1])))
        rows += [("", "", *_reason([reason])) for reason in reasons[1:]]
    table(("outcome", "targets", "of these", "detail"), rows, title="Outcomes", right=("targets", "of these"))


def _reason(reasons: list[tuple[str, int]]) -> tuple[object, object]:
    return (reasons[0][1], reasons[0][0]) if reasons else ("", "")


def _chunks(chunks: list[dict[str, Any]]) -> None:
    counts: dict[str, int] = {}
    for chunk in chunks:
        counts[chunk["status"]] = counts.get(chunk["status"], 0) + 1
    told = ", ".join(f"{n:,} {status}" for status, n in counts.items()) or "none"
    show(f"Chunks: {told}", style="bold")
    if failed := [chunk for chunk in chunks if chunk["error"]]:
        table(
            ("chunk", "round", "targets", "status", "error"),
            [(c["number"], c["round"], c["targets"], c["status"], c["error"]) for c in failed[:10]],
            right=("chunk", "round", "targets"),
        )
    if len(failed) > 10:  # noqa: PLR2004  as many as are shown
        show(f"and {len(failed) - 10:,} more with errors; see --json")


def _measured(measured: Statistics, summary: Mapping[str, Any]) -> None:
    statuses = ", ".join(f"{status}: {n:,}" for status, n in sorted(measured.statuses.items()))
    pairs(
        [
            ("invocations", measured.invocations),
            ("one target", _quantiles(measured.target)),
            ("statuses", statuses or None),
            ("received", f"{size(measured.received)}, {size(measured.bodies)} of pages decompressed"),
            ("pages", measured.pages),
            ("tiles not understood", measured.bad_tiles or None),
            ("pages of odd length", measured.odd_pages or None),
            ("disallowed by robots.txt", measured.disallowed or None),
            ("CPU", f"{seconds(measured.cpu)} in {seconds(measured.wall)} of workers"),
            ("memory time", f"{measured.gb_seconds:,.1f} GB-seconds"),
            ("statistics", None if measured.complete else "of a worker that was killed: its last seconds are missing"),
            ("targets per second", f"{measured.settled / summary['seconds']:,.1f}" if summary["seconds"] else None),
        ],
        title="Measured",
    )


def _quantiles(sketch: Sketch) -> str | None:
    found = {q: seconds(sketch.quantile(q / 100)) for q in (50, 95, 99)}
    return ", ".join(f"p{q} {value}" for q, value in found.items()) if found[50] else None


def _filled(scraper: str, measured: Statistics) -> None:
    if not measured.rows:
        return
    try:
        loaded = registry.load(scraper)
    except UnknownScraperError:
        return  # a run of a package that is not installed here
    wanted = loaded.expect.filled
    rows: list[tuple[object, ...]] = []
    for name in loaded.row.__struct_fields__:
        share = measured.filled.get(name, 0) / measured.rows
        least = wanted.get(name)
        missed = least is not None and share < least
        rows.append(
            (name, Text(f"{share:.1%}", style="red" if missed else ""), "" if least is None else f"{least:.0%}")
        )
    show()
    table(("field", "filled", "expected"), rows, title="Fields", right=("filled", "expected"))
