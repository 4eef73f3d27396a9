"""One local cloud for the module's tests, on the embedded PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .lab import Lab, storefront

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAULTS = """
[persistent]
captcha = 5
forbidden = 2
gone = 5
hang = 4
error = 2
bomb = 1
offsite = 1
empty = 3
garbled = 2

[transient]
throttled = 4
unavailable = 3
reset = 3
truncated = 3
slow_body = 2
encoding = 1
captcha = 2
slow_body_s = 0.5
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    made = Lab()
    try:
        made.up()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def calm_shop() -> Iterator[str]:
    """Offline shops in good health."""
    with storefront() as origin:
        yield origin


@pytest.fixture(scope="module")
def rough_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Offline shops with every fault they know."""
    faults: Path = tmp_path_factory.mktemp("shop") / "faults.toml"
    faults.write_text(FAULTS, "utf-8")
    with storefront("--faults", str(faults)) as origin:
        yield origin
