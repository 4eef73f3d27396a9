from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hawker_storefront import Config, running, start
from hawker_storefront.testing import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CAPTURED = Path(__file__).parents[4] / "shared" / "pages"


@pytest.fixture(scope="session")
def healthy() -> Iterator[Client]:
    """A storefront in good health."""
    with running(Config()) as origin:
        yield Client(origin)


@pytest.fixture
def serve() -> Iterator[Callable[[Config], Client]]:
    """Starts storefronts, which end with the test."""
    with ExitStack() as stack:

        def begin(config: Config) -> Client:
            server = start(config)
            stack.callback(server.stop)
            return Client(server.origin)

        yield begin


@pytest.fixture(scope="session")
def captured_pages() -> Path:
    """The folder of captured pages; without it, a failure in CI and a skip elsewhere."""
    if not CAPTURED.is_dir():
        message = f"no captured pages in {CAPTURED}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return CAPTURED
