"""The seam to tracing: X-Ray segments where a daemon is set, nothing at all elsewhere.

aws-xray-sdk is in maintenance mode; this is the only module that knows it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ON = bool(os.environ.get("AWS_XRAY_DAEMON_ADDRESS"))


@contextmanager
def span(name: str, **annotations: str | float) -> Iterator[None]:
    """A subsegment around the block, annotated; needs the `trace` extra and a daemon, else it costs nothing."""
    if not _ON:
        yield
        return
    from aws_xray_sdk.core import xray_recorder  # noqa: PLC0415  270 ms of CPU, for traced workers alone

    with xray_recorder.in_subsegment(name) as subsegment:
        for key, value in annotations.items():
            if subsegment is not None:
                subsegment.put_annotation(key, value)
        yield
