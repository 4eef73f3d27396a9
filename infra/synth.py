"""`hatch run synth`: synthesises the stacks into cdk.out, offline and without an account, and tells what they hold."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from hawker_orchestrator.schedules import ScheduleError
from infra.app import RefusedError, app, synthesise
from infra.config import ConfigError, chosen

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Synthesise what `-c stage=... -c alarm-mail=...` ask for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="hatch run synth", description=__doc__)
    parser.add_argument("-c", "--context", metavar="KEY=VALUE", action="append", default=[], help="stage, alarm-mail")
    parser.add_argument("-o", "--output", metavar="FOLDER", default="cdk.out", help="where templates go [cdk.out]")
    given = parser.parse_args(arguments)
    context = dict(one.partition("=")[::2] for one in given.context)
    try:
        config = chosen(context)
        synthesise(app(config, outdir=given.output))
    except (ConfigError, RefusedError, ScheduleError) as error:
        sys.stderr.write(f"synth: {error}\n")
        return 2
    _tell(Path(given.output), config.stage)
    return 0


def _tell(folder: Path, stage: str) -> None:
    table = Table(title=f"Stage {stage}, in {folder}", title_justify="left")
    table.add_column("stack", style="bold", no_wrap=True)
    table.add_column("resources", justify="right")
    table.add_column("most of them")
    table.add_column("template", justify="right")
    total = 0
    for path in sorted(folder.glob("*.template.json")):
        resources = json.loads(path.read_text("utf-8"))["Resources"]
        kinds = Counter(resource["Type"].rpartition("::")[2] for resource in resources.values())
        most = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(4))
        total += len(resources)
        size = f"{path.stat().st_size / 1024:.0f} KB"
        table.add_row(path.name.removesuffix(".template.json"), str(len(resources)), most, size)
    table.add_section()
    table.add_row("all", str(total))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
