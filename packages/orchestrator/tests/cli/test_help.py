from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer

from hawker_orchestrator.cli.app import ORDER, app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Any = typer.main.get_command(app)
HEAVY = ("boto3", "botocore", "psycopg", "sqlalchemy", "alembic", "lxml", "moto", "pyarrow", "httpx2", "psutil")


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    yield " ".join(("hawker", *path)), command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, (*path, name))


COMMANDS = dict(walk(ROOT))
LEAVES = {name: command for name, command in COMMANDS.items() if not hasattr(command, "commands")}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_and_ends_with_an_example(name: str) -> None:
    command = COMMANDS[name]
    assert (command.help or "").strip()
    first = command.help.strip().splitlines()[0]
    assert len(first) <= 66 or command is ROOT, f"{first!r} would be cut in the list of commands"
    lines = (command.epilog or "").splitlines()
    assert "Example:" in lines
    assert lines[-1].strip().startswith("hawker ") or "| hawker " in lines[-1]
    assert command.get_help(typer.Context(command, info_name=name)).rstrip().endswith(lines[-1].strip())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_has_help(name: str) -> None:
    context = typer.Context(COMMANDS[name])
    for parameter in COMMANDS[name].get_params(context):
        assert getattr(parameter, "help", None), f"{name} {parameter.name}"


@pytest.mark.parametrize("name", LEAVES)
def test_examples_are_commands_that_exist_with_options_that_exist(name: str) -> None:
    for line in LEAVES[name].epilog.splitlines()[2:]:
        words = shlex.split(line.rpartition("| ")[2].partition(" > ")[0])
        arguments = words[len(name.split()) :]
        assert words[: len(name.split())] == name.split()
        LEAVES[name].make_context(name, arguments)


def test_the_order_of_commands_names_each_of_them() -> None:
    assert sorted(ORDER) == sorted(ROOT.commands)


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from hawker_orchestrator.cli import execute; code = execute(['--help']); "
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Commands:" in done.stdout
