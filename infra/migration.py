"""Brings the database to the schema of a marketplace's release while it is deployed, before its workers change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources

from infra.data import ORCHESTRATOR, role
from infra.functions import MIGRATION
from infra.permissions import allow

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

    from infra.config import Config
    from infra.data import DataStack


def migration(
    scope: Construct, marketplace: str, migrate: lambda_.Function, image: str, config: Config, data: DataStack
) -> cdk.CustomResource:
    """A resource that is the migrated database: CloudFormation updates it by the migrate function.

    It does so when the image (its hash is given) or the roles change; a migration that fails fails the deployment, and
    what depends on this resource stays as it was.
    """
    secrets = {name: data.secrets[name] for name in (ORCHESTRATOR, role(marketplace))}
    for secret in secrets.values():
        secret.grant_read(migrate)  # to give the roles their passwords
    framework_logs = logs.LogGroup(
        scope, "MigrationLogs", retention=config.logs, removal_policy=cdk.RemovalPolicy.DESTROY
    )
    caller = iam.Role(scope, "MigrationRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    framework_logs.grant_write(caller)
    allow(
        caller, ["lambda:InvokeFunction"], f"{migrate.function_arn}:*", wildcard="The provider asks for every version"
    )
    provider = custom_resources.Provider(
        scope,
        "MigrationProvider",
        on_event_handler=migrate,
        log_group=framework_logs,
        framework_on_event_role=caller,
    )
    return cdk.CustomResource(
        scope,
        "Migration",
        service_token=provider.service_token,
        resource_type="Custom::Migration",
        service_timeout=MIGRATION.plus(cdk.Duration.minutes(2)),
        properties={"roles": {name: secret.secret_arn for name, secret in secrets.items()}, "image": image},
    )
