"""What a marketplace's team is told of by mail: runs that fail or are not what they should be, and starts that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_logs as logs
from constructs import Construct

from hawker_orchestrator import stack
from infra import metrics

if TYPE_CHECKING:
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

# The line that hawker_orchestrator.close logs of each run that it closes, one JSON object.
CLOSED = logs.FilterPattern.string_value("$.message", "=", "run closed")


class Alarms(Construct):
    """The alarms of one marketplace, and the metrics that they need from its logs."""

    def __init__(
        self, scope: Construct, marketplace: str, close_logs: logs.LogGroup, missed: sqs.Queue, topic: sns.ITopic
    ) -> None:
        super().__init__(scope, "Alarms")
        self._marketplace, self._topic = marketplace, actions.SnsAction(topic)
        here = cdk.Stack.of(self)
        for workflow in (stack.LAMBDA, stack.FARGATE):
            ends = {
                name.lower(): metrics.executions(here, marketplace, workflow, f"Executions{name}")
                for name in ("Failed", "TimedOut", "Aborted")
            }
            unhappy = cloudwatch.MathExpression(
                expression=" + ".join(f"FILL({name}, 0)" for name in ends),
                using_metrics=dict(ends),
                period=metrics.PERIOD,
                label="runs that failed, timed out or were stopped",
            )
            self._alarm(f"{workflow}-failed", unhappy, f"A run of {marketplace} failed, timed out or was stopped")
        self._count(close_logs, metrics.BAD_RUNS, "$.verdict", "bad")
        self._count(close_logs, metrics.PARTIAL_RUNS, "$.status", "partial")
        self._sum(close_logs, metrics.ROWS, "$.rows")
        self._alarm(
            "bad",
            metrics.runs(marketplace, metrics.BAD_RUNS),
            f"A run of {marketplace} has a bad verdict: see `hawker runs show`",
        )
        self._alarm(
            "partial",
            metrics.runs(marketplace, metrics.PARTIAL_RUNS),
            f"A run of {marketplace} is partial: see `hawker runs show` and `hawker runs resume`",
        )
        self._alarm(
            "missed",
            missed.metric_approximate_number_of_messages_visible(statistic="Maximum", period=metrics.PERIOD),
            f"A schedule of {marketplace} could not start its run: the queue {missed.queue_name} tells why",
        )
        self._alarm(
            "migrate",
            metrics.function(marketplace, "migrate", "Errors", "Sum"),
            f"The database could not be brought to the schema of {marketplace}'s release",
        )

    def _alarm(self, name: str, metric: cloudwatch.IMetric, description: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"hawker-{self._marketplace}-{name}",
            alarm_description=description,
            metric=metric,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._topic)

    def _count(self, log_group: logs.LogGroup, name: str, field: str, value: str) -> None:
        pattern = logs.FilterPattern.all(CLOSED, logs.FilterPattern.string_value(field, "=", value))
        self._filter(log_group, name, pattern, "1")

    def _sum(self, log_group: logs.LogGroup, name: str, field: str) -> None:
        self._filter(log_group, name, CLOSED, field)

    def _filter(self, log_group: logs.LogGroup, name: str, pattern: Any, value: str) -> None:
        logs.MetricFilter(
            self,
            f"{name}Filter",
            log_group=log_group,
            filter_pattern=pattern,
            metric_namespace=metrics.namespace(self._marketplace),
            metric_name=name,
            metric_value=value,
        )
