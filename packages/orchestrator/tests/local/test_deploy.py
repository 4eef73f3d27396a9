"""Deploying to the local cloud."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from hawker_orchestrator.local.deploy import FunctionSpec, StateMachineSpec, deploy
from hawker_orchestrator.local.endpoint import client

from .support import Aws, machine, task


@pytest.fixture
def user_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell set up for another AWS account behind a company's proxy."""
    monkeypatch.setenv("AWS_PROFILE", "of-another-machine")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")


def test_deploying_twice_is_as_good_as_once_and_updates(aws: Aws) -> None:
    function = FunctionSpec("twice", "app", "functions.handle", 11, 320, {"COLOUR": "red"})
    before = StateMachineSpec("twice", json.dumps(machine(Work=task(function="twice"))))
    first = deploy(aws.endpoint, [function], [before])
    assert deploy(aws.endpoint, [function], [before]) == first
    after = StateMachineSpec("twice", json.dumps(machine(Done={"Type": "Pass", "Result": "changed", "End": True})))
    assert deploy(aws.endpoint, [function], [after]) == first
    assert aws.finish(aws.start_again(first.state_machines["twice"]))["output"] == "changed"
    told = aws.functions.get_function_configuration(FunctionName="twice")
    assert (told["Timeout"], told["MemorySize"], told["FunctionArn"]) == (11, 320, first.functions["twice"])
    assert told["Environment"]["Variables"] == {"COLOUR": "red"}
    assert first.bucket == "hawker"
    assert first.role_arn == told["Role"]


def test_buckets_of_other_names_are_made(aws: Aws) -> None:
    assert deploy(aws.endpoint, [], [], bucket="hawker-elsewhere").bucket == "hawker-elsewhere"
    aws.s3.put_object(Bucket="hawker-elsewhere", Key="k", Body=b"v")
    assert aws.s3.get_object(Bucket="hawker-elsewhere", Key="k")["Body"].read() == b"v"


def test_a_mistaken_definition_is_told(aws: Aws) -> None:
    with pytest.raises(ClientError, match=r"No .*States.* definition"):
        deploy(aws.endpoint, [], [StateMachineSpec("mistaken", '{"StartAt": "A"}')])


@pytest.mark.usefixtures("user_settings")
def test_the_users_aws_settings_do_not_matter(aws: Aws) -> None:
    assert client("lambda", aws.endpoint).meta.region_name == "eu-central-1"
    deploy(aws.endpoint, [FunctionSpec("plain", "app", "functions.handle", 5, 256)], [])
    assert aws.invoke("plain")[0] is None
