"""What all marketplaces share to run and to be watched: the tasks' cluster, the alarms' topic, the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from infra.dashboard import dashboard

if TYPE_CHECKING:
    from constructs import Construct

    from infra.config import Config
    from infra.network import NetworkStack

CLUSTER: Final = "hawker"


class OrchestratorStack(cdk.Stack):
    """Knows marketplaces by name alone, so that each is deployed without it."""

    def __init__(self, scope: Construct, id_: str, config: Config, network: NetworkStack) -> None:
        super().__init__(scope, id_, description="Hawker: cluster, alarms and dashboard")
        self.cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=CLUSTER,
            vpc=network.vpc,
            enable_fargate_capacity_providers=True,  # FARGATE and FARGATE_SPOT
            container_insights_v2=ecs.ContainerInsights.ENABLED,
        )
        self.alarms = self._topic(config)
        dashboard(self)

    def _topic(self, config: Config) -> sns.Topic:
        # A key of our own: CloudWatch may not use the one that AWS keeps for SNS.
        key = kms.Key(
            self,
            "AlarmsKey",
            description="Hawker's alarms",
            enable_key_rotation=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        topic = sns.Topic(self, "Alarms", master_key=key, enforce_ssl=True, display_name="Hawker alarms")
        # The topic's policy that enforces TLS replaces the default one, by which alarms may publish.
        alarms = iam.ServicePrincipal(
            "cloudwatch.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": self.account}}
        )
        topic.grant_publish(alarms)
        key.grant(alarms, "kms:Decrypt", "kms:GenerateDataKey*")
        if config.alarm_mail:
            topic.add_subscription(subscriptions.EmailSubscription(config.alarm_mail))
        return topic
