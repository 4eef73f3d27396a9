"""What was synthesised, as tests read it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]


class Statement(NamedTuple):
    """One statement of a policy: where it stands, and what it says with all that CloudFormation fills in as text."""

    stack: str
    policy: str
    effect: str
    actions: list[str]
    resources: list[str]
    condition: Json


class Assembly(NamedTuple):
    """A cloud assembly: the folder that the CDK writes."""

    folder: Path

    @property
    def stacks(self) -> list[str]:
        return sorted(path.name.removesuffix(".template.json") for path in self.folder.glob("*.template.json"))

    def template(self, stack: str) -> Json:
        found: Json = json.loads((self.folder / f"{stack}.template.json").read_text("utf-8"))
        return found

    def templates(self) -> dict[str, Json]:
        return {stack: self.template(stack) for stack in self.stacks}

    def policies(self) -> Iterator[tuple[str, str, Json]]:
        """Every policy of a role: its stack, its logical ID, the document as text that IAM would understand."""
        for stack, template in self.templates().items():
            resources = template["Resources"]
            for name, resource in resources.items():
                properties = resource.get("Properties", {})
                if resource["Type"] in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
                    yield stack, name, plain(properties["PolicyDocument"], resources)
                for policy in properties.get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
                    yield stack, name, plain(policy["PolicyDocument"], resources)

    def statements(self) -> Iterator[Statement]:
        for stack, policy, document in self.policies():
            for one in document["Statement"]:
                assert {"NotAction", "NotResource"}.isdisjoint(one), (stack, policy, one)
                yield Statement(
                    stack, policy, one["Effect"], listed(one["Action"]), listed(one["Resource"]),
                    one.get("Condition", {}),
                )  # fmt: skip


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
}
_HERE = "eu-central-1:123456789012"
_ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::bucket",
    "AWS::Lambda::Function": f"arn:aws:lambda:{_HERE}:function:{{}}",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/{}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_HERE}:log-group:{{}}:*",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_HERE}:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{_HERE}:stateMachine:{{}}",
    "AWS::SecretsManager::SecretTargetAttachment": f"arn:aws:secretsmanager:{_HERE}:secret:{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{_HERE}:key/{{}}",
}
# Other stacks' exports carry the name and the kind of what they are.
_IMPORTED = {
    "Bucket": "arn:aws:s3:::bucket",
    "Secret": f"arn:aws:secretsmanager:{_HERE}:secret:{{}}",
    "Cluster": f"arn:aws:ecs:{_HERE}:cluster/hawker",
}


def plain(value: Any, resources: Json) -> Any:
    """A value of a template with plausible ARNs and names where it refers to something."""
    if isinstance(value, list):
        return [plain(one, resources) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((function, argument),) = value.items()
        if function == "Ref" or function.startswith("Fn::"):
            return _meaning(function, argument, resources)
    return {key: plain(one, resources) for key, one in value.items()}


def _meaning(function: str, argument: Any, resources: Json) -> str:
    match function, argument:
        case "Ref", name if name in _PSEUDO:
            return _PSEUDO[name]
        case ("Ref", name) | ("Fn::GetAtt", [name, "Arn"]):
            return _ARNS.get(resources[name]["Type"], "{}").format(name)
        case "Fn::ImportValue", name:
            return next(arn.format(name.partition(":")[2]) for kind, arn in _IMPORTED.items() if kind in name)
        case "Fn::Join", [separator, parts]:
            return str(separator).join(plain(part, resources) for part in parts)
        case "Fn::Sub", str(text):
            return re.sub(r"\$\{(.+?)\}", lambda found: _PSEUDO[found[1]], text)
    raise ValueError(f"no meaning for {function}: {argument}")
