"""The one Fargate task entry point of every scraper: `python -m hawker_core.task`.

The state machine gives the chunk in HAWKER_RUN, HAWKER_SCRAPER, HAWKER_CHUNK and HAWKER_WORKERS. The exit code tells it
what to do next, as a task returns no payload: 0 the chunk is finished, 75 (EX_TEMPFAIL of sysexits.h) send it again,
anything else is a failure.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import uuid
from typing import TYPE_CHECKING

import msgspec

from hawker_core import registry
from hawker_core.deadline import Deadline
from hawker_core.log import configure
from hawker_core.settings import PREFIX, settings
from hawker_core.work import Work, scrape_chunk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hawker_core.run import Report

log = logging.getLogger(__name__)

FINISHED, FAILED, UNFINISHED = 0, 1, 75


def main() -> int:
    """Scrape the chunk that the environment names; returns the exit code."""
    configure(settings().log_level)
    try:
        report = asyncio.run(_scrape(read_work(os.environ)))
    except Exception:
        log.exception("task failed")
        return FAILED
    return UNFINISHED if report.unfinished else FINISHED


def read_work(environment: Mapping[str, str]) -> Work:
    """The chunk that a task's environment names.

    Raises:
        msgspec.ValidationError: a variable is missing or malformed.
    """
    variables = {name: PREFIX + name.upper() for name in Work.__struct_fields__}
    given = {name: environment[variable] for name, variable in variables.items() if variable in environment}
    return msgspec.convert(given, Work, strict=False)


async def _scrape(work: Work) -> Report:
    config, scraper = settings(), registry.load(work.scraper)
    deadline = Deadline(config.task_seconds, grace=scraper.fetch.total)
    # Fargate Spot's interruption, or StopTask: SIGKILL follows.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, deadline.shorten, config.stop_seconds)
    return await scrape_chunk(work, scraper, deadline, invocation=uuid.uuid4().hex, memory_mb=config.task_memory)


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    os._exit(code)  # at once: a parser that a page keeps busy would keep the process, and the client's bill, going
