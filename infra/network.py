"""Where things run: a VPC in two zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm

from hawker_orchestrator import stack
from infra.permissions import acknowledge, allow

if TYPE_CHECKING:
    from constructs import Construct

    from infra.config import Config


class NetworkStack(cdk.Stack):
    """Three kinds of subnet.

    Functions run in private subnets behind NAT, as a function in a VPC gets no public address. Tasks run in public
    subnets, with an address of their own that nothing may connect to: a browser loads megabytes a page, and NAT bills
    each gigabyte, a public address only the hours that a task runs. The database's subnets reach nothing outside.
    """

    def __init__(self, scope: Construct, id_: str, config: Config) -> None:
        super().__init__(scope, id_, description="Hawker: network")
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=config.nat_gateways,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="tasks", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False),
                ec2.SubnetConfiguration(name="functions", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=20),
                ec2.SubnetConfiguration(name="database", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24),
            ],
            # S3 without NAT, and free.
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
            },
            flow_logs={
                "Rejected": ec2.FlowLogOptions(
                    # What was let through is pages by the million: the bill would exceed its use.
                    traffic_type=ec2.FlowLogTrafficType.REJECT,
                    destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                        logs.LogGroup(self, "FlowLogs", retention=config.logs, removal_policy=cdk.RemovalPolicy.DESTROY)
                    ),
                )
            },
        )
        self.workers = ec2.SecurityGroup(
            self, "Workers", vpc=self.vpc, description="Functions and tasks: they call, nothing calls them"
        )
        if config.bastion:
            self._bastion()

    def _bastion(self) -> None:
        """A machine that nothing may connect to, and from which Session Manager makes tunnels to the database."""
        role = iam.Role(self, "BastionRole", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
        # What its agent does, and no more: AWS's own policy for it would let it read every parameter.
        allow(
            role,
            [
                "ssm:UpdateInstanceInformation",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            "*",
            wildcard="Session Manager's channels have no resources",
        )
        bastion = ec2.Instance(
            self,
            "Bastion",
            vpc=self.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_group=self.workers,
            role=role,
            instance_type=ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.NANO),
            # The newest at each deployment.
            machine_image=ec2.MachineImage.latest_amazon_linux2023(cpu_type=ec2.AmazonLinuxCpuType.ARM_64),
            block_devices=[
                ec2.BlockDevice(device_name="/dev/xvda", volume=ec2.BlockDeviceVolume.ebs(8, encrypted=True))
            ],
            require_imdsv2=True,
        )
        acknowledge(bastion, "AwsSolutions-EC28", "Nobody waits for it: its basic metrics will do")
        acknowledge(bastion, "AwsSolutions-EC29", "It holds nothing, and is made anew by each new image")
        ssm.StringParameter(
            self, "BastionId", parameter_name=stack.parameter("bastion"), string_value=bastion.instance_id
        )
