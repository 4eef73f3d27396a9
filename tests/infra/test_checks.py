"""The static checks on what was synthesised, and that each of them catches what it is there for."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import aws_iam as iam

from hawker_orchestrator import stack
from infra.app import RefusedError, app, synthesise
from infra.config import DEV
from infra.image_assets import ROOT
from infra.marketplace import MarketplaceStack
from infra.permissions import allow
from tools.node import BIN, ENVIRONMENT, program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.infra.templates import Assembly

# cdk-nag: AwsSolutions


def objections(folder: Path) -> list[str]:
    """The rules that a synthesis was refused for."""
    report = json.loads((folder / "validation-report.json").read_text("utf-8"))
    return [one["ruleName"] for plugin in report["pluginReports"] for one in plugin["violations"]]


def test_a_wildcard_without_a_reason_fails_synthesis_and_is_all_that_does(tmp_path: Path) -> None:
    made = app(DEV, outdir=str(tmp_path))
    ebay = made.node.find_child("hawker-ebay")
    assert isinstance(ebay, MarketplaceStack)
    role = iam.Role(ebay, "role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    allow(role, ["s3:GetObject"], "arn:aws:s3:::bucket/*", wildcard="the bucket is there for that")
    allow(role, ["s3:Put*"], "arn:aws:s3:::bucket/key")
    with pytest.raises(RefusedError, match="break the rules"):
        synthesise(made)
    assert objections(tmp_path) == ["AwsSolutions-IAM5[Action::s3:Put*]"]


# cfn-lint


def lint(*templates: Path) -> str:
    """What cfn-lint says of templates, with the project's configuration; nothing when it has no objection."""
    done = subprocess.run(
        [BIN / "cfn-lint", "--config-file", ROOT / ".cfnlintrc.yaml", "--", *templates],
        capture_output=True, text=True, check=False, timeout=300, env=ENVIRONMENT,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def test_cfn_lint_has_no_objection(assembly: Assembly) -> None:
    assert lint(*sorted(assembly.folder.glob("*.template.json"))) == ""


def test_an_unknown_property_a_wrong_value_and_a_states_misspelt_field_are_caught(
    assembly: Assembly, tmp_path: Path
) -> None:
    template = assembly.template("hawker-ebay")
    properties = [one.get("Properties", {}) for one in template["Resources"].values()]
    (worker,) = [one for one in properties if one.get("FunctionName") == "hawker-ebay-worker"]
    worker |= {"Memory": 512, "Timeout": 901}
    machine = next(one for one in properties if "DefinitionString" in one)
    machine["DefinitionString"] = machine["DefinitionString"].replace('"MaxConcurrencyPath"', '"MaxConcurrentPath"')
    broken = tmp_path / "broken.template.json"
    broken.write_text(json.dumps(template))
    found = lint(broken)
    assert "E3002 Additional properties are not allowed ('Memory' was unexpected" in found
    assert "901" in found
    assert "E3601 Additional properties are not allowed ('MaxConcurrentPath' was unexpected" in found


# asl-validator: the targets of transitions, and what is never reached


def validate(definition: str, folder: Path) -> str:
    """What asl-validator says of a state machine; nothing when it has no objection."""
    file = folder / "machine.asl.json"
    file.write_text(definition, "utf-8")
    done = subprocess.run(
        [program("asl-validator"), "--json-path", file],
        capture_output=True, text=True, check=False, timeout=120, env=ENVIRONMENT,
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("workflow", [stack.LAMBDA, stack.FARGATE])
def test_state_machines_are_valid(workflow: str, tmp_path: Path) -> None:
    assert validate(stack.asl(workflow), tmp_path) == ""


def dangling_next(states: dict[str, Any]) -> None:
    states["Scrape"]["ItemProcessor"]["States"]["NextRound"]["Next"] = "Wrok"


def dangling_catch(states: dict[str, Any]) -> None:
    states["Scrape"]["Catch"][0]["Next"] = "Clsoe"


def unreached(states: dict[str, Any]) -> None:
    states["Left"] = {"Type": "Pass", "End": True}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (dangling_next, "target: Wrok"),
        (dangling_catch, "target: Clsoe"),
        (unreached, "State Left is not reachable"),
    ],
)
def test_a_state_machine_that_goes_nowhere_is_caught(
    spoil: Callable[[dict[str, Any]], None], told: str, tmp_path: Path
) -> None:
    definition = json.loads(stack.asl(stack.LAMBDA))
    spoil(definition["States"])
    assert told in validate(json.dumps(definition), tmp_path)
