"""robots.txt of each host, read once per worker (RFC 9309)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego

from hawker_core.fetch.retry import RefusedError
from hawker_core.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MOST_BYTES = 512 * 1024  # of a longer one the rest is ignored (RFC 9309, 2.5: at least 500 KiB must be read)
LONGEST_DELAY = 60.0  # seconds; a shop that asks for more between two pages does not want to be scraped
_TOO_MANY = 429


class RobotsTxt:
    """Answers whether a URL may be fetched. `get` fetches a URL's text; it raises RefusedError.

    A host without robots.txt (any 4xx but 429) allows all. One that cannot be reached disallows all for now: the
    refusal of its robots.txt becomes that of the page, so the target can be resumed.
    """

    def __init__(self, get: Callable[[str], Awaitable[bytes]], user_agent: str) -> None:
        self._get = get
        self._user_agent = user_agent
        self._rules: dict[str, asyncio.Task[Protego]] = {}

    async def rules(self, url: str) -> Protego:
        """The rules of a URL's host.

        Raises:
            RefusedError: robots.txt cannot be had for now.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.create_task(self._read(origin))
        # Shielded: one target's time-out must not take the rules from all the others that wait for them.
        try:
            return await asyncio.shield(self._rules[origin])
        except RefusedError as refused:
            raise RefusedError(refused.outcome, f"robots.txt: {refused.detail}", final=True) from None

    async def _read(self, origin: str) -> Protego:
        try:
            text = await self._get(f"{origin}/robots.txt")
        except RefusedError as refused:
            if refused.status is not None and 400 <= refused.status < 500 and refused.status != _TOO_MANY:  # noqa: PLR2004
                return Protego.parse("")
            # Forgotten by the one that failed: each of those who waited for it would forget its successor too.
            del self._rules[origin]
            raise
        return Protego.parse(text[:MOST_BYTES].decode("utf-8", "replace"))

    def delay(self, rules: Protego) -> float:
        """Seconds that a host wants between two requests; 0 where it says nothing.

        Raises:
            RefusedError: so many that no chunk would end.
        """
        delay = float(rules.crawl_delay(self._user_agent) or 0.0)
        if delay > LONGEST_DELAY:
            raise RefusedError(Outcome.SKIPPED, f"robots.txt asks for {delay:g} s between requests")
        return delay

    def allowed(self, rules: Protego, url: str) -> bool:
        """Whether the rules let our user agent fetch a URL."""
        return bool(rules.can_fetch(url, self._user_agent))
