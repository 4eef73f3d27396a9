"""The images of eBay, built once for all tests here; each test that needs one is left out where none can be built."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from infra.images import buildah

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKETPLACE = "ebay"


@pytest.fixture(scope="session")
def roots(pytestconfig: pytest.Config) -> Iterator[dict[str, buildah.Root]]:
    """The file systems of the built images, by target; sizes and times are printed."""
    if reason := buildah.missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    began = time.monotonic()
    if not buildah.has(buildah.BASE):
        buildah.make_base()
    figures = [f"base {time.monotonic() - began:.0f} s"]
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with ExitStack() as stack:
        found = {}
        for target in buildah.TARGETS:
            built = buildah.build(MARKETPLACE, target, lambda _: None)
            figures.append(f"{target} {built.size / 1e6:,.0f} MB in {built.seconds:.0f} s")
            found[target] = stack.enter_context(buildah.opened(built.name))
        with capture.global_and_fixture_disabled():
            print(f"\nimages of {MARKETPLACE}: {', '.join(figures)}")  # noqa: T201  to quote
        yield found
