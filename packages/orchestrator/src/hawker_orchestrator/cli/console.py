"""How the command line talks: results to standard output, all else to standard error, readable without a terminal."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WIDE = 200  # columns where no terminal limits them: a file or a pipe must not get wrapped or cut cells
# The colours of the outcomes, which mean the same wherever they are shown.
STYLES = {
    "ok": "green",
    "empty": "cyan",
    "gone": "cyan",
    "blocked": "red",
    "timeout": "yellow",
    "http": "yellow",
    "parse": "magenta",
    "skipped": "dim",
    "pending": "dim",
    "good": "green",
    "bad": "red",
    "complete": "green",
    "partial": "yellow",
    "stopped": "yellow",
    "running": "cyan",
    "missing": "red",
}


@cache
def out() -> Console:
    """Standard output."""
    return _console(stderr=False)


@cache
def err() -> Console:
    """Standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=None if terminal else _WIDE)


def say(text: str) -> None:
    """A note on what is going on; on standard error, so that results can be piped."""
    err().print(text, style="dim", soft_wrap=True)


def complain(text: str) -> None:
    """What went wrong."""
    err().print(f"hawker: {text}", style="red", soft_wrap=True)


def show(text: str = "", style: str = "") -> None:
    """A line of the result."""
    out().print(text, style=style, soft_wrap=True)


def show_json(value: Any, *, line: bool = False) -> None:
    """A result for programs; `line` keeps it on one line, as JSON Lines want it."""
    indent = None if line else 2
    sys.stdout.write(json.dumps(value, indent=indent, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", right: Sequence[str] = ()
) -> None:
    """Print a table; None is shown as nothing, the columns named in `right` are aligned to the right."""
    if title:
        show(title, "bold")  # a title of rich's own is wrapped at the table's width
    made = Table(header_style="bold", box=None, pad_edge=False)
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
    _print(made)


def pairs(rows: Iterable[tuple[str, object]], *, title: str = "") -> None:
    """Print names and values below each other; those whose value is None are left out."""
    if title:
        show(title, "bold")
    made = Table(show_header=False, box=None, pad_edge=False)
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows:
        if value is not None:
            made.add_row(name, _cell(value))
    _print(made)


def _print(made: Table) -> None:
    """Print a table; where it goes to a file, without the blanks that would fill its lines."""
    if out().is_terminal:
        out().print(made)
        return
    with out().capture() as captured:
        out().print(made)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value
    text = (
        "" if value is None else value if isinstance(value, str) else f"{value:,}" if type(value) is int else str(value)
    )
    # What a shop wrote must not reach the terminal as a command.
    return Text("".join(c if c.isprintable() or c == "\n" else " " for c in text), style=STYLES.get(text, ""))


def short(value: object, most: int = 48) -> object:
    """A value whose text, where it is long, is cut."""
    text = str(value)
    return value if value is None or len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def seconds(value: float | None) -> str | None:
    """A duration as people say it: 340 ms, 2.1 s, 3 min 20 s, 2 h 5 min."""
    if value is None:
        return None
    if value < 0.9995:  # noqa: PLR2004  what rounds to a second is one
        return f"{value * 1000:.0f} ms"
    if value < 60:  # noqa: PLR2004  seconds
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def size(value: float | None) -> str | None:
    """Bytes as people say them: 812 B, 34 KB, 5.2 MB (powers of 1024)."""
    if value is None:
        return None
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1024 or unit == "GB":  # noqa: PLR2004  the next unit
            return f"{value:.0f} {unit}" if unit in {"B", "KB"} else f"{value:.1f} {unit}"
        value /= 1024
    return None


def moment(value: datetime | None) -> str | None:
    """A time in the user's own zone."""
    return None if value is None else f"{value.astimezone():%Y-%m-%d %H:%M:%S}"


def ago(value: datetime) -> str:
    """How long ago a time was."""
    return f"{seconds(max(1.0, (datetime.now(UTC) - value).total_seconds()))} ago"
