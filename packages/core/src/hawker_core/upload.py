"""Writes an invocation's statistics to S3, while it runs and at its end, so that they survive a kill."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from hawker_core.stats import Meter

log = logging.getLogger(__name__)


def statistics_key(run: str, chunk: int, invocation: str) -> str:
    """Where an invocation's statistics stand in the bucket."""
    return f"runs/{run}/statistics/{chunk:06}-{invocation}.json"


@cache
def s3() -> Any:
    """This process's S3 client, made on first use: boto3 costs 160 ms of CPU to import."""
    import boto3  # noqa: PLC0415

    return boto3.client("s3")


class StatisticsUpload:
    """Uploads a meter's statistics every `every` seconds until it is told to finish.

    Every tenth of the worker's life where that is longer: a worker that waits for hours would pay for thousands of
    uploads, and so a kill never costs more than the figures of a tenth.
    """

    def __init__(self, meter: Meter, bucket: str, key: str, every: float) -> None:
        self._meter, self._bucket, self._key, self._every = meter, bucket, key, every
        self._writing = asyncio.Lock()  # an earlier reading must not arrive after the last one

    async def keep_going(self) -> None:
        """Upload again and again; a failed upload is logged, and the next one tries again."""
        started = time.monotonic()
        while True:
            await asyncio.sleep(max(self._every, (time.monotonic() - started) / 10))
            try:
                await self._put()
            except Exception:
                log.exception("statistics not written")

    async def finish(self) -> None:
        """Upload the last reading.

        Raises:
            botocore.exceptions.ClientError: S3 refuses.
        """
        await self._put(complete=True)

    async def _put(self, *, complete: bool = False) -> None:
        async with self._writing:
            self._meter.statistics.complete = complete
            body = msgspec.json.encode(self._meter.read())
            await asyncio.to_thread(s3().put_object, Bucket=self._bucket, Key=self._key, Body=body)
