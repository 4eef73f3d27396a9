"""CloudFormation's part on the local cloud: deploys synthesised stacks to moto, and fills in what moto leaves out.

moto 5.2.5's CloudFormation makes some of the resources, and of those not all that the template says. All that is done
about it stands here:

- types that it lacks are left out, parameters too; what refers to them gets a made-up ARN or image;
- secrets are made by Secrets Manager's own API, with the credentials of the local database;
- state machines are made by Step Functions' own API, as moto makes them where nothing executes them;
- the migration invokes the function that it is for, once the functions are there instead of before, and not through
  the provider framework's function, which is a zip file;
- image URIs name the local cloud's images, and tags are left out where moto cannot read them;
- a function's command and a cluster's capacity providers, which moto drops, are set.

What was left out is told what it would have been by outputs that are added to the stack: moto resolves the references.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from moto.cloudformation.parsing import get_model_map

from hawker_orchestrator.local.endpoint import DEFAULT_REGION, client
from infra.orchestrator import CLUSTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_ACCOUNT: Final = "123456789012"
_REGISTRY: Final = f"{_ACCOUNT}.dkr.ecr.{DEFAULT_REGION}.amazonaws.com"
_SECRET: Final = "AWS::SecretsManager::Secret"  # noqa: S105  a type's name
_ATTACHMENT: Final = "AWS::SecretsManager::SecretTargetAttachment"
_MIGRATION: Final = "Custom::Migration"
_MACHINE: Final = "AWS::StepFunctions::StateMachine"
_HALF_MADE: Final = {_MACHINE, "AWS::RDS::DBInstance"}  # an instance is nothing without its cluster
_PLACEHOLDER: Final = re.compile(r"\$\{(\w+)\}")

_MACHINE_IMAGE: Final = "ami-12c6146b"  # one that moto has
_ROLE: Final = f"arn:aws:iam::{_ACCOUNT}:role/{CLUSTER}"  # which nobody checks here

Template = dict[str, Any]


class Deployed(NamedTuple):
    """What became of the stacks: resources made and left out, both by type, and what each migration answered."""

    made: Counter[str]
    left_out: Counter[str]
    migrations: dict[str, Any]


def deploy(folder: Path, stacks: Iterable[str], endpoint: str, database_url: str) -> Deployed:
    """Deploy stacks, in this order, as they were synthesised.

    Args:
        folder: the CDK's output.
        stacks: their names.
        endpoint: the local cloud's.
        database_url: the database, as its owner.
    """
    deployed = Deployed(Counter(), Counter(), {})
    formation = client("cloudformation", endpoint)
    for name in stacks:
        template: Template = json.loads((folder / f"{name}.template.json").read_text("utf-8"))
        adapted = _Adapter(name, template, endpoint, database_url).adapt()
        formation.create_stack(StackName=name, TemplateBody=json.dumps(adapted))
        (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE", stack
        kinds = Counter(resource["Type"] for resource in template["Resources"].values())
        made = Counter(resource["Type"] for resource in adapted["Resources"].values())
        deployed.made.update(made)
        deployed.left_out.update(kinds - made)
        told = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        deployed.migrations.update(_finish(name, template["Resources"], told, endpoint))
    return deployed


class _Adapter:
    """One stack's template, made fit for moto."""

    def __init__(self, stack: str, template: Template, endpoint: str, database_url: str) -> None:
        self._stack, self._endpoint = stack, endpoint
        self._resources = resources = template["Resources"]
        self._outputs = template.get("Outputs", {})
        known = get_model_map().keys() - _HALF_MADE
        self._arns = {  # of what is left out
            name: f"arn:aws:hawker:{DEFAULT_REGION}:{_ACCOUNT}:{name}"
            for name, resource in resources.items()
            if resource["Type"] not in known or resource["Properties"].get("Code", {}).get("S3Key")
        }
        for name, properties in _of(_SECRET, resources):
            self._arns[name] = self._secret(properties, database_url)
        for name, properties in _of(_ATTACHMENT, resources):
            self._arns[name] = self._arns[properties["SecretId"]["Ref"]]
        for name, properties in _of(_MACHINE, resources):
            machine = properties["StateMachineName"]
            self._arns[name] = f"arn:aws:states:{DEFAULT_REGION}:{_ACCOUNT}:stateMachine:{machine}"
        # AWS keeps there which machine image is the newest.
        self._arns |= dict.fromkeys(template.get("Parameters", {}), _MACHINE_IMAGE)

    def adapt(self) -> Template:
        kept = {name: self._mended(one) for name, one in self._resources.items() if name not in self._arns}
        outputs = dict(self._outputs)
        for name, properties in _of(_MACHINE, self._resources):
            values = properties["DefinitionSubstitutions"]
            # No Fn::Sub: moto's makes one $ of two.
            parts = _PLACEHOLDER.split(properties["DefinitionString"])
            parts[1::2] = [values[word] for word in parts[1::2]]
            outputs[name] = {"Value": {"Fn::Join": ["", parts]}}
        for name, properties in _of(_MIGRATION, self._resources):
            outputs[name] = {"Value": {"Fn::ToJsonString": {"roles": properties["roles"]}}}
        return {"Resources": self._rid(kept), "Outputs": self._rid(outputs)}

    def _secret(self, properties: Template, database_url: str) -> str:
        """A secret for a role of the local database: the owner's as it is, or one to be given to a role."""
        generate = properties["GenerateSecretString"]
        database = urlsplit(database_url)
        (host,) = parse_qs(database.query).get("host") or [database.hostname or "localhost"]
        told = {
            **json.loads(generate["SecretStringTemplate"]),
            generate["GenerateStringKey"]: secrets.token_urlsafe(24),
            "host": quote(host, safe=""),
            "port": database.port or 5432,
            "dbname": database.path.strip("/"),
        }
        if told["username"].endswith("_admin"):  # the cluster's own user
            told |= {"username": database.username, "password": database.password or ""}
        manager = client("secretsmanager", self._endpoint)
        arn: str = manager.create_secret(Name=told["username"], SecretString=json.dumps(told))["ARN"]
        return arn

    def _mended(self, resource: Template) -> Template:
        properties = dict(resource["Properties"])
        match resource["Type"]:
            case "AWS::Lambda::Function":
                properties["Code"] = {"ImageUri": f"{_REGISTRY}/{self._stack}:stack"}
            case "AWS::KMS::Key" | "AWS::SSM::Parameter":
                del properties["Tags"]  # moto reads them by the names of those services' own APIs
            case "AWS::ECS::TaskDefinition":
                (container,) = properties["ContainerDefinitions"]
                image = f"{_REGISTRY}/{self._stack}-browser:stack"
                properties["ContainerDefinitions"] = [{**container, "Image": image}]
        depends = resource.get("DependsOn", [])
        depends = [depends] if isinstance(depends, str) else depends
        return {**resource, "Properties": properties, "DependsOn": [one for one in depends if one not in self._arns]}

    def _rid(self, value: Any) -> Any:
        """A value without references to what is left out."""
        match value:
            case {"Ref": str(name)} if name in self._arns:
                return self._arns[name]
            case {"Fn::GetAtt": [str(name), str(attribute)]} if name in self._arns:
                return "5432" if attribute.endswith("Port") else f"{self._arns[name]}/{attribute}"
            case dict():
                return {name: self._rid(inner) for name, inner in value.items()}
            case list():
                return [self._rid(inner) for inner in value]
        return value


