"""Everything that can be configured, read from environment variables named `HAWKER_` + the field in capitals."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "HAWKER_"
Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Header = Annotated[str, msgspec.Meta(pattern=r"^[ -~]*\Z")]  # printable ASCII: no line break may end it early
Origin = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s]+/?\Z")]


class BadSettingError(ValueError):
    """An environment variable that cannot be read; the text names it and says what it takes."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One process's configuration. Times in seconds."""

    database_url: str = ""  # postgresql://user:password@host:port/name
    database_secret: str = ""  # instead: ARN of a secret with host, port, dbname, username, password
    database_host: str = ""  # instead of the secret's host: that of a proxy or a tunnel, with :port or without
    bucket: str = "hawker"  # S3 bucket of manifests and statistics
    user_agent: Header = "Hawker/0.1 (+https://github.com/hawker-fleet/hawker)"  # say how to reach you
    headers: dict[Header, Header] = {}  # JSON object of headers sent with every request
    proxy: Origin | None = None  # of an HTTP proxy for all requests
    gateway: Origin | None = None  # answers for every shop by its Host header, as the offline storefront does
    chromium: str = ""  # the browser's program; else the one on PATH
    chromedriver: str = ""  # its driver's
    chromium_sandbox: bool = True  # false in containers, which refuse it what it is made of
    per_second: Annotated[float, msgspec.Meta(ge=0, le=1e6)] | None = None  # overrides every scraper's; 0: no limit
    timeout_seconds: Seconds | None = None  # most of any connect, read or whole request
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 40  # workers of a run at once
    worker_seconds: Seconds = 300.0  # what a chunk that a Lambda scrapes should take
    task_chunk_seconds: Seconds = 1200.0  # what a chunk that a Fargate task scrapes should take
    task_seconds: Annotated[float, msgspec.Meta(gt=0)] = 3600.0  # how long a Fargate task may work
    task_memory: int = 0  # MB that it was granted, for its statistics
    stop_seconds: Annotated[float, msgspec.Meta(gt=0)] = 110.0  # from SIGTERM to SIGKILL, which a task must be gone by
    evidence: Annotated[int, msgspec.Meta(ge=0)] = 50  # pages behind parse and blocked outcomes that a run keeps
    flush_seconds: Seconds = 1.0  # settled targets are stored at least this often
    statistics_seconds: Seconds = 5.0  # statistics are written to S3 at most this often
    log_level: Annotated[str, msgspec.Meta(pattern="(?i)^(debug|info|warning|error|critical)$")] = "INFO"


@cache
def settings() -> Settings:
    """This process's settings, read once.

    Raises:
        BadSettingError: a variable is malformed.
    """
    return read(os.environ)


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from an environment; blank variables count as absent.

    Raises:
        BadSettingError: a variable is malformed.
    """
    given: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        text = environment.get(PREFIX + field.name.upper(), "").strip()
        if text:
            given[field.name] = _json(field.name, text) if field.name == "headers" else text
    try:
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        name = PREFIX + where.partition("$.")[2].partition("[")[0].rstrip("`").upper()
        may_be_secret = name in {f"{PREFIX}HEADERS", f"{PREFIX}PROXY"}
        value = "" if may_be_secret else f"={environment[name]!r}"
        raise BadSettingError(f"{name}{value}: {what}") from None


def _json(name: str, text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise BadSettingError(f'{PREFIX}{name.upper()}: write a JSON object such as {{"Accept": "*/*"}}') from None


def database_url() -> str:
    """The database's URL, from the settings or from the secret that they name.

    Raises:
        BadSettingError: neither is set, or the secret is no database's.
    """
    if settings().database_url:
        return settings().database_url
    if settings().database_secret:
        return secret_url(settings().database_secret)
    raise BadSettingError("no database: set HAWKER_DATABASE_URL=postgresql://user:password@host:5432/name")


def secret_url(arn: str) -> str:
    """The URL of the database that a secret tells of, at `database_host` where that is set.

    Raises:
        BadSettingError: the secret is no database's.
    """
    from urllib.parse import quote  # noqa: PLC0415  with boto3, for the cloud alone

    told = secret(arn)
    host, _, port = settings().database_host.partition(":")
    if not (host or told.host):
        raise BadSettingError(f"the secret {arn} tells no host; set HAWKER_DATABASE_HOST")
    login = f"{quote(told.username, safe='')}:{quote(told.password, safe='')}"
    return f"postgresql://{login}@{host or told.host}:{port or told.port}/{told.dbname}"


class Secret(msgspec.Struct, frozen=True):
    """A database's secret in Secrets Manager, as RDS writes and rotates it; has other fields, too."""

    username: str
    password: str
    host: str = ""
    port: int | str = 5432
    dbname: str = "hawker"


def secret(arn: str) -> Secret:
    """Read a secret, each time anew: it may have been rotated.

    Raises:
        BadSettingError: it is no database's.
        botocore.exceptions.ClientError: it cannot be read.
    """
    import boto3  # noqa: PLC0415  costs 160 ms of CPU

    text = boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    try:
        return msgspec.json.decode(text, type=Secret)
    except msgspec.DecodeError as error:
        raise BadSettingError(f"the secret {arn} is no database's: {error}") from None
