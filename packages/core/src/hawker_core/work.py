"""One worker's work on one chunk, from the manifest's item to the last statistics: what Lambda and task share."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec

from hawker_core.db import ChunkStore, ChunkTakenError
from hawker_core.evidence import Evidence
from hawker_core.fetch import open_fetcher
from hawker_core.log import bound
from hawker_core.run import ChunkRun, Report
from hawker_core.settings import database_url, settings
from hawker_core.stats import Meter
from hawker_core.trace import span
from hawker_core.upload import StatisticsUpload, statistics_key

if TYPE_CHECKING:
    from hawker_core.deadline import Deadline
    from hawker_core.scraper import Scraper

log = logging.getLogger(__name__)


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a manifest: which chunk of which run, and how many workers share the run's rate."""

    run: str
    scraper: str
    chunk: int
    workers: int


class _Threads(ThreadPoolExecutor):
    """Threads that are not waited for: a parser that a page keeps busy must not keep the worker from reporting."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Start no more work."""
        del wait, cancel_futures
        super().shutdown(wait=False, cancel_futures=True)


async def scrape_chunk(
    work: Work, scraper: Scraper[Any, Any], deadline: Deadline, *, invocation: str, memory_mb: int
) -> Report:
    """Scrape a chunk until it is finished or the deadline comes.

    Args:
        work: which chunk.
        scraper: the scraper that it names.
        deadline: when this worker must be gone.
        invocation: the worker's own id: Lambda's request, or the task.
        memory_mb: what the worker was granted.

    Raises:
        BadSettingError, psycopg.Error, botocore's errors: the chunk fails; what is settled stays.
    """
    asyncio.get_running_loop().set_default_executor(_Threads())
    config = settings()
    meter = Meter(memory_mb)
    key = statistics_key(work.run, work.chunk, invocation)
    upload = StatisticsUpload(meter, config.bucket, key, config.statistics_seconds)
    uploading = asyncio.create_task(upload.keep_going())
    with bound(run=work.run, scraper=work.scraper, chunk=work.chunk), span("chunk", run=work.run, chunk=work.chunk):
        try:
            async with (
                ChunkStore(database_url(), work.run, work.chunk, work.scraper, scraper.row) as store,
                open_fetcher(scraper, config, meter.statistics, work.workers) as fetcher,
            ):
                evidence = Evidence(config.bucket, work.run, config.evidence, scraper.site.people)
                run = ChunkRun(
                    scraper, fetcher, store, meter, deadline, flush_seconds=config.flush_seconds, evidence=evidence
                )
                report = await run.run()
        except ChunkTakenError as taken:  # as a queue that delivers twice may cause
            log.warning(str(taken))
            report = Report(settled=0, unfinished=1, taken=True)
        else:
            await upload.finish()
        finally:
            uploading.cancel()
        log.info("chunk left", extra=msgspec.structs.asdict(report))
    return report
