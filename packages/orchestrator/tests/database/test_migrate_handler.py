"""The migrating Lambda, as a deployment invokes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import psycopg
import pytest

from hawker_core.settings import settings
from hawker_orchestrator import migrate, roles
from hawker_orchestrator.migrate_handler import WrongSecretError, handle

from .support import as_role, query, revision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hawker_core.handler import LambdaContext

SECRETS = {
    "arn:owner": {"username": "hawker", "password": "owner"},
    "arn:orchestrator": {"username": "hawker_orchestrator", "password": "o1"},
    "arn:amazon": {"username": "hawker_amazon", "password": "a1"},
}
ROLES = {"hawker_orchestrator": "arn:orchestrator", "hawker_amazon": "arn:amazon"}


class Context(NamedTuple):
    aws_request_id: str = "1"
    memory_limit_in_mb: int | str = 1024

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


CONTEXT: LambdaContext = Context()  # type: ignore[assignment]  # its fields cannot be set, which nobody does


class Secrets:
    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803  boto3's name
        return {"SecretString": json.dumps(SECRETS[SecretId])}


@pytest.fixture
def deployed(url: str, image: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database, and Amazon's image about to be deployed."""
    image("amazon")
    monkeypatch.setattr(boto3, "client", lambda _service: Secrets())
    monkeypatch.setenv("HAWKER_DATABASE_URL", url)
    settings.cache_clear()
    yield url
    settings.cache_clear()


def custom_resource(request: str, **properties: Any) -> dict[str, Any]:
    """An event of the CDK's provider framework."""
    return {
        "RequestType": request,
        "RequestId": "2",
        "LogicalResourceId": "Migration",
        "ResourceType": "AWS::CloudFormation::CustomResource",
        "ResourceProperties": {"ServiceToken": "arn:provider", "image": "sha256:1", **properties},
    }


@pytest.mark.parametrize(
    "event",
    [{"roles": ROLES}, custom_resource("Create", roles=ROLES), custom_resource("Update", roles=ROLES)],
    ids=["plain", "create", "update"],
)
def test_it_migrates_and_makes_the_roles(deployed: str, event: dict[str, Any]) -> None:
    assert handle(event, CONTEXT) == {"roles": list(ROLES), "newer": []}
    assert revision(deployed, "amazon") == [(migrate.scripts("amazon").get_heads()[0],)]
    assert query(as_role(deployed, "hawker_orchestrator", "o1"), "SELECT count(*) FROM raw.amazon_product") == [(0,)]
    assert query(as_role(deployed, "hawker_amazon", "a1"), "SELECT count(*) FROM hawker.target") == [(0,)]
    assert handle(event, CONTEXT) == {"roles": list(ROLES), "newer": []}


def test_without_roles_it_migrates_alone(deployed: str) -> None:
    assert handle({}, CONTEXT) == {"roles": [], "newer": []}
    assert query(deployed, "SELECT count(*) FROM raw.amazon_product") == [(0,)]


def test_deleting_a_deployment_leaves_the_data(deployed: str) -> None:
    handle(custom_resource("Create", roles=ROLES), CONTEXT)
    assert handle(custom_resource("Delete", roles=ROLES), CONTEXT) == {}
    assert query(deployed, "SELECT count(*) FROM raw.amazon_product") == [(0,)]


def test_a_newer_schema_is_told_of(
    deployed: str, newer: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context():
        folder = migrate.versions_folder
        newer("core")
        handle({}, CONTEXT)
    monkeypatch.setattr(migrate, "versions_folder", folder)
    assert handle({}, CONTEXT)["newer"] == ["core"]
    assert revision(deployed, "core") == [("next_core",)]
    assert '"newer":["core"]' in "".join(capsys.readouterr()).replace(" ", "")


def test_a_secret_of_another_role_changes_nothing(deployed: str) -> None:
    with pytest.raises(WrongSecretError, match="arn:owner is the secret of hawker, not of hawker_amazon"):
        handle({"roles": {"hawker_amazon": "arn:owner"}}, CONTEXT)
    assert query(deployed, "SELECT to_regnamespace('hawker')") == [(None,)]


@pytest.mark.usefixtures("deployed")
def test_an_unknown_role_fails_the_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SECRETS, "arn:toys", {"username": "hawker_toys", "password": "t"})
    with pytest.raises(roles.UnknownRoleError, match="hawker_toys"):
        handle({"roles": {"hawker_toys": "arn:toys"}}, CONTEXT)


def test_a_migration_that_fails_fails_the_deployment(deployed: str) -> None:
    with psycopg.connect(deployed) as connection:
        connection.execute("CREATE SCHEMA raw")
        connection.execute("CREATE TABLE raw.amazon_product ()")
    with pytest.raises(Exception, match='relation "amazon_product" already exists'):
        handle({"roles": ROLES}, CONTEXT)
    # What came before it stays, and the next attempt goes on from there.
    with psycopg.connect(deployed) as connection:
        connection.execute("DROP TABLE raw.amazon_product")
    assert handle({"roles": ROLES}, CONTEXT)["newer"] == []


def test_without_a_database_it_fails(deployed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    del deployed
    monkeypatch.setenv("HAWKER_DATABASE_URL", "postgresql://127.0.0.1:1/x")
    settings.cache_clear()
    with pytest.raises(psycopg.OperationalError):
        handle({}, CONTEXT)
