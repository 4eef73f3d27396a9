from __future__ import annotations

import errno
import importlib
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa
from botocore.exceptions import ClientError, NoCredentialsError

from hawker_core.model import BadTargetError
from hawker_orchestrator.cli import errors, execute
from hawker_orchestrator.cli.errors import UserError, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Answer


@pytest.mark.parametrize("name", [*errors._LINES, *errors._DATABASE_LINES])
def test_every_error_that_is_known_by_name_exists(name: str) -> None:
    module, _, kind = name.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), kind), BaseException)


@pytest.mark.parametrize(
    "error",
    [
        UserError("x; y"),
        BadTargetError("x"),
        psycopg.OperationalError("connection failed:\n  refused\n"),
        sa.exc.OperationalError("SELECT 1", {}, psycopg.OperationalError("gone")),
        psycopg.errors.UndefinedTable('relation "raw.x" does not exist\nLINE 1: SELECT'),
        psycopg.errors.DiskFull("could not extend file"),
        NoCredentialsError(),
        ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "expired"}}, "StartExecution"),
        OSError(errno.ENOSPC, "No space left on device", "/data/x"),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "x.csv"),
        ModuleNotFoundError("No module named 'moto'", name="moto"),
        ModuleNotFoundError("No module named 'typer'", name="typer"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_the_user_can_mend_is_one_line(error: Exception) -> None:
    line = explain(error)
    assert line
    assert "\n" not in line
    assert not line.endswith(".")


@pytest.mark.parametrize(
    "error",
    [
        KeyError("bug"),
        psycopg.errors.SyntaxError("a bug of ours"),
        ClientError({"Error": {"Code": "ValidationException", "Message": "a bug of ours"}}, "StartExecution"),
        ModuleNotFoundError("No module named 'nonsense'", name="nonsense"),
        OSError("no number"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_bugs_are_not_explained_away(error: Exception) -> None:
    assert explain(error) is None


def test_an_unexpected_error_keeps_its_traceback(environment: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    environment.setattr("hawker_core.registry.names", broken)
    with pytest.raises(ZeroDivisionError):
        execute(["scrapers"])


@pytest.mark.parametrize("where", ["u:hush@127.0.0.1:1/x", "127.0.0.1:1/x?user=u&password=hush", ":hush@127.0.0.1:1/x"])
def test_a_password_never_shows(bare: Callable[..., Answer], where: str) -> None:
    answer = bare("targets", "list", "walmart_product", HAWKER_DATABASE_URL=f"postgresql://{where}")
    assert answer.code == 2
    assert answer.err.startswith("hawker: the database does not answer: ")
    assert answer.err.count("\n") == 1
    doctor = bare("doctor")
    assert doctor.code == 2
    assert "127.0.0.1:1/x" in doctor.out
    assert "hush" not in answer.err + doctor.out + doctor.err


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (["nope"], {}, "no such command 'nope'; see `hawker --help`"),
        (["run"], {}, "missing argument 'SCRAPER'; see `hawker run --help`"),
        (["run", "amazon_nope"], {}, "unknown scraper 'amazon_nope'; there are "),
        (["run", "walmart_product", "--limit", "0"], {}, "invalid value for '--limit'"),
        (["runs", "list", "nope_nope"], {}, "unknown scraper"),
        (["targets", "add", "walmart_product", "x"], {}, "item_id 'x'"),
        (["targets", "import", "walmart_product", "/nope.csv"], {}, "/nope.csv: no such file or directory; check"),
        (["targets", "import", "walmart_product", "-"], {}, "say --format"),
        (["targets", "import", "walmart_product", "x.xls"], {}, "x.xls: its ending tells no format; say --format"),
        (["targets", "list", "walmart_product"], {"HAWKER_DATABASE_URL": "mysql://x"}, "is no PostgreSQL URL"),
        (["targets", "list", "walmart_product"], {"HAWKER_FLUSH_SECONDS": "x"}, "HAWKER_FLUSH_SECONDS='x'"),
        (["targets", "list", "walmart_product"], {"HAWKER_DATA_DIR": "/dev/null/x"}, "/dev/null/x: "),
        (["--cloud", "moon", "scrapers"], {}, "invalid value for '--cloud'"),
        (["--cloud", "aws", "demo"], {}, "plays on this machine alone"),
        (["rows", "walmart_product", "--format", "parquet"], {}, "say --output"),
        (["rows", "walmart_product", "--output", "x"], {}, "say --format"),
        (["fetch", "walmart_product", "x"], {}, "item_id 'x'"),
        (["case", "walmart_product", "123", "--file", "/nope"], {}, "/nope: no such file or directory; check the path"),
        (["migrate", "--new", "ebay"], {}, "a revision needs a message"),
        (["migrate", "--message", "x"], {}, "name its package by --new"),
        (["migrate", "--status", "--new", "ebay"], {}, "do not go together"),
    ],
)
def test_bad_input_is_one_line_and_code_2(
    bare: Callable[..., Answer], arguments: list[str], variables: dict[str, str], says: str
) -> None:
    answer = bare(*arguments, **variables)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("hawker: ")
    assert answer.err.count("\n") == 1
    assert says in answer.err


def test_a_group_without_a_command_shows_its_help(bare: Callable[..., Answer]) -> None:
    answer = bare("runs")
    assert answer.code == 2
    assert answer.err.startswith("Usage: hawker runs")
