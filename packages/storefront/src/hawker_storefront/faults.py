"""Which target, and which page of it, goes wrong how: decided by the seed and the key alone, so repeats agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from hawker_storefront import seed

if TYPE_CHECKING:
    from hawker_storefront.config import Config

EXPECTED = {
    "captcha": "blocked",
    "forbidden": "blocked",
    "gone": "gone",
    "hang": "timeout",
    "error": "http",
    "bomb": "http",
    "offsite": "http",
    "empty": "empty",
    "garbled": "parse",
    "endless_script": "timeout",
    "crash": "http",
    "download": "http",
    "dialogs": "ok",
    "resource": "ok",
}
"""The outcome that a target with a persistent fault must end in."""
BROWSER = {"amazon_bestsellers", "amazon_deals", "walmart_offers", "ebay_seller_feedback"}
"""The scrapers that need a browser."""
BROWSER_ONLY = {"endless_script", "crash", "download", "dialogs", "resource"}
CAN_BE_EMPTY = {
    "ebay_search", "amazon_offers", "walmart_offers", "amazon_search", "amazon_category", "amazon_seller_products",
    "amazon_autocomplete", "amazon_reviews",
}  # fmt: skip
_TRANSIENT = ("throttled", "unavailable", "reset", "truncated", "slow_body", "encoding", "captcha")


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: its kind, how many requests it lasts (None: for ever), and a number that picks its variety."""

    kind: str
    lasts: int | None
    variety: int

    @property
    def harmless(self) -> bool:
        """Whether the data can be had all the same."""
        return EXPECTED.get(self.kind) == "ok"


def persistent(config: Config, scraper: str, key: str) -> Fault | None:
    """The fault that a target never gets over, or None."""
    shares = msgspec.structs.asdict(config.persistent)
    kind = seed.weighted(seed.percent(config.seed, "persistent", scraper, key), shares)
    if kind is None or (kind == "empty" and scraper not in CAN_BE_EMPTY):
        return None
    if kind in BROWSER_ONLY and scraper not in BROWSER:
        return None
    return Fault(kind, None, seed.number(config.seed, "variety", scraper, key))


def transient(config: Config, scraper: str, key: str, page: int) -> Fault | None:
    """The fault that a page of a target shows to its first requests, or None."""
    shares = {name: getattr(config.transient, name) for name in _TRANSIENT}
    kind = seed.weighted(seed.percent(config.seed, "transient", scraper, key, page), shares)
    if kind is None:
        return None
    variety = seed.number(config.seed, "variety", scraper, key, page)
    return Fault(kind, 1 + variety // 7 % config.transient.repeats, variety)


def expected(config: Config, scraper: str, key: str) -> str:
    """The outcome that a target must end in."""
    fault = persistent(config, scraper, key)
    return EXPECTED[fault.kind] if fault else "ok"
