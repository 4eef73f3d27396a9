"""Scrapes one chunk: takes its targets, fetches, parses, settles them, and reports what is left."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from hawker_core.db import ChunkStore, Pending, Settled
from hawker_core.fetch import Budget, RefusedError
from hawker_core.log import bound
from hawker_core.model import BadTargetError, Outcome, Request, Signal, Target

if TYPE_CHECKING:
    from hawker_core.deadline import Deadline
    from hawker_core.evidence import Evidence
    from hawker_core.page import Page
    from hawker_core.rows import RawRow
    from hawker_core.scraper import Scraper
    from hawker_core.stats import Meter, Statistics

log = logging.getLogger(__name__)

BATCH = 50  # settled targets that are stored at once
NO_ROWS = "no rows, and no sign that the shop has none"
EVIDENT = {Outcome.PARSE, Outcome.BLOCKED}  # outcomes that somebody will want to see the page of
LONGEST_READ = 60.0  # seconds that a parser may take over a page, which may be made to keep it busy


class Fetcher(Protocol):
    """Gets pages, with all retries and manners."""

    async def page(self, request: Request, budget: Budget) -> Page:
        """The page, or RefusedError."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an invocation did to its chunk: the state machine sends the chunk again while `unfinished` shrinks."""

    settled: int
    unfinished: int
    taken: bool = False  # another invocation is at work on this chunk; this one did nothing


class ChunkRun:
    """One invocation's work on one chunk."""

    def __init__(
        self,
        scraper: Scraper[Any, Any],
        fetcher: Fetcher,
        store: ChunkStore,
        meter: Meter,
        deadline: Deadline,
        *,
        flush_seconds: float = 1.0,
        evidence: Evidence | None = None,
    ) -> None:
        self._scraper, self._fetcher, self._store = scraper, fetcher, store
        self._statistics = meter.statistics
        self._deadline = deadline
        self._flush_seconds, self._evidence = flush_seconds, evidence
        self._waiting: deque[Pending] = deque()
        self._in_flight: dict[int, float] = {}  # target id to the moment it was taken
        self._done: asyncio.Queue[Settled] = asyncio.Queue()
        self._ended = 0  # targets that came to an outcome
        self._settled = 0  # those of them that are stored
        self._stopped = False

    async def run(self) -> Report:
        """Settle as many of the chunk's targets as the deadline allows; those left stay without an outcome.

        Raises:
            psycopg.Error: the database is gone for good; what is stored stays.
        """
        pending = await self._store.pending()
        self._waiting.extend(pending)
        storing = asyncio.create_task(self._store_all())
        over = asyncio.create_task(self._deadline.over())
        takers = [asyncio.create_task(self._take()) for _ in range(min(self._scraper.fetch.concurrency, len(pending)))]
        everything = asyncio.gather(*takers)
        waits: set[asyncio.Future[Any]] = {everything, storing, over}
        try:
            # A store that fails ends the invocation: pages whose rows cannot be kept must not be asked for.
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if storing.done():
                storing.result()
            if everything.done():
                everything.result()
        finally:
            for task in (*takers, over):
                task.cancel()
            await asyncio.gather(everything, *takers, return_exceptions=True)
        self._give_up_longest()
        self._done.put_nowait(_END)
        await storing
        return Report(settled=self._settled, unfinished=len(pending) - self._settled)

    def _give_up_longest(self) -> None:
        """Settle the target that was longest in flight when in a whole invocation none came to an outcome.

        It has had a worker to itself for the worker's whole life, unless that was cut short. Without this a target
        that outlasts every worker would be sent again without end.
        """
        if self._in_flight and not self._ended and not self._deadline.shortened:
            longest = min(self._in_flight, key=lambda target: self._in_flight[target])
            seconds = time.monotonic() - self._in_flight[longest]
            detail = f"did not end within the worker's life, {seconds:.1f} s in flight"
            self._done.put_nowait(Settled(target_id=longest, outcome=Outcome.TIMEOUT, detail=detail, seconds=seconds))

    async def _take(self) -> None:
        while self._waiting and self._deadline.taking and not self._stopped:
            target = self._waiting.popleft()
            self._in_flight[target.id] = time.monotonic()
            with bound(target=target.key):
                settled = await scrape(self._scraper, self._fetcher, target, self._statistics)
            self._done.put_nowait(settled)
            self._ended += 1
            del self._in_flight[target.id]

    async def _store_all(self) -> None:
        """Store what is settled, in batches, until the end mark."""
        ended = False
        while not ended:
            batch = [await self._done.get()]
            until = time.monotonic() + self._flush_seconds
            while batch[-1] is not _END and len(batch) < BATCH and (left := until - time.monotonic()) > 0:
                try:
                    batch.append(await asyncio.wait_for(self._done.get(), left))
                except TimeoutError:
                    break
            ended = batch[-1] is _END
            batch = [settled for settled in batch if settled is not _END]
            if batch:
                for settled in batch:
                    if settled.page is not None and self._evidence is not None:
                        settled.evidence = await self._evidence.keep(self._store, settled.target_id, settled.page)
                self._stopped |= not await self._store.settle(batch)
                self._settled += len(batch)
                self._statistics.settled += len(batch)


