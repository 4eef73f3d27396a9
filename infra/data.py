"""What must not be lost: the database, its passwords, the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from aws_cdk.aws_logs import LogGroup

from hawker_core import registry
from hawker_orchestrator import stack
from infra.permissions import acknowledge

if TYPE_CHECKING:
    from constructs import Construct

    from infra.config import Config
    from infra.network import NetworkStack

CLUSTER: Final = "hawker"
DATABASE: Final = "hawker"
PORT: Final = 5432
ADMIN: Final = "hawker_admin"
ORCHESTRATOR: Final = "hawker_orchestrator"
# Passwords stand in URLs and SQL; these characters mean something there, and the rotation's own list leaves them out.
_EXCLUDED: Final = " %+~`#$&*()|[]{}:;<>?!'/@\"\\"


def role(marketplace: str) -> str:
    """The database role of a marketplace's workers."""
    return f"hawker_{marketplace}"


class DataStack(cdk.Stack):
    """One database and one bucket for all marketplaces; a database role, and so a secret, for each."""

    def __init__(self, scope: Construct, id_: str, config: Config, network: NetworkStack) -> None:
        super().__init__(scope, id_, description="Hawker: database and bucket", termination_protection=config.keep_data)
        self._config, self._network = config, network
        self.bucket = self._bucket()
        # An export by name and no reference: permissions with a wildcard are acknowledged by what they resolve to.
        self._bucket_arn = self.export_value(self.bucket.bucket_arn)
        self.database = self._database()
        admin = self.database.secret
        if admin is None:
            raise TypeError("a cluster with generated credentials has a secret")
        self.admin = admin
        rotation = self._rotate_admin()
        self.secrets = {
            name: self._secret(name, rotation) for name in (ORCHESTRATOR, *map(role, registry.marketplaces()))
        }
        self.proxy_host = self._proxy().endpoint if config.proxy else None
        self._parameter("bucket", self.bucket.bucket_name)
        self._parameter("database-secret", self.secrets[ORCHESTRATOR].secret_arn)

    def objects(self, keys: str) -> str:
        """The ARN of the bucket's objects of these keys, for the policies of other stacks."""
        return f"{self._bucket_arn}/{keys}"

    def _bucket(self) -> s3.Bucket:
        config = self._config
        logs = s3.Bucket(
            self,
            "AccessLogs",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(config.access_logs_days))],
            removal_policy=cdk.RemovalPolicy.RETAIN if config.keep_data else cdk.RemovalPolicy.DESTROY,
        )
        return s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=logs,
            server_access_logs_prefix="bucket/",
            lifecycle_rules=[
                s3.LifecycleRule(id="runs", prefix="runs/", expiration=cdk.Duration.days(config.runs_days)),
                s3.LifecycleRule(id="evidence", prefix="evidence/", expiration=cdk.Duration.days(config.evidence_days)),
                s3.LifecycleRule(id="uploads", abort_incomplete_multipart_upload_after=cdk.Duration.days(1)),
            ],
            removal_policy=cdk.RemovalPolicy.RETAIN if config.keep_data else cdk.RemovalPolicy.DESTROY,
        )

    def _database(self) -> rds.DatabaseCluster:
        config = self._config
        # Made before the cluster makes it, to be kept no longer than other logs.
        logs = LogGroup(
            self,
            "DatabaseLogs",
            log_group_name=f"/aws/rds/cluster/{CLUSTER}/postgresql",
            retention=config.logs,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        group = ec2.SecurityGroup(
            self, "DatabaseGroup", vpc=self._network.vpc, description="Database", allow_all_outbound=False
        )
        database = rds.DatabaseCluster(
            self,
            "Database",
            cluster_identifier=CLUSTER,
            engine=rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_7),
            parameters={"rds.force_ssl": "1"},
            credentials=rds.Credentials.from_generated_secret(ADMIN, exclude_characters=_EXCLUDED),
            default_database_name=DATABASE,
            port=PORT,
            writer=rds.ClusterInstance.serverless_v2("writer", enable_performance_insights=True),
            readers=[
                # Scales with the writer, so that it can take over at once.
                rds.ClusterInstance.serverless_v2(
                    f"reader{n}", scale_with_writer=True, enable_performance_insights=True
                )
                for n in range(1, config.readers + 1)
            ],
            serverless_v2_min_capacity=config.min_acu,
            serverless_v2_max_capacity=config.max_acu,
            serverless_v2_auto_pause_duration=(
                cdk.Duration.minutes(config.pause_minutes) if config.pause_minutes else None
            ),
            vpc=self._network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[group],
            storage_encrypted=True,
            iam_authentication=True,
            backup=rds.BackupProps(retention=cdk.Duration.days(config.backup_days)),
            cloudwatch_logs_exports=["postgresql"],
            copy_tags_to_snapshot=True,
            deletion_protection=config.keep_data,
            removal_policy=cdk.RemovalPolicy.SNAPSHOT if config.keep_data else cdk.RemovalPolicy.DESTROY,
        )
        database.node.add_dependency(logs)
        database.connections.allow_default_port_from(self._network.workers, "workers")
        if not config.keep_data:
            acknowledge(database, "AwsSolutions-RDS10", "This stage's data may be destroyed with it")
        return database

    def _rotate_admin(self) -> str:
        """Rotate the admin's password, by AWS's function for that; gives the function's ARN."""
        rotation = secretsmanager.SecretRotation(
            self,
            "Rotation",
            application=secretsmanager.SecretRotationApplication.POSTGRES_ROTATION_SINGLE_USER,
            secret=self.admin,
            target=self.database,
            automatically_after=cdk.Duration.days(self._config.rotation_days),
            rotate_immediately_on_update=False,
            exclude_characters=_EXCLUDED,
            vpc=self._network.vpc,
            # It calls the Secrets Manager, through NAT, and the database as workers do.
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_group=self._network.workers,
        )
        application = rotation.node.default_child
        if not isinstance(application, cdk.CfnResource):
            raise TypeError("a rotation is made of a serverless application")
        return application.get_att("Outputs.RotationLambdaARN").to_string()

    def _secret(self, name: str, rotation: str) -> secretsmanager.ISecret:
        """A database role's password. The migration gives it to the role; later it is rotated, never before."""
        secret = rds.DatabaseSecret(
            self, f"Secret-{name}", username=name, dbname=DATABASE, exclude_characters=_EXCLUDED
        ).attach(self.database)
        secretsmanager.CfnRotationSchedule(
            self,
            f"Rotation-{name}",
            secret_id=secret.secret_arn,
            # The admin's: it may read each secret that names it as its rotation.
            rotation_lambda_arn=rotation,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                automatically_after_days=self._config.rotation_days
            ),
            rotate_immediately_on_update=False,
        )
        return secret

    def _proxy(self) -> rds.DatabaseProxy:
        group = ec2.SecurityGroup(self, "ProxyGroup", vpc=self._network.vpc, description="Database proxy")
        group.add_ingress_rule(self._network.workers, ec2.Port.tcp(PORT), "workers")
        return rds.DatabaseProxy(
            self,
            "Proxy",
            proxy_target=rds.ProxyTarget.from_cluster(self.database),
            secrets=list(self.secrets.values()),
            vpc=self._network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[group],
            require_tls=True,
            debug_logging=False,
        )

    def _parameter(self, name: str, value: str) -> None:
        ssm.StringParameter(self, f"Parameter-{name}", parameter_name=stack.parameter(name), string_value=value)
