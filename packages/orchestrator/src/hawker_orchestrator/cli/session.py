"""What a command works on: the database and the engine, of the local cloud or of AWS, brought up where need be."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from hawker_orchestrator.cli.console import say
from hawker_orchestrator.cli.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from hawker_orchestrator.deployment import Deployed
    from hawker_orchestrator.engine import Engine
    from hawker_orchestrator.local.daemon import State

CLOUD = "HAWKER_CLOUD"


class Cloud(StrEnum):
    """Where runs happen."""

    LOCAL = "local"
    AWS = "aws"


def cloud() -> Cloud:
    """The cloud that the user chose, by `--cloud` or HAWKER_CLOUD."""
    return Cloud(os.environ.get(CLOUD) or Cloud.LOCAL)


def data_dir() -> Path:
    """The folder of the local cloud and its database."""
    from hawker_orchestrator.local.daemon import default_data_dir

    return default_data_dir().absolute()


def database() -> str:
    """The database's URL; the embedded PostgreSQL is started where no other is set, and its schema made.

    Raises:
        BadSettingError: the URL is malformed.
        NotDeployedError: AWS has none.
        LocalCloudError: the embedded PostgreSQL cannot start.
    """
    if cloud() is Cloud.AWS:
        # A database within its own network does not refuse, it is silent; one that has paused takes 15 s to wake.
        os.environ.setdefault("PGCONNECT_TIMEOUT", "20")
    if (configured := external_database()) is not None:
        return configured
    if cloud() is Cloud.AWS:
        return _deployed_database()
    from hawker_orchestrator.local import database as embedded

    folder = data_dir()
    started = embedded.pid(folder) is None
    url = embedded.start(folder)
    if started:
        say(f"started PostgreSQL in {folder}; `hawker local down` stops it")
    if started or not _has_schema(url):
        migrate(url)
    return url


@cache
def deployed() -> Deployed:
    """What is deployed on AWS.

    Raises:
        botocore's errors: no credentials, no region, or not allowed to ask.
    """
    import boto3

    from hawker_orchestrator.deployment import find

    return find(boto3.client("ssm"))


@cache
def _deployed_database() -> str:
    from hawker_core.settings import secret_url, settings

    return secret_url(settings().database_secret or deployed().part("database-secret"))


def external_database() -> str | None:
    """The database that HAWKER_DATABASE_URL names, None where the embedded one is to be used.

    Raises:
        BadSettingError: it is no PostgreSQL URL.
    """
    from hawker_core.settings import BadSettingError, settings

    url = settings().database_url
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise BadSettingError(
            "HAWKER_DATABASE_URL is no PostgreSQL URL; write postgresql://user:password@host:5432/name"
        )
    return url or None


def migrate(url: str) -> list[str]:
    """Bring the database's schema up to date; returns the packages whose newer versions have migrated it already."""
    from hawker_orchestrator import migrate as schema

    return schema.upgrade(url)


def engine() -> Engine:
    """The engine of the chosen cloud; the local one is started, migrated and deployed where need be.

    Raises:
        LocalCloudError: the local cloud cannot start.
        psycopg.OperationalError: the database does not answer.
    """
    from hawker_orchestrator.engine import Engine

    if cloud() is Cloud.AWS:
        return Engine(database())
    from hawker_orchestrator.local.endpoint import DEFAULT_REGION
    from hawker_orchestrator.local.stack import deploy_all

    state = local_cloud()
    migrate(state.database_url)
    deploy_all(state.endpoint, state.database_url)
    return Engine(state.database_url, state.endpoint, DEFAULT_REGION)


def bucket() -> str:
    """The chosen cloud's bucket.

    Raises:
        NotDeployedError: AWS has none.
    """
    from hawker_core.settings import settings

    return deployed().part("bucket") if cloud() is Cloud.AWS else settings().bucket


def s3() -> Any:
    """A client for the chosen cloud's S3.

    Raises:
        UserError: the local cloud, whose S3 lives as long as it runs, is not running.
    """
    if cloud() is Cloud.AWS:
        from hawker_core.upload import s3 as aws

        return aws()
    from hawker_orchestrator.local import daemon
    from hawker_orchestrator.local.endpoint import client

    state = daemon.status(data_dir())
    if state is None:
        raise UserError("the local cloud is not running, and what its S3 held went with it; run again to see pages")
    return client("s3", state.endpoint)


def local_cloud(port: int = 0) -> State:
    """The local cloud, started where it is not running; code and environment of this process from now on.

    Raises:
        LocalCloudError: it cannot start.
        UserError: one with another database runs.
    """
    from hawker_orchestrator.local import daemon
    from hawker_orchestrator.local import database as embedded
    from hawker_orchestrator.local.endpoint import IMAGES_PATH, ask
    from hawker_orchestrator.local.image import images_to_json
    from hawker_orchestrator.local.stack import images

    folder, wanted = data_dir(), external_database()
    state = daemon.status(folder)
    if wanted:
        _has_schema(wanted)  # a database that does not answer is told of before anything is started
    if state is None:
        say(f"starting the local cloud in {folder}; `hawker local down` stops it")
        return daemon.up(daemon.Options(images=images(), data_dir=folder, port=port, database_url=wanted))
    if port and not state.endpoint.endswith(f":{port}"):
        raise UserError(f"a local cloud runs at {state.endpoint}; stop it first by `hawker local down`")
    if state.database_url != (wanted or embedded.start(folder)):
        raise UserError(
            "the local cloud runs on another database than HAWKER_DATABASE_URL says; `hawker local down` first"
        )
    ask(state.endpoint, IMAGES_PATH, method="PUT", document=images_to_json(images()))
    return state


def _has_schema(url: str) -> bool:
    import psycopg

    with psycopg.connect(url, connect_timeout=10) as connection:
        return connection.execute("SELECT to_regclass('hawker.target') IS NOT NULL").fetchone() == (True,)


def hide_password(url: str) -> str:
    """A database's URL as it may be shown; libpq takes passwords before the host and in the query."""
    before = re.sub(r"(://[^/?#:@]*:)[^/?#]*@", r"\1***@", url)
    return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1***", before)
