"""Starts runs when a package's `schedules.toml` says so, by EventBridge Scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
import msgspec
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hawker_core import registry
from hawker_orchestrator import stack
from infra.permissions import acknowledge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hawker_orchestrator.schedules import Schedule
    from infra.config import Config
    from infra.workflows import Workflows

# Unless told otherwise, the Scheduler tries 185 times in 24 hours. A run that is an hour late had better be the next.
RETRIES: Final = 3
MOST_LATE: Final = cdk.Duration.hours(1)


class Timetable(Construct):
    """A marketplace's schedules, and the queue of starts that came to nothing."""

    def __init__(
        self, scope: Construct, marketplace: str, schedules: Iterable[Schedule], workflows: Workflows, config: Config
    ) -> None:
        super().__init__(scope, "Timetable")
        self.missed = sqs.Queue(
            self,
            "Missed",
            queue_name=f"hawker-{marketplace}-missed",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(self.missed, "AwsSolutions-SQS3", "It is a dead-letter queue")
        group = scheduler.ScheduleGroup(
            self, "Group", schedule_group_name=f"hawker-{marketplace}", removal_policy=cdk.RemovalPolicy.DESTROY
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            ),
        )
        for schedule in schedules:
            scraper = schedule.input.scraper
            machine = workflows.by_workflow[stack.workflow(registry.load(scraper))]
            scheduler.Schedule(
                self,
                scraper,
                schedule_name=scraper,
                schedule_group=group,
                schedule=scheduler.ScheduleExpression.expression(
                    f"cron({schedule.cron})", cdk.TimeZone.of(schedule.time_zone)
                ),
                time_window=(
                    scheduler.TimeWindow.flexible(cdk.Duration.minutes(schedule.flexible_minutes))
                    if schedule.flexible_minutes
                    else scheduler.TimeWindow.off()
                ),
                enabled=config.schedules,
                target=targets.Universal(
                    service="sfn",
                    action="startExecution",
                    # The execution's name is the run's, and begins with the scraper's, as the run's keys in the bucket
                    # must; the Scheduler's own target for state machines gives no name. A retry of the same start
                    # has the same name, so it starts nothing twice.
                    input=scheduler.ScheduleTargetInput.from_object(
                        {
                            "StateMachineArn": machine.state_machine_arn,
                            "Name": f"{scraper}-<aws.scheduler.execution-id>",
                            "Input": msgspec.json.encode(schedule.input).decode(),
                        }
                    ),
                    role=role,
                    policy_statements=[
                        iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine.state_machine_arn])
                    ],
                    retry_attempts=RETRIES,
                    max_event_age=MOST_LATE,
                    dead_letter_queue=self.missed,
                ),
            )
