"""The stacks, and which builds on which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from hawker_core import registry
from infra.config import CONTEXT, Config, chosen
from infra.data import DataStack
from infra.image_assets import ROOT
from infra.marketplace import MarketplaceStack
from infra.network import NetworkStack
from infra.orchestrator import OrchestratorStack

if TYPE_CHECKING:
    from pathlib import Path

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


class RefusedError(Exception):
    """Stacks that break a rule; the CDK has told which, and how to mend it."""


def app(config: Config | None = None, outdir: str | None = None, root: Path = ROOT) -> cdk.App:
    """The stacks of a configuration, not synthesised yet.

    Args:
        config: None: what the CDK's command line was told by `-c`.
        outdir: where templates go; None: where the CDK's command line wants them.
        root: the checkout whose packages are deployed.

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
        one = MarketplaceStack(made, f"hawker-{marketplace}", marketplace, root, config, network, data, orchestrator)
        one.add_stack_dependency(data)
    cdk.Validations.of(made).add_plugins(AwsSolutionsChecks(made))
    return made


def synthesise(made: cdk.App) -> None:
    """Write the templates.

    Raises:
        RefusedError: a stack breaks a rule of cdk-nag or of CloudFormation.
    """
    try:
        made.synth()
    except RuntimeError as error:  # as which jsii raises whatever happens in Node.js
        if "ValidationFailed" not in str(error):
            raise
        raise RefusedError(f"the stacks break the rules that are told above and in {made.outdir}") from None
