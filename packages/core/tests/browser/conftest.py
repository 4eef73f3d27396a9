from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for shopping.py

from shopping import Lab, shopper

from hawker_core.fetch import visit
from hawker_core.fetch.chromium import find
from hawker_core.settings import BadSettingError, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="session")
def _browser() -> None:
    """Needs a browser; asks none of Selenium Manager, which would load one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SE_OFFLINE", "true")
        try:
            find(Settings())
        except BadSettingError as missing:
            if os.environ.get("CI"):
                pytest.fail(str(missing))
            pytest.skip(str(missing))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        patch.setattr(visit, "STILL", 1.0)
        patch.setattr(visit, "PATIENCE", 0.3)
        opening = shopper({})
        inside = runner.run(opening.__aenter__())
        try:
            yield Lab(runner, inside)
        finally:
            runner.run(opening.__aexit__(None, None, None))
