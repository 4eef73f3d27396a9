"""The synthesised stacks on the local cloud: what CloudFormation deploys there runs both workflows."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hawker_core import registry
from hawker_orchestrator import stack
from hawker_orchestrator.local.endpoint import ACCESS_KEY, DEFAULT_REGION, SECRET_KEY, client
from hawker_storefront.targets import targets
from infra.app import app
from infra.config import DEV
from tests.infra.emulator import Deployed, deploy
from tests.pipeline.lab import Lab, get_json, storefront

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGETS = 8


class Emulated(Lab):
    """A local cloud with nothing on it but what the stacks made."""

    shop: str
    deployed: Deployed

    def hawker(self, *words: str) -> str:
        """What the command line prints, which finds all by what the stacks left in SSM."""
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": DEFAULT_REGION,
        }
        done = subprocess.run(
            ["hawker", "--target", "aws", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    folder = tmp_path_factory.mktemp("cdk") / "out"
    made = Emulated()
    try:
        with storefront() as origin:
            settings = {"HAWKER_GATEWAY": origin, "HAWKER_PER_SECOND": "0"}
            assembly = app(replace(DEV, settings=settings), outdir=str(folder)).synth()
            made.start()
            made.shop = origin
            names = [one.stack_name for one in assembly.stacks]  # in the order of their dependencies
            made.deployed = deploy(folder, names, made.endpoint, made.database_url)
            yield made
    finally:
        made.close()


def test_all_that_a_run_needs_is_made_of_the_templates(cloud: Emulated) -> None:
    marketplaces = len(registry.marketplaces())
    made = cloud.deployed.made
    assert made["AWS::Lambda::Function"] == len(stack.HANDLERS) * marketplaces
    assert made["AWS::ECS::TaskDefinition"] == marketplaces
    assert (made["AWS::ECS::Cluster"], made["AWS::S3::Bucket"]) == (1, 2)
    machines = client("stepfunctions", cloud.endpoint).list_state_machines()["stateMachines"]
    assert {one["name"] for one in machines} == {
        stack.state_machine(marketplace, workflow)
        for marketplace in registry.marketplaces()
        for workflow in (stack.LAMBDA, stack.FARGATE)
    }


def test_each_stack_migrates_the_database_and_makes_its_roles(cloud: Emulated) -> None:
    """No other migration has been here."""
    assert {name: answer["roles"] for name, answer in cloud.deployed.migrations.items()} == {
        f"hawker-{name}": ["hawker_orchestrator", f"hawker_{name}"] for name in registry.marketplaces()
    }
    roles = cloud.query("SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper ORDER BY 1")
    assert [role for (role,) in roles] == ["hawker_amazon", "hawker_ebay", "hawker_orchestrator", "hawker_walmart"]


def test_the_lambda_workflow(cloud: Emulated) -> None:
    accounted(cloud, "ebay_search")


@pytest.mark.usefixtures("browser")
def test_the_fargate_workflow(cloud: Emulated) -> None:
    accounted(cloud, "ebay_seller_feedback")


def accounted(cloud: Emulated, scraper: str) -> None:
    """A run by the command line ends complete, with every outcome as the shop knows it."""
    cloud.only(scraper, list(targets(scraper, TARGETS)))
    assert "complete" in cloud.hawker("run", scraper)
    ((run,),) = cloud.query("SELECT id FROM hawker.run WHERE scraper = %s", scraper)
    cloud.check_accounts(run, TARGETS)
    served = get_json(f"{cloud.shop}/__ledger__")
    assert cloud.outcomes(run) == {one["key"]: one["expected"] for one in served if one["scraper"] == scraper}
    bucket = client("ssm", cloud.endpoint).get_parameter(Name=stack.parameter("bucket"))["Parameter"]["Value"]
    left = client("s3", cloud.endpoint).list_objects_v2(Bucket=bucket, Prefix=f"runs/{run}/")
    assert "Contents" not in left
