"""Deploying to the local cloud."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from hawker_core import registry
from hawker_orchestrator import stack
from hawker_orchestrator.deployment import find
from hawker_orchestrator.local.deploy import FunctionSpec, StateMachineSpec, deploy
from hawker_orchestrator.local.endpoint import IMAGES_PATH, ask, client
from hawker_orchestrator.local.image import images_to_json
from hawker_orchestrator.local.stack import deploy_all, images

from .support import IMAGES, Aws, machine, task

if TYPE_CHECKING:
    from collections.abc import Iterator


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


@pytest.fixture
def _marketplaces(aws: Aws) -> Iterator[None]:
    """The marketplaces' images beside the tests' own."""
    ask(aws.endpoint, IMAGES_PATH, method="PUT", document=images_to_json({**IMAGES, **images()}))
    yield
    ask(aws.endpoint, IMAGES_PATH, method="PUT", document=images_to_json(IMAGES))


@pytest.mark.usefixtures("_marketplaces")
def test_what_is_deployed_is_told_in_ssm_and_left_alone_until_something_differs(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deploy_all(aws.endpoint, "postgresql://x")
    assert not deploy_all(aws.endpoint, "postgresql://x")
    told = find(client("ssm", aws.endpoint))
    assert told.part("bucket") == "hawker"
    for marketplace in registry.marketplaces():
        aws.functions.get_function(FunctionName=told.part(marketplace, "close"))
        for workflow in (stack.LAMBDA, stack.FARGATE):
            machine = told.part(marketplace, "state-machine", workflow)
            assert aws.states.describe_state_machine(stateMachineArn=machine)["status"] == "ACTIVE"

    workers = {"worker": {"HAWKER_DATABASE_URL": "postgresql://worker"}}
    assert deploy_all(aws.endpoint, "postgresql://x", by_role=workers)
    urls = {
        role: aws.functions.get_function_configuration(FunctionName=stack.function("ebay", role))["Environment"][
            "Variables"
        ]["HAWKER_DATABASE_URL"]
        for role in stack.HANDLERS
    }
    assert urls == {**dict.fromkeys(stack.HANDLERS, "postgresql://x"), "worker": "postgresql://worker"}

    # One that breaks off in the middle is made good, be it by what was there before.
    with monkeypatch.context() as broken:
        broken.setattr(stack, "definition", lambda *_, **__: "no definition")
        with pytest.raises(ClientError):
            deploy_all(aws.endpoint, "postgresql://y")
    assert deploy_all(aws.endpoint, "postgresql://x", by_role=workers)
    assert not deploy_all(aws.endpoint, "postgresql://x", by_role=workers)
