"""The seam to tracing: X-Ray segments where a daemon is set and the `trace` extra installed, nothing at all elsewhere.

aws-xray-sdk is in maintenance mode; this is the only module that knows it. Its spans nest by thread, so they go around
a chunk, not around the targets that are scraped at the same time.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Lambda sets the address in every function, traced or not, and tells of each invocation whether it is sampled.
_ON = bool(os.environ.get("AWS_XRAY_DAEMON_ADDRESS")) and find_spec("aws_xray_sdk") is not None


@contextmanager
def span(name: str, **annotations: str | float) -> Iterator[None]:
    """A subsegment around the block, annotated."""
    if not _ON or "Sampled=0" in os.environ.get("_X_AMZN_TRACE_ID", ""):
        yield
        return
    from aws_xray_sdk.core import xray_recorder  # noqa: PLC0415  270 ms of CPU, for traced workers alone

    with xray_recorder.in_subsegment(name) as subsegment:
        for key, value in annotations.items():
            if subsegment is not None:
                subsegment.put_annotation(key, value)
        yield
