"""Grants permissions; one with a wildcard says why, where it is granted. Synthesis fails on one that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import IConstruct


def allow(
    role: iam.IRole,
    actions: Sequence[str],
    *resources: str,
    conditions: Mapping[str, Any] | None = None,
    wildcard: str | None = None,
) -> None:
    """Let a role do something; `wildcard` is the reason for those that the resources hold."""
    role.add_to_principal_policy(
        iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=dict(conditions or {}))
    )
    if wildcard:
        for resource in resources:
            acknowledge(role, f"AwsSolutions-IAM5[Resource::{_plain(cdk.Stack.of(role).resolve(resource))}]", wildcard)


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Say why a construct may go against a rule, which synthesis names in its report."""
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))


def _plain(value: Any) -> str:
    """A resolved string as cdk-nag writes it: references in angle brackets, imported values by their names."""
    match value:
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::ImportValue": name}:
            return str(name)
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_plain(part) for part in parts)
    return str(value)
