"""Who may do what: nothing that is not explained, and a worker its own run and secret alone."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import parliament
import pytest

from hawker_core import registry
from tests.infra.templates import Statement

if TYPE_CHECKING:
    from tests.infra.templates import Assembly

# Actions that may be on "*" though AWS knows resources for them, and why.
ON_ANY = {
    "ec2:AssignPrivateIpAddresses": "of the interface that Lambda has just made; the function's own code may not",
    "ec2:CreateNetworkInterface": "it has no ARN yet; the function's own code may not",
    "ec2:DeleteNetworkInterface": "as above",
    "ec2:UnassignPrivateIpAddresses": "as above",
    "ssm:UpdateInstanceInformation": "of the bastion, whose ID is known after its role",
}
# Resources that may hold a wildcard, and why.
PATTERNS = {
    r"arn:aws:s3:::bucket/(runs|evidence)/(amazon|ebay|walmart)_\*/.*\*": "runs are named when they start",
    r"arn:aws:logs:[^*]+:log-group:\w+:\*": "the streams of one log group",
    r"arn:aws:states:[^*]+:execution:hawker-\w+-\w+[:/]\*": "a state machine's own executions",
    r"arn:aws:ecs:[^*]+:task/hawker/\*": "the tasks of one cluster",
    r"arn:aws:ecs:[^*]+:task-definition/hawker-\w+-worker:\*": "the revisions of one task definition",
    r"arn:aws:lambda:[^*]+:function:Functionsmigrate\w+:\*": "the versions of one function",
}
_ACTIONS = {
    f"{service['prefix']}:{privilege['privilege']}": any(
        kind["resource_type"] for kind in privilege["resource_types"]
    )
    for service in parliament.iam_definition
    for privilege in service["privileges"]
}  # fmt: skip


def problems(statement: Statement) -> list[str]:
    """What nobody has explained in a statement that allows something."""
    if statement.effect == "Deny":
        return []
    found = [f"{action} is a wildcard" for action in statement.actions if "*" in action]
    for resource in statement.resources:
        if resource == "*":
            found += [
                f"{action} on *"
                for action in statement.actions
                if _ACTIONS.get(action, True) and action not in ON_ANY
            ]  # fmt: skip
        elif "*" in resource and not any(re.fullmatch(pattern, resource) for pattern in PATTERNS):
            found.append(f"{resource} holds a wildcard")
    return found


def test_no_wildcard_is_unexplained(assembly: Assembly) -> None:
    statements = list(assembly.statements())
    assert len(statements) > 100
    assert {(one.stack, one.policy): problems(one) for one in statements if problems(one)} == {}


def test_each_explanation_is_needed(assembly: Assembly) -> None:
    resources = {resource for one in assembly.statements() for resource in one.resources}
    assert [pattern for pattern in PATTERNS if not any(re.fullmatch(pattern, one) for one in resources)] == []
    on_any = {action for one in assembly.statements() if "*" in one.resources for action in one.actions}
    assert [action for action in ON_ANY if action not in on_any or not _ACTIONS[action]] == []


@pytest.mark.parametrize(
    ("actions", "resources", "told"),
    [
        (["s3:*"], ["arn:aws:s3:::bucket/x"], ["s3:* is a wildcard"]),
        (["s3:Get*"], ["arn:aws:s3:::bucket/x"], ["s3:Get* is a wildcard"]),
        (["s3:PutObject"], ["*"], ["s3:PutObject on *"]),
        (["xray:PutTraceSegments"], ["*"], []),
        (["s3:PutObject"], ["arn:aws:s3:::bucket/*"], ["arn:aws:s3:::bucket/* holds a wildcard"]),
        (["s3:PutObject"], ["arn:aws:s3:::bucket/runs/*"], ["arn:aws:s3:::bucket/runs/* holds a wildcard"]),
        (["s3:PutObject"], ["arn:aws:s3:::bucket/runs/ebay_*/statistics/*"], []),
        (["shop:Unheard"], ["*"], ["shop:Unheard on *"]),
    ],
)
def test_a_wildcard_is_caught(actions: list[str], resources: list[str], told: list[str]) -> None:
    assert problems(Statement("stack", "policy", "Allow", actions, resources, {})) == told


# What parliament says of these policies and is wrong about, and why.
MISTAKEN = {
    "RESOURCE_STAR": "problems() knows the reason for each",
    "Unknown condition lambda:SourceFunctionArn": "Lambda sets it in every call of a function's code",
    "'action': 'states:DescribeExecution'": "it wants a resource of every kind; there are no express executions",
}


def findings(document: dict[str, Any]) -> list[str]:
    analysed = parliament.analyze_policy_string(json.dumps(document))
    return [f"{one.issue} {one.detail} {one.location}" for one in analysed.findings]


def test_parliament_finds_nothing(assembly: Assembly) -> None:
    found = {one for _, _, document in assembly.policies() for one in findings(document)}
    assert {one for one in found if not any(mistake in one for mistake in MISTAKEN)} == set()
    assert [mistake for mistake in MISTAKEN if not any(mistake in one for one in found)] == []


def test_parliament_finds_an_action_that_does_not_exist(assembly: Assembly) -> None:
    _, _, document = next(assembly.policies())
    document = copy.deepcopy(document)
    document["Statement"][0]["Action"] = ["s3:PutObjekt"]
    assert any("UNKNOWN_ACTION" in one for one in findings(document))


def allowed(assembly: Assembly, marketplace: str, policy: str) -> dict[str, set[str]]:
    """What a role may do: resources by action, without what Lambda itself needs to run it."""
    found: dict[str, set[str]] = {}
    for one in assembly.statements():
        if one.stack == f"hawker-{marketplace}" and one.policy.startswith(policy) and one.effect == "Allow":
            for action in one.actions:
                if action.partition(":")[0] not in {"ec2", "logs", "xray"}:
                    found.setdefault(action, set()).update(one.resources)
    return found


@pytest.mark.parametrize("marketplace", list(registry.marketplaces()))
@pytest.mark.parametrize("policy", ["Functionsworkerrole", "TaskTaskRole"])
def test_a_worker_reaches_its_own_run_prefix_and_its_own_secret_alone(
    assembly: Assembly, marketplace: str, policy: str
) -> None:
    may = allowed(assembly, marketplace, policy)
    (secret,) = may.pop("secretsmanager:GetSecretValue")
    assert f"Secrethawker{marketplace}" in secret
    assert may.pop("secretsmanager:DescribeSecret") == {secret}
    bucket = "arn:aws:s3:::bucket"
    keys = {f"{bucket}/runs/{marketplace}_*/statistics/*", f"{bucket}/evidence/{marketplace}_*/*"}
    assert may == {"s3:PutObject": keys}


def test_plan_and_close_reach_the_orchestrators_secret_and_the_marketplaces_runs(assembly: Assembly) -> None:
    runs = "arn:aws:s3:::bucket/runs/ebay_*"
    expected: dict[str, dict[str, set[str]]] = {
        "plan": {"s3:PutObject": {f"{runs}/manifest-*"}},
        "close": {
            "s3:GetObject": {f"{runs}/*"},
            "s3:DeleteObject": {f"{runs}/*"},
            "s3:ListBucket": {"arn:aws:s3:::bucket"},
        },
    }
    for role, objects in expected.items():
        may = allowed(assembly, "ebay", f"Functions{role}role")
        (secret,) = may.pop("secretsmanager:GetSecretValue")
        assert "Secrethawkerorchestrator" in secret
        del may["secretsmanager:DescribeSecret"]
        assert may == objects
    (listing,) = [one for one in assembly.statements() if one.stack == "hawker-ebay" and "s3:ListBucket" in one.actions]
    assert listing.condition == {"StringLike": {"s3:prefix": "runs/ebay_*/*"}}


def test_migrate_alone_reaches_the_admins_secret(assembly: Assembly) -> None:
    holders = {
        (one.stack, re.sub("role.*", "", one.policy))
        for one in assembly.statements()
        if one.stack != "hawker-data" and any("DatabaseSecret" in resource for resource in one.resources)
    }
    assert holders == {(f"hawker-{name}", "Functionsmigrate") for name in registry.marketplaces()}


def test_code_that_reads_pages_of_strangers_may_not_touch_the_network(assembly: Assembly) -> None:
    denied = {one.policy: one for one in assembly.statements() if one.stack == "hawker-ebay" and one.effect == "Deny"}
    assert len(denied) == 4
    for one in denied.values():
        assert "ec2:CreateNetworkInterface" in one.actions
        assert one.condition["ArnEquals"]["lambda:SourceFunctionArn"].startswith("arn:aws:lambda:")
