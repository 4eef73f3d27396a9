"""The stacks, synthesised once for all of these tests: the stage prod, which leaves nothing out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aws_cdk.assertions import Template

from infra.app import app
from infra.config import PROD
from tests.infra.templates import Assembly

if TYPE_CHECKING:
    import aws_cdk as cdk


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> cdk.App:
    made = app(PROD, outdir=str(tmp_path_factory.mktemp("cdk.out")))
    made.synth()
    return made


@pytest.fixture(scope="session")
def assembly(synthesised: cdk.App) -> Assembly:
    return Assembly(Path(synthesised.outdir))


@pytest.fixture(scope="session")
def network(assembly: Assembly) -> Template:
    return Template.from_json(assembly.template("hawker-network"))


@pytest.fixture(scope="session")
def data(assembly: Assembly) -> Template:
    return Template.from_json(assembly.template("hawker-data"))


@pytest.fixture(scope="session")
def orchestrator(assembly: Assembly) -> Template:
    return Template.from_json(assembly.template("hawker-orchestrator"))


@pytest.fixture(scope="session")
def ebay(assembly: Assembly) -> Template:
    return Template.from_json(assembly.template("hawker-ebay"))