_END = Settled(target_id=0, outcome=Outcome.SKIPPED)  # marks the end of the queue


async def scrape(scraper: Scraper[Any, Any], fetcher: Fetcher, pending: Pending, statistics: Statistics) -> Settled:
    """Scrape one target to its outcome; nothing that a page or a parser does escapes."""
    started = time.monotonic()
    budget = Budget(scraper.fetch.retries)
    rows: list[tuple[str, RawRow]] = []
    outcome, detail = await _outcome(scraper, fetcher, pending, budget, rows, statistics)
    if outcome is not Outcome.OK:
        rows = []
        log.info("target settled", extra={"outcome": outcome, "detail": detail})
    # A target that waits for its turn takes none of a worker's time: plan would start workers that wait as well.
    seconds = time.monotonic() - started - budget.waited
    statistics.target.add(seconds)
    statistics.count_rows(row for _, row in rows)
    return Settled(
        target_id=pending.id,
        outcome=outcome,
        detail=detail,
        rows=rows,
        requests=budget.requests,
        seconds=seconds,
        page=budget.last if outcome in EVIDENT else None,
    )


async def _outcome(  # noqa: PLR0911  each way to end has its own return
    scraper: Scraper[Any, Any],
    fetcher: Fetcher,
    pending: Pending,
    budget: Budget,
    rows: list[tuple[str, RawRow]],
    statistics: Statistics,
) -> tuple[Outcome, str | None]:
    try:
        await _pages(scraper, fetcher, scraper.target.from_key(pending.key), budget, rows, statistics)
    except RefusedError as refused:
        return refused.outcome, refused.detail
    except BadTargetError as error:
        return Outcome.SKIPPED, f"no target of this scraper: {error}"
    except Signal as signal:
        # A later page that turns out empty ends a listing; what came before it stands.
        if rows and signal.outcome is Outcome.EMPTY:
            return Outcome.OK, None
        return signal.outcome, str(signal)
    except TimeoutError:
        return Outcome.TIMEOUT, f"parser at work on a page for more than {LONGEST_READ:.0f} s"
    except Exception as error:  # a parser's bug: its target's loss, not the chunk's
        log.exception("parser failed")
        where = traceback.extract_tb(error.__traceback__)[-1]
        return Outcome.PARSE, f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"
    if not rows:
        return Outcome.PARSE, NO_ROWS
    return Outcome.OK, None


async def _pages(
    scraper: Scraper[Any, Any],
    fetcher: Fetcher,
    target: Target,
    budget: Budget,
    rows: list[tuple[str, RawRow]],
    statistics: Statistics,
) -> None:
    """Read a target's first page and those that it leads to, each once."""
    requests = deque([scraper.request(target)])
    seen = {requests[0].url}
    while requests:
        page = await fetcher.page(requests.popleft(), budget)
        statistics.pages += 1
        statistics.bodies += len(page.body)
        # In a thread: a large page must not keep the other targets' timeouts and sockets waiting.
        async with asyncio.timeout(LONGEST_READ):
            found, further = await asyncio.to_thread(read, scraper, page, target)
        rows += [(page.url, row) for row in found]
        _watch(scraper, page, len(found), statistics)
        for request in further:
            if request.url not in seen and len(seen) < scraper.fetch.max_pages:
                seen.add(request.url)
                requests.append(request)


def read(scraper: Scraper[Any, Any], page: Page, target: Target) -> tuple[list[RawRow], list[Request]]:
    """A page's rows and the further requests it leads to.

    Raises:
        Signal: the page ends its target otherwise.
        TypeError: the parser yields something else.
    """
    rows: list[RawRow] = []
    further: list[Request] = []
    for item in scraper.parse(page, target):
        if isinstance(item, Request):
            further.append(item)
        elif isinstance(item, scraper.row):
            rows.append(item)
        else:
            raise TypeError(f"a {type(item).__name__} is neither a {scraper.row.__name__} nor a Request")
    return rows, further


def _watch(scraper: Scraper[Any, Any], page: Page, rows: int, statistics: Statistics) -> None:
    """Count what the run's verdict looks at."""
    statistics.bad_tiles += len(page.bad)
    if page.bad:
        log.warning("tiles not understood", extra={"count": len(page.bad), "first": page.bad[0]})
    bounds = scraper.expect.rows_per_page
    if bounds and rows and not bounds[0] <= rows <= bounds[1]:
        statistics.odd_pages += 1
