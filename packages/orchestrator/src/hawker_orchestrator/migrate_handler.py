"""The migrating Lambda: a deployment invokes it before workers of its version start, as the database's owner."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec

from hawker_core.log import configure
from hawker_core.settings import database_url, secret, settings
from hawker_orchestrator import migrate, roles

if TYPE_CHECKING:
    from hawker_core.handler import LambdaContext

log = logging.getLogger(__name__)


class Asked(msgspec.Struct, frozen=True):
    """What to bring up to date beside the schema: secrets with username and password, by role."""

    roles: dict[str, str] = {}


class WrongSecretError(ValueError):
    """A secret that is another role's."""


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Bring the database to the newest revision of the installed packages, then create or update the roles asked for.

    Several may be at it: they wait for each other. The event is an Asked, or has one as the ResourceProperties of a
    custom resource of CloudFormation (by the CDK's provider framework); deleting that does nothing.

    Returns the roles, and the branches that newer versions of their packages have migrated and that are left alone.

    Raises:
        msgspec.ValidationError, BadSettingError, WrongSecretError, UnknownRoleError, botocore's errors: roles stay.
        psycopg.Error, sqlalchemy.exc.DBAPIError: what is migrated so far stays, a revision at a time.
    """
    del context
    configure(settings().log_level)
    if event.get("RequestType") == "Delete":
        return {}
    asked = msgspec.convert(event.get("ResourceProperties", event), Asked)
    passwords = {role: _password(role, arn) for role, arn in asked.roles.items()}
    newer = migrate.upgrade(database_url())
    roles.apply(database_url(), passwords)
    log.info("database migrated", extra={"roles": list(passwords), "newer": newer})
    return {"roles": list(passwords), "newer": newer}


def _password(role: str, arn: str) -> str:
    told = secret(arn)
    if told.username != role:
        raise WrongSecretError(f"{arn} is the secret of {told.username}, not of {role}")
    return told.password
