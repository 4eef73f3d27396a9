"""The cloud inside a process of its own user: how it starts, what it refuses."""

from __future__ import annotations

import sys
from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.common.retry.max_attempts_decl import MaxAttemptsDecl

from hawker_orchestrator.local import cloud as cloud_module
from hawker_orchestrator.local import moto_fixes
from hawker_orchestrator.local.errors import LocalCloudError
from hawker_orchestrator.local.image import Image

from .support import APP


def test_one_cloud_per_process(cloud: cloud_module.LocalCloud, tmp_path: Path) -> None:
    assert cloud.endpoint.startswith("http://127.0.0.1:")
    with pytest.raises(LocalCloudError, match="has a local cloud already"):
        cloud_module.start({}, tmp_path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"python": "/nowhere/python"}, "image app: there is no interpreter /nowhere/python"),
        ({"cwd": Path("/nowhere")}, "image app: there is no folder /nowhere"),
    ],
)
def test_an_image_that_is_not_there_is_told(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    image = replace(Image(sys.executable, APP, {}, "functions.handle"), **change)
    with pytest.raises(LocalCloudError, match=told):
        cloud_module.start({"app": image}, tmp_path)


def test_another_moto_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moto_fixes, "MOTO", "5.2.4")
    with pytest.raises(LocalCloudError, match=r"^the local cloud needs moto 5\.2\.4, found 5\.2\.5: pip install .*$"):
        moto_fixes.apply("http://127.0.0.1:1")


def test_a_page_of_another_origin_gets_no_leave(cloud: cloud_module.LocalCloud) -> None:
    server = HTTPConnection(cloud.endpoint.removeprefix("http://"), timeout=10)
    server.request("GET", "/", headers={"Origin": "https://example.com"})
    answer = server.getresponse()
    assert answer.status == HTTPStatus.OK
    assert answer.getheader("Access-Control-Allow-Origin") is None
    server.close()


@pytest.mark.usefixtures("cloud")
def test_a_retriers_count_is_not_lost_between_threads() -> None:
    retrier = MaxAttemptsDecl(1)
    key = retrier.heap_key
    # What moto's own key comes to when two threads make one up at the same moment.
    vars(retrier)["_EvalComponent__heap_key"] = None
    assert retrier.heap_key == key