def _of(kind: str, resources: Template) -> list[tuple[str, Template]]:
    """Names and properties of the resources of a type."""
    return [(name, one["Properties"]) for name, one in resources.items() if one["Type"] == kind]


def _finish(stack: str, resources: Template, told: Mapping[str, str], endpoint: str) -> dict[str, Any]:
    """Make and set what moto does not; gives the migration's answer, by stack."""
    lambdas = client("lambda", endpoint, read_timeout=300)
    for _, properties in _of("AWS::Lambda::Function", resources):
        if command := properties.get("ImageConfig"):
            lambdas.update_function_configuration(FunctionName=properties["FunctionName"], ImageConfig=command)
    for _, properties in _of("AWS::ECS::ClusterCapacityProviderAssociations", resources):
        client("ecs", endpoint).put_cluster_capacity_providers(
            cluster=CLUSTER, capacityProviders=properties["CapacityProviders"], defaultCapacityProviderStrategy=[]
        )
    answers = {}
    for name, _ in _of(_MIGRATION, resources):
        event = {"RequestType": "Create", "ResourceProperties": json.loads(told[name])}
        answer = lambdas.invoke(FunctionName=f"{stack}-migrate", Payload=json.dumps(event))
        answers[stack] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, answers
    for name, properties in _of(_MACHINE, resources):
        client("stepfunctions", endpoint).create_state_machine(
            name=properties["StateMachineName"], definition=told[name], roleArn=_ROLE
        )
    return answers
