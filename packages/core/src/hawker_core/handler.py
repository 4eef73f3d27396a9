"""The one Lambda handler of every scraper: `hawker_core.handler.handle`."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from hawker_core import registry
from hawker_core.db import ChunkStore
from hawker_core.deadline import Deadline
from hawker_core.fetch import HttpFetcher
from hawker_core.log import bound, configure
from hawker_core.run import ChunkRun, Report, run_chunk
from hawker_core.settings import database_url, settings
from hawker_core.stats import Meter
from hawker_core.trace import span
from hawker_core.upload import StatisticsUpload, statistics_key

if TYPE_CHECKING:
    from hawker_core.scraper import Scraper

log = logging.getLogger(__name__)


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a manifest: which chunk of which run, and how many workers share the run's rate."""

    run: str
    scraper: str
    chunk: int
    workers: int


class LambdaContext(Protocol):
    """What is used of the context that AWS Lambda gives."""

    aws_request_id: str
    memory_limit_in_mb: int | str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is killed."""


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Scrape the chunk that a manifest's item names.

    Returns the Report as a JSON object: settled, unfinished, taken.

    Raises:
        msgspec.ValidationError: the event is no manifest item.
        UnknownScraperError, BadSettingError, psycopg.Error: the chunk fails; its targets stay without an outcome.
    """
    configure(settings().log_level)
    work = msgspec.convert(event, Work)
    with bound(run=work.run, scraper=work.scraper, chunk=work.chunk), span("chunk", run=work.run, chunk=work.chunk):
        report = asyncio.run(
            _scrape(
                work,
                registry.load(work.scraper),
                invocation=context.aws_request_id,
                lifetime=context.get_remaining_time_in_millis() / 1000,
                memory_mb=int(context.memory_limit_in_mb),
            )
        )
        log.info("chunk left", extra=msgspec.structs.asdict(report))
    answer: dict[str, Any] = msgspec.to_builtins(report)
    return answer


class _Threads(ThreadPoolExecutor):
    """Threads that are not waited for: a parser that a page keeps busy must not keep the worker from reporting."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Start no more work."""
        del wait, cancel_futures
        super().shutdown(wait=False, cancel_futures=True)


async def _scrape(
    work: Work, scraper: Scraper[Any, Any], *, invocation: str, lifetime: float, memory_mb: int
) -> Report:
    asyncio.get_running_loop().set_default_executor(_Threads())
    config = settings()
    meter = Meter(memory_mb)
    deadline = Deadline(lifetime, grace=scraper.fetch.total)
    key = statistics_key(work.run, work.chunk, invocation)
    upload = StatisticsUpload(meter, config.bucket, key, config.statistics_seconds)
    uploading = asyncio.create_task(upload.keep_going())
    try:
        async with HttpFetcher(scraper.site, scraper.fetch, config, meter.statistics, work.workers) as fetcher:
            report = await run_chunk(
                lambda: ChunkStore(database_url(), work.run, work.chunk, work.scraper, scraper.row),
                lambda store: ChunkRun(scraper, fetcher, store, meter, deadline, flush_seconds=config.flush_seconds),
            )
        await upload.finish()
    finally:
        uploading.cancel()
    return report
