"""A marketplace's functions: plan, worker, close and migrate; each with a role that may do its job alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from hawker_orchestrator import stack
from infra.data import ORCHESTRATOR, role
from infra.permissions import allow

if TYPE_CHECKING:
    from aws_cdk.aws_ecr_assets import DockerImageAsset
    from aws_cdk.aws_secretsmanager import ISecret

    from infra.config import Config
    from infra.data import DataStack
    from infra.network import NetworkStack

# How a function in a VPC gets its network interface. EC2 knows no resource for most of these before there is one.
_INTERFACES: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
_ARCHITECTURES: Final = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
OWN_RUNS: Final = "The runs of this marketplace, whose names are known when they start"
# Short of Lambda's 15 minutes, so that the caller lives to tell CloudFormation that a migration took too long.
MIGRATION: Final = cdk.Duration.minutes(14)


def runs(marketplace: str, rest: str) -> str:
    """Keys of a marketplace's runs: a run's name begins with its scraper's, and that with the marketplace's."""
    return f"runs/{marketplace}_*/{rest}"


def evidence(marketplace: str) -> str:
    """Keys of the pages that a marketplace's workers keep as evidence."""
    return f"evidence/{marketplace}_*/*"


def environment(config: Config, data: DataStack, secret: ISecret) -> dict[str, str]:
    """Settings of a process that uses the database as the role that the secret is of."""
    # The proxy knows no admin, and a migration's statements would gain nothing by it.
    proxy = {"HAWKER_DATABASE_HOST": data.proxy_host} if data.proxy_host and secret is not data.admin else {}
    given = {"HAWKER_BUCKET": data.bucket.bucket_name, "HAWKER_DATABASE_SECRET": secret.secret_arn}
    return {**given, **proxy, **config.settings}


class Functions(Construct):
    """The four functions by role, and their logs."""

    def __init__(
        self,
        scope: Construct,
        marketplace: str,
        image: DockerImageAsset,
        config: Config,
        network: NetworkStack,
        data: DataStack,
    ) -> None:
        super().__init__(scope, "Functions")
        self._marketplace, self._image, self._config = marketplace, image, config
        self._network, self._data = network, data
        secrets = {
            "plan": data.secrets[ORCHESTRATOR],
            "worker": data.secrets[role(marketplace)],
            "close": data.secrets[ORCHESTRATOR],
            "migrate": data.admin,
        }
        self.logs: dict[str, logs.LogGroup] = {}
        self.by_role: dict[str, lambda_.Function] = {}
        self._roles: dict[str, iam.Role] = {}
        for name in stack.HANDLERS:
            self.by_role[name] = self._function(name, secrets[name])
            secrets[name].grant_read(self._roles[name])
        self._grant()

    def _function(self, name: str, secret: ISecret) -> lambda_.Function:
        config, size = self._config, self._config.functions[name]
        self.logs[name] = logs.LogGroup(
            self,
            f"{name}-logs",
            log_group_name=f"/hawker/{self._marketplace}/{name}",
            retention=config.logs,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self._roles[name] = self._role(name)
        return lambda_.DockerImageFunction(
            self,
            name,
            function_name=stack.function(self._marketplace, name),
            code=lambda_.DockerImageCode.from_ecr(
                self._image.repository, tag_or_digest=self._image.image_tag, cmd=[stack.HANDLERS[name]]
            ),
            architecture=_ARCHITECTURES[config.architecture],
            timeout=MIGRATION if name == "migrate" else cdk.Duration.seconds(size.timeout),
            memory_size=size.memory,
            reserved_concurrent_executions=config.reserved_concurrency if name == "worker" else None,
            environment=environment(config, self._data, secret),
            role=self._roles[name],
            log_group=self.logs[name],
            tracing=lambda_.Tracing.ACTIVE,
            vpc=self._network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[self._network.workers],
        )

    def _role(self, name: str) -> iam.Role:
        arn = cdk.Stack.of(self).format_arn(
            service="lambda",
            resource="function",
            resource_name=stack.function(self._marketplace, name),
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        made = iam.Role(self, f"{name}-role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.logs[name].grant_write(made)
        allow(made, _INTERFACES, "*", wildcard="An interface's ARN is known after it was made; X-Ray has no resources")
        # For Lambda's own use: the code of the function, which reads pages of strangers, may not.
        made.add_to_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=list(_INTERFACES),
                resources=["*"],
                conditions={"ArnEquals": {"lambda:SourceFunctionArn": arn}},
            )
        )
        return made

    def _grant(self) -> None:
        name, data, roles = self._marketplace, self._data, self._roles
        manifests = data.objects(runs(name, "manifest-*"))
        allow(roles["plan"], ["s3:PutObject"], manifests, wildcard=OWN_RUNS)
        grant_worker(roles["worker"], data, name)
        objects = data.objects(runs(name, "*"))
        allow(roles["close"], ["s3:GetObject", "s3:DeleteObject"], objects, wildcard=OWN_RUNS)
        prefix = {"StringLike": {"s3:prefix": runs(name, "*")}}
        allow(roles["close"], ["s3:ListBucket"], data.bucket.bucket_arn, conditions=prefix)


def grant_worker(worker: iam.IRole, data: DataStack, marketplace: str) -> None:
    """Let a worker, function or task, write its statistics and its evidence."""
    keys = (runs(marketplace, "statistics/*"), evidence(marketplace))
    allow(worker, ["s3:PutObject"], *map(data.objects, keys), wildcard=OWN_RUNS)
