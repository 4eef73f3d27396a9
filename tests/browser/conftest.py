"""A browser for these tests, or none of them."""

from __future__ import annotations

import os

import pytest

from hawker_core.fetch.chromium import find
from hawker_core.settings import BadSettingError, Settings


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
