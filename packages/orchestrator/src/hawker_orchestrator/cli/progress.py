"""Shows how far runs have come: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hawker_orchestrator.cli.console import STYLES, err, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from rich.progress import TaskID

    from hawker_orchestrator.engine import Progress as RunProgress

_EVERY = 5.0  # seconds between two lines of a run where there is no terminal, and a tenth of its time at least


class RunBars:
    """A bar, or lines, for each run by its label; a context manager. Bars vanish at its end."""

    def __init__(self) -> None:
        self._bars = (
            Progress(
                SpinnerColumn(finished_text=" "),
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[counts]}"),
                console=err(),
                transient=True,
            )
            if err().is_terminal
            else None
        )
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, tuple[float, str]] = {}
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop drawing."""
        if self._bars:
            self._bars.stop()

    def update(self, label: str, now: RunProgress) -> None:
        """Show the present state of a run."""
        if self._bars is None:
            self._say(label, now)
            return
        if label not in self._tasks:
            self._tasks[label] = self._bars.add_task(label, total=None, counts="")
        coloured = "  ".join(f"[{STYLES[name]}]{name} {n:,}[/]" for name, n in _settled(now).items())
        self._bars.update(
            self._tasks[label], total=now.targets or None, completed=now.settled, counts=coloured or now.status
        )

    def _say(self, label: str, now: RunProgress) -> None:
        counts = ", ".join(f"{name} {n:,}" for name, n in _settled(now).items())
        line = f"{label}: {now.settled:,} of {now.targets:,} settled{f' ({counts})' if counts else ''}"
        when, before = self._said.get(label, (-_EVERY, ""))
        moment = time.monotonic() - self._started
        if now.targets and line != before and (moment - when >= max(_EVERY, moment / 10) or not now.running):
            self._said[label] = (moment, line)
            say(f"{line}, {moment:.0f} s")


def _settled(now: RunProgress) -> Mapping[str, int]:
    """Targets by outcome, in the order in which outcomes are listed everywhere."""
    return {name: now.outcomes[name] for name in STYLES if name in now.outcomes and name != "pending"}
