"""For tests: a plain client on the wire, which retries, follows and decodes nothing unasked, and simple readings."""

from __future__ import annotations

import gzip
import http.client
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status, headers with lower-case names, and the body as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> bytes:
        """The body with gzip undone."""
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body

    @property
    def text(self) -> str:
        """The document, in the charset that it declares near its start; UTF-8 where it declares none."""
        content = self.content
        declared = re.search(rb'charset="?([A-Za-z0-9_-]+)', content[:2000])
        return content.decode(declared[1].decode() if declared else "utf-8")


class Client:
    """Asks a storefront for the shops' real URLs.

    Args:
        origin: where the storefront listens.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._address = urlsplit(origin).netloc

    def get(self, url: str, *, method: str = "GET", timeout: float = 10.0, encoding: str = "gzip") -> Answer:
        """One request.

        Raises:
            OSError, http.client.HTTPException: whatever the connection does; TimeoutError after `timeout` seconds of
                silence.
        """
        pieces = urlsplit(url)
        path = pieces.path + (f"?{pieces.query}" if pieces.query else "")
        headers = {"Host": pieces.netloc, "Accept-Encoding": encoding}
        connection = http.client.HTTPConnection(self._address, timeout=timeout)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, {n.lower(): v for n, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def truth(self, url: str) -> dict[str, Any]:
        """The truth of the page under a URL."""
        truth: dict[str, Any] = json.loads(self.get(f"{self.origin}/__truth__?url={quote(url, safe='')}").content)
        return truth

    def ledger(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The ledger's entries by scraper and key."""
        entries = json.loads(self.get(f"{self.origin}/__ledger__").content)
        return {(e["scraper"], e["key"]): e for e in entries}

    def stats(self) -> dict[str, Any]:
        """The server's counters."""
        stats: dict[str, Any] = json.loads(self.get(f"{self.origin}/__stats__").content)
        return stats


def figure(text: str, *, comma: bool) -> Decimal:
    """The figure in a printed price; `comma` says that the comma is its decimal mark."""
    digits = re.sub(r"[^\d.,]", "", text)
    return Decimal(digits.replace(".", "").replace(",", ".") if comma else digits.replace(",", ""))


def squeeze(text: str | None) -> str:
    """A text with its white space made single."""
    return " ".join((text or "").split())
