"""A shop, a fetcher and a store without network and database, which do what a test says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from hawker_core import Http, Page, RawRow, Refusal, Request, Scraper, Site, Target
from hawker_core.db import Pending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hawker_core import Outcome
    from hawker_core.db import Settled
    from hawker_core.fetch import Budget

    Parse = Callable[[Page], Iterator[Any]]

ORIGIN = "https://www.shop.example"


class Thing(Target):
    id: int


class Row(RawRow):
    page: int
    price: int | None = None


class Open(Site):
    hosts: ClassVar[frozenset[str]] = frozenset({"www.shop.example"})

    def refusal(self, page: Page) -> Refusal | None:
        raise AssertionError(page)


class Shop(Scraper[Thing, Row]):
    """Parses by what a test says, else to one row."""

    site = Open()
    fetch = Http(concurrency=4, max_pages=5)
    parses: ClassVar[dict[int, Parse]] = {}

    def __init__(self, parses: dict[int, Parse] | None = None) -> None:
        self._parses = parses or {}

    def request(self, target: Thing) -> Request:
        return Request(f"{ORIGIN}/{target.id}")

    def parse(self, page: Page, target: Thing) -> Iterator[Row | Request]:
        yield from self._parses.get(target.id, one_row)(page)


def one_row(page: Page) -> Iterator[Any]:
    yield Row(page=page.number)


class Fetcher:
    """Gives empty pages at once, or does what a test says for a path."""

    def __init__(self, told: dict[str, Any] | None = None) -> None:
        self.told = told or {}
        self.asked: list[str] = []
        self.most_at_once = 0
        self._now = 0

    async def page(self, request: Request, budget: Budget) -> Page:
        self.asked.append(request.url)
        budget.requests += 1
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            told = self.told.get(request.url.removeprefix(ORIGIN), self.told.get("*"))
            if isinstance(told, Exception):
                raise told
            await asyncio.sleep(told or 0)
        finally:
            self._now -= 1
        return Page(request.url, b"<p>", number=request.page)


class Store:
    """Keeps what is settled, as the database does; slow, failing or stopping where a test says so."""

    def __init__(self, ids: Sequence[int], *, fail_after: int | None = None, stop_after: int | None = None) -> None:
        self._pending = [Pending(number, str(number)) for number in ids]
        self.batches: list[list[Settled]] = []
        self._fail_after, self._stop_after = fail_after, stop_after
        self.delay = 0.0

    @property
    def settled(self) -> dict[int, Settled]:
        every = [one for batch in self.batches for one in batch]
        assert len({one.target_id for one in every}) == len(every), "settled twice"
        return {one.target_id: one for one in every}

    @property
    def outcomes(self) -> dict[int, Outcome]:
        return {target: one.outcome for target, one in self.settled.items()}

    async def pending(self) -> list[Pending]:
        return self._pending

    async def settle(self, batch: Sequence[Settled]) -> bool:
        await asyncio.sleep(self.delay)
        if self._fail_after is not None and len(self.settled) >= self._fail_after:
            raise ConnectionError("the database is gone")
        self.batches.append(list(batch))
        return self._stop_after is None or len(self.settled) < self._stop_after
