from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hawker_orchestrator.local import cloud as cloud_module
from hawker_orchestrator.local.deploy import deploy

from .support import FUNCTIONS, IMAGES, Aws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cloud_module.LocalCloud]:
    with cloud_module.start(IMAGES, tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.fixture(scope="package")
def aws(cloud: cloud_module.LocalCloud) -> Aws:
    deploy(cloud.endpoint, FUNCTIONS, [])
    return Aws(cloud.endpoint, cloud.logs)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """A folder that holds a file per invocation."""
    folder = tmp_path / "mark"
    folder.mkdir()
    return folder
