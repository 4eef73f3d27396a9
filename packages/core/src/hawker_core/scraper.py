"""What a scraper declares. It does no I/O, no logging and no error handling: the runner does."""

from __future__ import annotations

import typing
from abc import ABC, abstractmethod
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import msgspec

from hawker_core.model import Refusal, Request, Target
from hawker_core.rows import RawRow

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from hawker_core.page import Page

TargetT = TypeVar("TargetT", bound=Target)
RowT = TypeVar("RowT", bound=RawRow)


class Robots(StrEnum):
    """What a disallowing robots.txt means to a scraper."""

    OBEY = "obey"  # such a target ends `skipped`
    REPORT = "report"  # it is scraped and counted; for shops that gave leave by other means


class Fetch(msgspec.Struct, frozen=True, kw_only=True):
    """How a scraper fetches. Times in seconds, sizes in bytes.

    `per_second` is the rate towards one host of the whole run, shared out over its workers.
    """

    per_second: float = 1.0
    concurrency: int = 8  # requests in flight in one worker
    total: float = 45.0  # of one request, from its start to the last byte
    retries: int = 3  # of one target, over all its pages
    max_bytes: int = 16 << 20  # of one page, decompressed
    max_pages: int = 20  # of one target
    robots: Robots = Robots.OBEY
    headers: dict[str, str] = {}


class Http(Fetch, frozen=True, kw_only=True):
    """Plain HTTP, in a Lambda."""

    connect: float = 10.0
    read: float = 20.0


class Browser(Fetch, frozen=True, kw_only=True):
    """A real browser, in a Fargate task: for pages that show their data only after scripts have run.

    A page is ready when it is parsed and `wait_for` (a CSS selector) finds an element; then each selector of `click` is
    clicked once where it is there, and the page is scrolled to its end until `scroll_for` finds `scroll_to` elements or
    no more come. After three quarters of `total` it is taken as it is: refusal and parser see why nothing came.
    """

    concurrency: int = 1  # one page at a time: a browser's pages share its memory and its CPU
    total: float = 60.0  # of one page, everything included; enforced from outside the browser
    wait_for: str = "body"
    click: tuple[str, ...] = ()
    scroll_for: str = ""
    scroll_to: int = 0
    images: bool = False
    recycle_pages: int = 50  # a new browser after so many pages
    recycle_bytes: int = 1 << 30  # or when its processes' resident memory exceeds this


class Expect(msgspec.Struct, frozen=True, kw_only=True):
    """What a healthy run looks like; the closing Lambda's verdict names each expectation that a run misses."""

    settled_well: float = 0.9  # least share of targets that end ok, empty or gone
    rows_per_page: tuple[int, int] | None = None  # least and most rows of a page that has any
    filled: dict[str, float] = {}  # least share of rows in which the field is not null


class Site(ABC):
    """A shop: its hosts and its ways to say no. One object serves all its scrapers."""

    hosts: ClassVar[frozenset[str]]  # the only hosts a request or a redirect may reach
    # Where this shop's pages name their visitors, such as who wrote a review: what a match holds beside its group (each
    # alternative has one) is taken out of pages that are kept.
    people: ClassVar[re.Pattern[bytes] | None] = None

    @abstractmethod
    def refusal(self, page: Page) -> Refusal | None:
        """Say how the shop refused, when this answer is no content page; called before any parser."""


class Scraper(ABC, Generic[TargetT, RowT]):
    """Turns targets into requests and pages into rows. Name = folder = table = `marketplace_thing`.

    A concrete scraper names its target and row: `class AmazonOffers(AmazonScraper[OffersTarget, Offer])`.
    """

    name: ClassVar[str]
    site: ClassVar[Site]
    target: ClassVar[type[Target]]
    row: ClassVar[type[RawRow]]
    fetch: ClassVar[Fetch] = Http()
    expect: ClassVar[Expect] = Expect()

    def __init_subclass__(cls) -> None:
        """Take the name from the scraper's folder, target and row from the type arguments."""
        super().__init_subclass__()
        for base in getattr(cls, "__orig_bases__", ()):
            arguments = typing.get_args(base)
            if len(arguments) == 2 and all(isinstance(argument, type) for argument in arguments):  # noqa: PLR2004  (target, row)
                cls.name = cls.__module__.split(".")[-2] if "." in cls.__module__ else cls.__module__
                cls.target, cls.row = arguments

    @abstractmethod
    def request(self, target: TargetT) -> Request:
        """The first page to fetch for a target."""

    @abstractmethod
    def parse(self, page: Page, target: TargetT) -> Iterator[RowT | Request]:
        """Yield the page's rows, and a Request for each further page of the target.

        Raises:
            Missing, Empty, Gone, Skip: end the target with that outcome; its rows are dropped.
        """
