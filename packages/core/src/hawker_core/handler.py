"""The one Lambda handler of every scraper: `hawker_core.handler.handle`."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import msgspec

from hawker_core import registry
from hawker_core.deadline import Deadline
from hawker_core.log import configure
from hawker_core.settings import settings
from hawker_core.work import Work, scrape_chunk


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
    scraper = registry.load(work.scraper)

    async def scrape() -> dict[str, Any]:
        deadline = Deadline(context.get_remaining_time_in_millis() / 1000, grace=scraper.fetch.total)
        memory = int(context.memory_limit_in_mb)
        report = await scrape_chunk(work, scraper, deadline, invocation=context.aws_request_id, memory_mb=memory)
        answer: dict[str, Any] = msgspec.to_builtins(report)
        return answer

    return asyncio.run(scrape())
