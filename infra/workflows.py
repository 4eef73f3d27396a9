"""A marketplace's two state machines, from the orchestrator's ASL files, and the task that one of them runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from hawker_orchestrator import stack
from infra.data import role
from infra.functions import OWN_RUNS, environment, grant_worker, runs
from infra.orchestrator import CLUSTER
from infra.permissions import acknowledge, allow

if TYPE_CHECKING:
    from aws_cdk.aws_ecr_assets import DockerImageAsset

    from infra.config import Config
    from infra.data import DataStack
    from infra.functions import Functions
    from infra.network import NetworkStack
    from infra.orchestrator import OrchestratorStack

_CPU: Final = {"arm64": ecs.CpuArchitecture.ARM64, "x86_64": ecs.CpuArchitecture.X86_64}
# By this rule of EventBridge, which Step Functions makes itself, a state machine hears that a task has ended.
_RULE: Final = "StepFunctionsGetEventsForECSTaskRule"


def task_definition(
    scope: Construct, marketplace: str, image: DockerImageAsset, config: Config, data: DataStack
) -> ecs.FargateTaskDefinition:
    """What a browser worker is: one container, with the marketplace's database role and run prefix."""
    secret = data.secrets[role(marketplace)]
    size = config.task
    task = ecs.FargateTaskDefinition(
        scope,
        "Task",
        family=stack.task(marketplace),
        cpu=size.cpu,
        memory_limit_mib=size.memory,
        runtime_platform=ecs.RuntimePlatform(
            cpu_architecture=_CPU[config.architecture], operating_system_family=ecs.OperatingSystemFamily.LINUX
        ),
    )
    log_group = logs.LogGroup(
        scope,
        "TaskLogs",
        log_group_name=f"/hawker/{marketplace}/task",
        retention=config.logs,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    parameters = ecs.LinuxParameters(scope, "TaskInit", init_process_enabled=True)  # reaps what Chromium leaves
    task.add_container(
        stack.CONTAINER,
        image=ecs.ContainerImage.from_docker_image_asset(image),
        command=list(stack.TASK_COMMAND),
        environment={**environment(config, data, secret), "HAWKER_TASK_MEMORY": str(size.memory)},
        logging=ecs.LogDrivers.aws_logs(stream_prefix="task", log_group=log_group),
        stop_timeout=cdk.Duration.seconds(size.stop_timeout),
        linux_parameters=parameters,
    )
    secret.grant_read(task.task_role)
    grant_worker(task.task_role, data, marketplace)
    acknowledge(task, "AwsSolutions-ECS2", "Settings and the ARN of a secret; the secret itself is read by the process")
    acknowledge(task, "AwsSolutions-IAM5[Resource::*]", "ecr:GetAuthorizationToken has no resource")
    return task


class Workflows(Construct):
    """The state machines by workflow."""

    def __init__(
        self,
        scope: Construct,
        marketplace: str,
        functions: Functions,
        task: ecs.FargateTaskDefinition,
        config: Config,
        network: NetworkStack,
        data: DataStack,
        orchestrator: OrchestratorStack,
    ) -> None:
        super().__init__(scope, "Workflows")
        self._marketplace, self._config, self._data = marketplace, config, data
        plan, worker, close = (functions.by_role[name] for name in ("plan", "worker", "close"))
        common = {
            "PlanFunction": plan.function_arn,
            "CloseFunction": close.function_arn,
            "Bucket": data.bucket.bucket_name,
        }
        in_functions = self._machine(stack.LAMBDA, {**common, "WorkerFunction": worker.function_arn})
        in_tasks = self._machine(
            stack.FARGATE,
            {
                **common,
                "Cluster": orchestrator.cluster.cluster_arn,
                # By its name: a release makes a new revision, and runs that are going on go on with that.
                "TaskDefinition": task.family,
                "Subnets": cdk.Fn.join(",", [subnet.subnet_id for subnet in network.vpc.public_subnets]),
                "SecurityGroup": network.workers.security_group_id,
                "AssignPublicIp": "ENABLED",
            },
        )
        in_tasks.node.add_dependency(task)
        self.by_workflow = {stack.LAMBDA: in_functions, stack.FARGATE: in_tasks}
        invoke = "lambda:InvokeFunction"
        allow(in_functions.role, [invoke], plan.function_arn, worker.function_arn, close.function_arn)
        allow(in_tasks.role, [invoke], plan.function_arn, close.function_arn)
        self._grant_tasks(in_tasks, task, orchestrator.cluster)

    def _machine(self, workflow: str, values: dict[str, str]) -> sfn.StateMachine:
        name = stack.state_machine(self._marketplace, workflow)
        machine = sfn.StateMachine(
            self,
            workflow,
            state_machine_name=name,
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(stack.asl(workflow)),
            definition_substitutions=values,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    f"{workflow}-logs",
                    # Of this prefix, or the log deliveries of many machines outgrow one resource policy.
                    log_group_name=f"/aws/vendedlogs/states/{name}",
                    retention=self._config.logs,
                    removal_policy=cdk.RemovalPolicy.DESTROY,
                ),
                level=sfn.LogLevel.ALL,
                include_execution_data=True,  # keys and counts; pages and rows never pass through here
            ),
        )
        here = cdk.Stack.of(self)
        acknowledge(machine, "CloudFormation-Validate::E1029", "DefinitionSubstitutions fill the placeholders in")
        acknowledge(machine, "AwsSolutions-IAM5[Resource::*]", "Log delivery and X-Ray have no resources")
        executions = here.format_arn(
            service="states", resource="execution", resource_name=name, arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
        )
        # A distributed Map starts an execution of this same machine for each chunk. Its ARN, not a reference to it: the
        # policy must be there before the machine is.
        arn = executions.replace(":execution:", ":stateMachine:")
        allow(machine.role, ["states:StartExecution"], arn)
        allow(
            machine.role,
            ["states:DescribeExecution", "states:StopExecution"],
            f"{executions}:*",
            f"{executions}/*",
            wildcard="The machine's own executions",
        )
        data = self._data
        manifests = data.objects(runs(self._marketplace, "manifest-*"))
        allow(machine.role, ["s3:GetObject"], manifests, wildcard=OWN_RUNS)
        failures = data.objects(runs(self._marketplace, "failures/*"))
        allow(machine.role, ["s3:PutObject"], failures, wildcard=OWN_RUNS)
        return machine

    def _grant_tasks(self, machine: sfn.StateMachine, task: ecs.FargateTaskDefinition, cluster: ecs.ICluster) -> None:
        here = cdk.Stack.of(self)
        of_cluster = {"ArnEquals": {"ecs:cluster": cluster.cluster_arn}}
        revisions = here.format_arn(service="ecs", resource="task-definition", resource_name=f"{task.family}:*")
        allow(
            machine.role, ["ecs:RunTask"], revisions, conditions=of_cluster, wildcard="Whichever revision is the newest"
        )
        tasks = here.format_arn(service="ecs", resource="task", resource_name=f"{CLUSTER}/*")
        watch = ["ecs:StopTask", "ecs:DescribeTasks"]
        allow(machine.role, watch, tasks, conditions=of_cluster, wildcard="Tasks of this cluster, which it starts")
        roles = [task.task_role.role_arn, task.obtain_execution_role().role_arn]
        allow(
            machine.role,
            ["iam:PassRole"],
            *roles,
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        )
        rule = here.format_arn(service="events", resource="rule", resource_name=_RULE)
        allow(machine.role, ["events:PutTargets", "events:PutRule", "events:DescribeRule"], rule)
