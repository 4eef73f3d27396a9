"""The stacks, and which builds on which."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from hawker_core import registry
from infra.config import CONTEXT, Config, chosen
from infra.data import DataStack
from infra.marketplace import MarketplaceStack
from infra.network import NetworkStack
from infra.orchestrator import OrchestratorStack

# The CDK's present ways, where older ones are still its default. Here and not in cdk.json, so that the stacks are the
# same whoever synthesises them.
FLAGS: Final[dict[str, object]] = {
    "@aws-cdk/aws-ecs:arnFormatIncludesClusterName": True,
    "@aws-cdk/aws-ecs:reduceEc2FargateCloudWatchPermissions": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-rds:databaseProxyUniqueResourceName": True,
    "@aws-cdk/aws-s3:createDefaultLoggingPolicy": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/aws-secretsmanager:useAttachedSecretResourcePolicyForSecretTargetAttachments": True,
    "@aws-cdk/core:checkSecretUsage": True,
}


def app(config: Config | None = None, outdir: str | None = None) -> cdk.App:
    """The app of a configuration; None: of what the CDK's command line was told by `-c`. Not synthesised yet.

    Raises:
        ConfigError: it was told nonsense.
        ScheduleError: a package's schedules are wrong.
    """
    made = cdk.App(context=FLAGS, outdir=outdir)
    config = config or chosen({key: made.node.try_get_context(key) for key in CONTEXT})
    for tag, value in (("project", "hawker"), ("stage", config.stage)):
        # CloudFormation takes no tags for this type, whatever the CDK believes.
        cdk.Tags.of(made).add(tag, value, exclude_resource_types=["AWS::RDS::DBProxyTargetGroup"])
    network = NetworkStack(made, "hawker-network", config)
    data = DataStack(made, "hawker-data", config, network)
    orchestrator = OrchestratorStack(made, "hawker-orchestrator", config, network)
    for marketplace in registry.marketplaces():
        one = MarketplaceStack(made, f"hawker-{marketplace}", marketplace, config, network, data, orchestrator)
        one.add_stack_dependency(data)
    cdk.Validations.of(made).add_plugins(AwsSolutionsChecks(made))
    return made
