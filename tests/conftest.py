"""What tests across packages share: a browser, and figures that they measure.

Figures are told at the end of the run, whichever process measured them.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from hawker_core.fetch.chromium import find
from hawker_core.settings import BadSettingError, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIGURE = "figure"


@pytest.fixture(scope="module")
def browser() -> Iterator[None]:
    """Needs a browser; asks none of Selenium Manager, which would load one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SE_OFFLINE", "true")
        try:
            find(Settings())
        except BadSettingError as missing:
            if os.environ.get("CI"):
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        yield


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Tells a figure to quote, of one line or more."""
    return partial(record_property, FIGURE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = [
        text
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        if report.when == "call"
        for name, text in report.user_properties
        if name == FIGURE
    ]
    if told:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(map(str, told)))
