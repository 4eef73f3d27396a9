"""`hawker local`: the local cloud and its database."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from hawker_orchestrator.cli import arguments, session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import moment, pairs, say, show, show_json

app = arguments.group(
    "Start and stop the local cloud and its database.",
    "hawker local up",
    "hawker local status",
)


@app.command(epilog=example("hawker local up", "hawker local up --port 4566"))
def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
) -> None:
    """Start the local cloud and its database.

    Step Functions, Lambda, S3 and PostgreSQL on this machine, with everything deployed. Other commands do so when they
    need it.
    """
    from hawker_orchestrator.local.stack import deploy_all

    state = session.local_cloud(port)
    session.migrate(state.database_url)
    deploy_all(state.endpoint, state.database_url)
    _show()


@app.command(epilog=example("hawker local down"))
def down() -> None:
    """Stop the local cloud and its database.

    Data stay, and runs that were going on can be resumed.
    """
    from hawker_orchestrator.local import daemon, database

    folder = session.data_dir()
    database_was_up = folder.exists() and database.pid(folder) is not None
    if daemon.down(folder):
        show("the local cloud is stopped")
    else:
        show("PostgreSQL is stopped" if database_was_up else "the local cloud is not running")


@app.command(epilog=example("hawker local status", "hawker local status --json"))
def status(json: arguments.Json = False) -> None:
    """Tell whether the local cloud runs, and where."""
    _show(json=json)


def _show(*, json: bool = False) -> None:
    from hawker_orchestrator.local import daemon, database
    from hawker_orchestrator.local.endpoint import LAMBDAS_PATH, ask

    folder = session.data_dir()
    state = daemon.status(folder)
    database_pid = database.pid(folder) if folder.exists() else None
    functions = ask(state.endpoint, LAMBDAS_PATH) if state else None
    url = session.hide_password(state.database_url) if state else None
    if json:
        show_json(
            {
                "running": state is not None,
                "endpoint": state and state.endpoint,
                "pid": state and state.pid,
                "started_at": state and state.started_at,
                "database_url": url,
                "database_pid": database_pid,
                "logs": state and str(state.logs),
                "data_dir": str(folder),
                "functions": functions,
            }
        )
        return
    if state is None:
        pairs(
            [
                ("local cloud", "not running"),
                ("PostgreSQL", f"running, process {database_pid}" if database_pid else "not running"),
                ("data", str(folder)),
            ]
        )
        say("start it by `hawker local up`")
        return
    pairs(
        [
            ("local cloud", f"running, process {state.pid}, since {moment(datetime.fromisoformat(state.started_at))}"),
            ("endpoint", state.endpoint),
            ("database", url),
            ("functions", f"{functions['in_flight']} at work" if functions else None),
            ("logs", str(state.logs)),
            ("data", str(folder)),
        ]
    )
