"""The images of eBay, built once for all tests here; each test that needs one is left out where none can be built."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from infra.images import buildah

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKETPLACE = "ebay"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Builds the images, or waits for whoever does; tells their sizes and how long they took."""
    if reason := buildah.missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    shared = tmp_path_factory.getbasetemp()
    told = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "images.txt"
    with FileLock(told.with_suffix(".lock")):
        if not told.exists():
            told.write_text(_build(), "utf-8")
    return told.read_text("utf-8")


def _build() -> str:
    began = time.monotonic()
    if not buildah.has(buildah.BASE):
        buildah.make_base()
    figures = [f"base {time.monotonic() - began:.0f} s"]
    for target in buildah.TARGETS:
        image = buildah.build(MARKETPLACE, target, lambda _: None)
        figures.append(f"{target} {image.size / 1e6:,.0f} MB in {image.seconds:.0f} s")
    return f"images of {MARKETPLACE}: {', '.join(figures)}"


@pytest.fixture(scope="session")
def roots(built: str) -> Iterator[dict[str, buildah.Root]]:
    """The file systems of the built images, by target."""
    assert built
    with ExitStack() as stack:
        names = {target: buildah.name(MARKETPLACE, target) for target in buildah.TARGETS}
        yield {target: stack.enter_context(buildah.opened(name)) for target, name in names.items()}
