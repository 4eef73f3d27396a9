"""Metrics by name: what alarms watch and the dashboard shows, whichever stack their source stands in."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from hawker_orchestrator import stack

PERIOD: Final = cdk.Duration.minutes(5)
BAD_RUNS: Final = "BadRuns"
PARTIAL_RUNS: Final = "PartialRuns"
ROWS: Final = "Rows"


def namespace(marketplace: str) -> str:
    """Where the metrics that are read from a marketplace's logs stand."""
    return f"Hawker/{marketplace}"


def runs(marketplace: str, name: str) -> cloudwatch.Metric:
    """One of the metrics that are read from the logs of a marketplace's close function."""
    return cloudwatch.Metric(
        namespace=namespace(marketplace), metric_name=name, statistic="Sum", period=PERIOD, label=marketplace
    )


def executions(scope: cdk.Stack, marketplace: str, workflow: str, name: str) -> cloudwatch.Metric:
    """A state machine's executions: `name` is ExecutionsStarted, ExecutionsFailed and so on."""
    machine = stack.state_machine(marketplace, workflow)
    arn = scope.format_arn(
        service="states", resource="stateMachine", resource_name=machine, arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
    )
    return cloudwatch.Metric(
        namespace="AWS/States",
        metric_name=name,
        dimensions_map={"StateMachineArn": arn},
        statistic="Sum",
        period=PERIOD,
        label=f"{marketplace} {workflow}",
    )


def function(marketplace: str, role: str, name: str, statistic: str) -> cloudwatch.Metric:
    """A function's metric: `name` is Errors, Duration and so on."""
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=name,
        dimensions_map={"FunctionName": stack.function(marketplace, role)},
        statistic=statistic,
        period=PERIOD,
        label=f"{marketplace} {role}",
    )


def database(identifier: str, name: str, statistic: str) -> cloudwatch.Metric:
    """A metric of the Aurora cluster."""
    return cloudwatch.Metric(
        namespace="AWS/RDS",
        metric_name=name,
        dimensions_map={"DBClusterIdentifier": identifier},
        statistic=statistic,
        period=PERIOD,
        label=name,
    )
