"""Deploy to the local cloud what CloudFormation deploys to AWS, by the same API calls; twice is as good as once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from .endpoint import DEFAULT_REGION, client

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BUCKET: Final = "hawker"
ROLE: Final = "hawker"
CLUSTER: Final = "hawker"
_REGISTRY: Final = "123456789012.dkr.ecr.{region}.amazonaws.com"
_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "states.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A Lambda function: `image` is a repository's name, `handler` overrides the image's command."""

    name: str
    image: str
    handler: str
    timeout_s: int
    memory_mb: int
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A Fargate task definition of one container, named `container`; `cpu` in 1/1024 of a processor."""

    name: str
    image: str
    command: tuple[str, ...]
    cpu: int
    memory_mb: int
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_timeout: int = 120
    container: str = "worker"


@dataclass(frozen=True, slots=True)
class StateMachineSpec:
    """A state machine; `definition` is ASL with every placeholder filled in."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """ARNs of what was deployed, by name."""

    bucket: str
    role_arn: str
    functions: Mapping[str, str]
    tasks: Mapping[str, str]
    state_machines: Mapping[str, str]


def deploy(
    endpoint: str,
    functions: Iterable[FunctionSpec],
    state_machines: Iterable[StateMachineSpec],
    *,
    tasks: Iterable[TaskSpec] = (),
    region: str = DEFAULT_REGION,
    bucket: str = BUCKET,
) -> Deployment:
    """Create or update the bucket, the role, the task definitions, the functions and the state machines, in this order.

    Updating a function retires its warm sandboxes, so the next invocation meets the code of now. A task definition gets
    a new revision, which the next task is of.

    Raises:
        ClientError: the cloud refused one of them, e.g. a definition with a mistake in it.
    """
    _bucket(client("s3", endpoint, region), bucket, region)
    role = _role(client("iam", endpoint, region))
    lambdas, machines = client("lambda", endpoint, region), client("stepfunctions", endpoint, region)
    known = {
        machine["name"]: machine["stateMachineArn"]
        for page in machines.get_paginator("list_state_machines").paginate()
        for machine in page["stateMachines"]
    }
    ecs, specs = client("ecs", endpoint, region), list(tasks)
    if specs:
        ecs.create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])
    return Deployment(
        bucket=bucket,
        role_arn=role,
        tasks={spec.name: _task(ecs, spec, role, region) for spec in specs},
        functions={spec.name: _function(lambdas, spec, role, region) for spec in functions},
        state_machines={
            spec.name: _state_machine(machines, spec, role, known.get(spec.name)) for spec in state_machines
        },
    )


def _bucket(s3: Any, bucket: str, region: str) -> None:
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket, **where)
    except ClientError as error:
        if _code(error) != "BucketAlreadyOwnedByYou":
            raise


def _role(iam: Any) -> str:
    try:
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(_TRUST))
    except ClientError as error:
        if _code(error) != "EntityAlreadyExists":
            raise
        role = iam.get_role(RoleName=ROLE)
    return str(role["Role"]["Arn"])


def _task(ecs: Any, spec: TaskSpec, role: str, region: str) -> str:
    container = {
        "name": spec.container,
        "image": _image(spec.image, region),
        "command": list(spec.command),
        "environment": [{"name": name, "value": value} for name, value in spec.environment.items()],
        "stopTimeout": spec.stop_timeout,
        "essential": True,
    }
    registered = ecs.register_task_definition(
        family=spec.name,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu=str(spec.cpu),
        memory=str(spec.memory_mb),
        taskRoleArn=role,
        executionRoleArn=role,
        containerDefinitions=[container],
    )
    return str(registered["taskDefinition"]["taskDefinitionArn"])


def _image(repository: str, region: str) -> str:
    return f"{_REGISTRY.format(region=region)}/{repository}:local"


def _function(lambdas: Any, spec: FunctionSpec, role: str, region: str) -> str:
    uri = _image(spec.image, region)
    settings = {
        "FunctionName": spec.name,
        "Role": role,
        "Timeout": spec.timeout_s,
        "MemorySize": spec.memory_mb,
        "ImageConfig": {"Command": [spec.handler]},
        "Environment": {"Variables": dict(spec.environment)},
    }
    try:
        created = lambdas.create_function(**settings, PackageType="Image", Code={"ImageUri": uri})
    except ClientError as error:
        if _code(error) != "ResourceConflictException":
            raise
        lambdas.update_function_code(FunctionName=spec.name, ImageUri=uri)
        created = lambdas.update_function_configuration(**settings)
    return str(created["FunctionArn"])


def _state_machine(machines: Any, spec: StateMachineSpec, role: str, arn: str | None) -> str:
    if arn is not None:
        machines.update_state_machine(stateMachineArn=arn, definition=spec.definition, roleArn=role)
        return arn
    created = machines.create_state_machine(name=spec.name, definition=spec.definition, roleArn=role)
    return str(created["stateMachineArn"])


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
