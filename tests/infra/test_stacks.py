"""What is deployed: the parts that a mistake in would be dear."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from aws_cdk.assertions import Match, Template

from hawker_core import registry
from hawker_core.log import JsonFormatter
from hawker_orchestrator import stack
from hawker_orchestrator.close import Summary
from hawker_orchestrator.plan import Input
from infra.app import app, synthesise
from infra.config import PROD
from tests.infra.templates import Assembly

if TYPE_CHECKING:
    from tests.infra.templates import Json


def resources(template: Template, kind: str) -> dict[str, Json]:
    """Properties of the resources of a type."""
    return {name: one.get("Properties", {}) for name, one in template.find_resources(kind).items()}


def test_there_is_a_stack_for_each_marketplace_beside_those_that_they_share(assembly: Assembly) -> None:
    shared = {"hawker-data", "hawker-network", "hawker-orchestrator"}
    assert set(assembly.stacks) == shared | {f"hawker-{name}" for name in registry.marketplaces()}


def test_no_stack_is_bound_to_an_account_or_a_region(assembly: Assembly) -> None:
    manifest = json.loads((assembly.folder / "manifest.json").read_text("utf-8"))
    where = {one["environment"] for one in manifest["artifacts"].values() if "environment" in one}
    assert where == {"aws://unknown-account/unknown-region"}


# Network and data


def test_nothing_may_connect_to_workers_and_only_they_to_the_database(network: Template, data: Template) -> None:
    (workers,) = resources(network, "AWS::EC2::SecurityGroup").values()
    assert "SecurityGroupIngress" not in workers
    assert resources(network, "AWS::EC2::SecurityGroupIngress") == {}
    (rule,) = resources(data, "AWS::EC2::SecurityGroupIngress").values()
    assert "Workers" in rule["SourceSecurityGroupId"]["Fn::ImportValue"]


def test_functions_leave_by_nat_and_tasks_by_a_public_address(network: Template, ebay: Template) -> None:
    network.resource_count_is("AWS::EC2::NatGateway", PROD.nat_gateways)
    public = set(re.findall(r"Vpc(tasks\w+?)Subnet\w", json.dumps(network.to_json()["Outputs"])))
    machines = [one["DefinitionSubstitutions"] for one in resources(ebay, "AWS::StepFunctions::StateMachine").values()]
    (substitutions,) = [one for one in machines if "Subnets" in one]
    assert substitutions["AssignPublicIp"] == "ENABLED"
    told = json.dumps(substitutions["Subnets"])
    assert len(public) == 2
    assert all(name in told for name in public)
    for function in resources(ebay, "AWS::Lambda::Function").values():
        if "VpcConfig" in function:
            assert "VpcfunctionsSubnet1" in json.dumps(function["VpcConfig"]["SubnetIds"])


def test_the_bucket_is_closed_speaks_tls_and_empties_itself(data: Template) -> None:
    data.all_resources_properties(
        "AWS::S3::Bucket",
        {
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            }
        },
    )
    for policy in resources(data, "AWS::S3::BucketPolicy").values():
        assert any(
            one["Effect"] == "Deny" and one["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for one in policy["PolicyDocument"]["Statement"]
        )
    data.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "LifecycleConfiguration": {
                "Rules": Match.array_with(
                    [
                        {"Id": "runs", "Prefix": "runs/", "ExpirationInDays": PROD.runs_days, "Status": "Enabled"},
                        Match.object_like({"Prefix": "evidence/", "ExpirationInDays": PROD.evidence_days}),
                    ]
                )
            }
        },
    )


def test_the_database_is_encrypted_kept_and_sized_by_the_configuration(data: Template) -> None:
    data.has_resource(
        "AWS::RDS::DBCluster",
        {
            "DeletionPolicy": "Snapshot",
            "Properties": {
                "StorageEncrypted": True,
                "DeletionProtection": True,
                "ServerlessV2ScalingConfiguration": {"MinCapacity": PROD.min_acu, "MaxCapacity": PROD.max_acu},
            },
        },
    )
    data.has_resource_properties("AWS::RDS::DBClusterParameterGroup", {"Parameters": {"rds.force_ssl": "1"}})


def test_every_password_is_rotated_and_none_before_its_role_is_there(data: Template) -> None:
    secrets, rotations = (resources(data, f"AWS::SecretsManager::{kind}") for kind in ("Secret", "RotationSchedule"))
    assert len(secrets) == len(rotations) == 2 + len(registry.marketplaces())
    assert {one["RotateImmediatelyOnUpdate"] for one in rotations.values()} == {False}
    names = [json.loads(one["GenerateSecretString"]["SecretStringTemplate"])["username"] for one in secrets.values()]
    roles = {"hawker_admin", "hawker_orchestrator", *(f"hawker_{name}" for name in registry.marketplaces())}
    assert set(names) == roles


# Shared by all marketplaces


def test_alarms_go_to_a_topic_that_alarms_may_publish_to(orchestrator: Template) -> None:
    (policy,) = resources(orchestrator, "AWS::SNS::TopicPolicy").values()
    effects = {one["Effect"]: one for one in policy["PolicyDocument"]["Statement"]}
    assert effects["Allow"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert effects["Deny"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    (key,) = resources(orchestrator, "AWS::KMS::Key").values()
    (grant,) = [one for one in key["KeyPolicy"]["Statement"] if "Service" in one["Principal"]]
    assert grant["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert grant["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_the_cluster_has_spot_and_what_stands_in_for_it(orchestrator: Template) -> None:
    orchestrator.has_resource_properties(
        "AWS::ECS::ClusterCapacityProviderAssociations", {"CapacityProviders": ["FARGATE", "FARGATE_SPOT"]}
    )


def test_the_dashboard_shows_every_marketplace_and_imports_from_none(orchestrator: Template) -> None:
    (board,) = resources(orchestrator, "AWS::CloudWatch::Dashboard").values()
    body = json.dumps(board["DashboardBody"])
    for name in registry.marketplaces():
        assert stack.function(name, "worker") in body
        assert stack.state_machine(name, stack.FARGATE) in body
        assert f"Hawker/{name}" in body
    assert not any(f"hawker-{name}:Exports" in body for name in registry.marketplaces())


# A marketplace


def test_functions_are_those_that_the_local_cloud_runs(ebay: Template) -> None:
    ours = {
        one["FunctionName"]: (one["ImageConfig"]["Command"], one["MemorySize"], one["Timeout"])
        for one in resources(ebay, "AWS::Lambda::Function").values()
        if "FunctionName" in one
    }
    expected = {
        stack.function("ebay", role): ([handler], stack.SIZES[role].memory, stack.SIZES[role].timeout)
        for role, handler in stack.HANDLERS.items()
    }
    # A migration ends before its caller does, or nobody would tell CloudFormation.
    command, memory, _ = expected["hawker-ebay-migrate"]
    expected["hawker-ebay-migrate"] = (command, memory, 840)
    assert ours == expected


def test_every_log_is_kept_for_as_long_as_the_configuration_says(assembly: Assembly) -> None:
    for name, template in assembly.templates().items():
        logs = resources(Template.from_json(template), "AWS::Logs::LogGroup").values()
        assert {one["RetentionInDays"] for one in logs} <= {90}, name
        functions = resources(Template.from_json(template), "AWS::Lambda::Function").values()
        assert all("LogGroup" in one["LoggingConfig"] for one in functions), name


def test_a_task_has_two_minutes_to_stop_and_knows_its_memory(ebay: Template) -> None:
    (task,) = resources(ebay, "AWS::ECS::TaskDefinition").values()
    (container,) = task["ContainerDefinitions"]
    assert (container["Name"], container["Command"]) == (stack.CONTAINER, list(stack.TASK_COMMAND))
    assert container["StopTimeout"] == stack.TASK_SIZE.stop_timeout == 120
    environment = {one["Name"]: one["Value"] for one in container["Environment"]}
    assert environment["HAWKER_TASK_MEMORY"] == task["Memory"] == str(stack.TASK_SIZE.memory)


@pytest.mark.parametrize("workflow", [stack.LAMBDA, stack.FARGATE])
def test_every_placeholder_of_a_workflow_is_filled_in(ebay: Template, workflow: str) -> None:
    (machine,) = [
        one
        for one in resources(ebay, "AWS::StepFunctions::StateMachine").values()
        if one["StateMachineName"] == stack.state_machine("ebay", workflow)
    ]
    assert machine["DefinitionString"] == stack.asl(workflow)
    assert set(machine["DefinitionSubstitutions"]) == set(re.findall(r"\$\{(\w+)\}", stack.asl(workflow)))
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"]["Level"] == "ALL"


def test_runs_go_on_with_the_newest_revision_of_their_task(ebay: Template) -> None:
    machines = resources(ebay, "AWS::StepFunctions::StateMachine").values()
    (task,) = [one for machine in machines if (one := machine["DefinitionSubstitutions"].get("TaskDefinition"))]
    assert task == stack.task("ebay")


def test_the_migration_comes_before_all_that_meets_its_schema_and_again_with_each_image(ebay: Template) -> None:
    ((migration, properties),) = resources(ebay, "Custom::Migration").items()
    assert set(properties["roles"]) == {"hawker_orchestrator", "hawker_ebay"}
    later = {
        one["Properties"].get("FunctionName", "task")
        for kind in ("AWS::Lambda::Function", "AWS::ECS::TaskDefinition")
        for one in ebay.find_resources(kind).values()
        if migration in one.get("DependsOn", [])
    }
    assert later == {"hawker-ebay-plan", "hawker-ebay-worker", "hawker-ebay-close", "task"}
    images = {
        json.dumps(one["Code"]["ImageUri"])
        for one in resources(ebay, "AWS::Lambda::Function").values()
        if "ImageUri" in one["Code"]
    }
    (image,) = images
    assert properties["image"] in image


def test_a_schedule_starts_its_scraper_under_a_name_that_begins_with_it(ebay: Template) -> None:
    schedules = {one["Name"]: one for one in resources(ebay, "AWS::Scheduler::Schedule").values()}
    assert set(schedules) <= {name for name in registry.names() if name.startswith("ebay_")}
    search = schedules["ebay_search"]
    assert search["ScheduleExpression"].startswith("cron(")
    assert search["ScheduleExpressionTimezone"] == "America/Los_Angeles"
    assert search["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 10}
    assert search["State"] == "ENABLED"
    target = search["Target"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3}
    assert target["DeadLetterConfig"]
    machine = next(part["Ref"] for part in target["Input"]["Fn::Join"][1] if isinstance(part, dict))
    call = json.loads("".join(part if isinstance(part, str) else "ARN" for part in target["Input"]["Fn::Join"][1]))
    assert call["Name"] == "ebay_search-<aws.scheduler.execution-id>"
    assert msgspec.json.decode(call["Input"], type=Input).scraper == "ebay_search"
    assert machine.startswith("Workflowslambda")


def test_a_browsers_schedule_starts_the_workflow_of_tasks(ebay: Template) -> None:
    feedback = next(
        one for one in resources(ebay, "AWS::Scheduler::Schedule").values() if one["Name"] == "ebay_seller_feedback"
    )
    assert "Workflowsfargate" in json.dumps(feedback["Target"]["Input"])


def test_the_command_line_finds_what_is_deployed(data: Template, ebay: Template) -> None:
    names = {one["Name"] for template in (data, ebay) for one in resources(template, "AWS::SSM::Parameter").values()}
    assert names == {
        stack.parameter("bucket"),
        stack.parameter("database-secret"),
        stack.parameter("ebay", "close"),
        stack.parameter("ebay", "state-machine", stack.LAMBDA),
        stack.parameter("ebay", "state-machine", stack.FARGATE),
    }


# What the configuration may choose


@pytest.fixture(scope="module")
def otherwise(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    config = replace(
        PROD, proxy=True, bastion=False, architecture="x86_64", schedules=False, alarm_mail="team@example.com",
        settings={"HAWKER_USER_AGENT": "Acme/1.0 (+https://acme.example)"},
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("otherwise")
    synthesise(app(config, outdir=str(folder)))
    return Assembly(folder)


def test_all_but_the_admin_go_through_the_proxy_where_there_is_one(otherwise: Assembly) -> None:
    data, ebay = (Template.from_json(otherwise.template(f"hawker-{name}")) for name in ("data", "ebay"))
    (proxy,) = resources(data, "AWS::RDS::DBProxy").values()
    assert proxy["RequireTLS"] is True
    assert len(proxy["Auth"]) == 1 + len(registry.marketplaces())
    functions = [one for one in resources(ebay, "AWS::Lambda::Function").values() if "FunctionName" in one]
    proxied = {one["FunctionName"] for one in functions if "HAWKER_DATABASE_HOST" in one["Environment"]["Variables"]}
    assert proxied == {"hawker-ebay-plan", "hawker-ebay-worker", "hawker-ebay-close"}
    (task,) = resources(ebay, "AWS::ECS::TaskDefinition").values()
    names = {one["Name"]: one["Value"] for one in task["ContainerDefinitions"][0]["Environment"]}
    assert "hawker-data" in names["HAWKER_DATABASE_HOST"]["Fn::ImportValue"]
    assert names["HAWKER_USER_AGENT"] == "Acme/1.0 (+https://acme.example)"


def test_both_kinds_of_worker_are_of_the_architecture(otherwise: Assembly, assembly: Assembly) -> None:
    for chosen, function, task in ((otherwise, "x86_64", "X86_64"), (assembly, "arm64", "ARM64")):
        ebay = Template.from_json(chosen.template("hawker-ebay"))
        named = {"FunctionName": "hawker-ebay-worker", "Architectures": [function]}
        ebay.has_resource_properties("AWS::Lambda::Function", named)
        platform = {"RuntimePlatform": {"CpuArchitecture": task, "OperatingSystemFamily": "LINUX"}}
        ebay.has_resource_properties("AWS::ECS::TaskDefinition", platform)
        built = json.loads((chosen.folder / "hawker-ebay.assets.json").read_text("utf-8"))["dockerImages"]
        assert {one["source"]["platform"] for one in built.values()} == {f"linux/{function.replace('x86_64', 'amd64')}"}
        assert {one["source"]["dockerBuildTarget"] for one in built.values()} == {"lambda", "fargate"}


def test_the_machine_for_tunnels_may_be_left_out_and_schedules_may_be_off(otherwise: Assembly) -> None:
    Template.from_json(otherwise.template("hawker-network")).resource_count_is("AWS::EC2::Instance", 0)
    schedules = resources(Template.from_json(otherwise.template("hawker-ebay")), "AWS::Scheduler::Schedule").values()
    assert {one["State"] for one in schedules} == {"DISABLED"}


def test_alarms_are_mailed(otherwise: Assembly) -> None:
    (mail,) = resources(
        Template.from_json(otherwise.template("hawker-orchestrator")), "AWS::SNS::Subscription"
    ).values()
    assert (mail["Protocol"], mail["Endpoint"]) == ("email", "team@example.com")


def test_the_machine_for_tunnels_is_closed(network: Template) -> None:
    (machine,) = resources(network, "AWS::EC2::Instance").values()
    assert "KeyName" not in machine
    assert "functions" in json.dumps(machine["SubnetId"])
    assert machine["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    (parameter,) = resources(network, "AWS::SSM::Parameter").values()
    assert parameter["Name"] == stack.parameter("bastion")


# Alarms


def test_what_goes_wrong_raises_an_alarm(ebay: Template) -> None:
    alarms = {one["AlarmName"]: one for one in resources(ebay, "AWS::CloudWatch::Alarm").values()}
    assert {name.removeprefix("hawker-ebay-") for name in alarms} == {
        "lambda-failed", "fargate-failed", "bad", "partial", "missed", "migrate",
    }  # fmt: skip
    assert all("Alarms" in json.dumps(one["AlarmActions"]) for one in alarms.values())
    watched = {
        metric["MetricStat"]["Metric"]["MetricName"]
        for name in ("lambda-failed", "fargate-failed")
        for metric in alarms[f"hawker-ebay-{name}"]["Metrics"]
        if "MetricStat" in metric
    }
    assert watched == {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}


def closed(**differing: Any) -> dict[str, Any]:
    """The line that close logs, as CloudWatch reads it."""
    told: dict[str, Any] = {
        "run": "r", "scraper": "s", "status": "complete", "verdict": "good", "reasons": [], "targets": 1,
        "outcomes": {}, "rows": 7, "chunks": 1, "failed_chunks": 0, "seconds": 1.0, **differing,
    }  # fmt: skip
    record = logging.LogRecord("hawker_orchestrator.close", logging.INFO, "close.py", 1, "run closed", None, None)
    vars(record).update(msgspec.structs.asdict(Summary(**told)))
    line: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return line


def counts(pattern: str, line: dict[str, Any]) -> bool:
    """Whether a filter pattern takes a line; of CloudWatch's language as much as the patterns use."""
    conditions = re.findall(r'\$\.(\w+) = "([^"]*)"', pattern)
    assert conditions
    return all(line.get(field) == value for field, value in conditions)


def test_the_filters_read_what_close_logs(ebay: Template) -> None:
    filters = {
        one["MetricTransformations"][0]["MetricName"]: one
        for one in resources(ebay, "AWS::Logs::MetricFilter").values()
    }
    lines = {
        "good": closed(),
        "bad": closed(verdict="bad"),
        "partial": closed(status="partial", verdict="bad"),
        "other": {"message": "run planned", "verdict": "bad"},
    }
    taken = {
        name: {key for key, line in lines.items() if counts(filter_["FilterPattern"], line)}
        for name, filter_ in filters.items()
    }
    assert taken == {"BadRuns": {"bad", "partial"}, "PartialRuns": {"partial"}, "Rows": {"good", "bad", "partial"}}
    value = filters["Rows"]["MetricTransformations"][0]["MetricValue"]
    assert lines["good"][value.removeprefix("$.")] == 7
    assert all("closelogs" in one["LogGroupName"]["Ref"] for one in filters.values())
