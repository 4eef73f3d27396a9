"""One page that tells how the fleet is doing, all marketplaces beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import aws_cloudwatch as cloudwatch

from hawker_core import registry
from hawker_orchestrator import stack
from infra import metrics
from infra.data import CLUSTER

if TYPE_CHECKING:
    from collections.abc import Iterable

    import aws_cdk as cdk

_WIDTH: Final = 8  # of 24: three graphs side by side


def dashboard(scope: cdk.Stack) -> cloudwatch.Dashboard:
    """The dashboard `hawker`."""
    names = list(registry.marketplaces())
    machines = [(name, workflow) for name in names for workflow in (stack.LAMBDA, stack.FARGATE)]

    def executions(metric: str) -> list[cloudwatch.Metric]:
        return [metrics.executions(scope, *machine, metric) for machine in machines]

    def workers(metric: str, statistic: str) -> list[cloudwatch.Metric]:
        return [metrics.function(name, "worker", metric, statistic) for name in names]

    def runs(metric: str) -> list[cloudwatch.Metric]:
        return [metrics.runs(name, metric) for name in names]

    return cloudwatch.Dashboard(
        scope,
        "Dashboard",
        dashboard_name="hawker",
        widgets=[
            [
                _graph("Runs started", executions("ExecutionsStarted")),
                _graph("Runs that failed", executions("ExecutionsFailed")),
                _graph("Rows scraped", runs(metrics.ROWS)),
            ],
            [
                _graph("Runs with a bad verdict", runs(metrics.BAD_RUNS)),
                _graph("Partial runs", runs(metrics.PARTIAL_RUNS)),
                _graph("Workers that failed", workers("Errors", "Sum")),
            ],
            [
                _graph("Workers at once", workers("ConcurrentExecutions", "Maximum")),
                _graph("Workers turned away", workers("Throttles", "Sum")),
                _graph("A worker's time, p95, ms", workers("Duration", "p95")),
            ],
            [
                _graph("Database: capacity, ACU", [metrics.database(CLUSTER, "ServerlessDatabaseCapacity", "Average")]),
                _graph("Database: share of capacity, %", [metrics.database(CLUSTER, "ACUUtilization", "Maximum")]),
                _graph("Database: connections", [metrics.database(CLUSTER, "DatabaseConnections", "Maximum")]),
            ],
        ],
    )


def _graph(title: str, left: Iterable[cloudwatch.Metric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(left), width=_WIDTH)
