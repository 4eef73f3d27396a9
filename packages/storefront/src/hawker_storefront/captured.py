"""Captured pages, served under the URLs that the scrapers ask for."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from hawker_storefront import routes, seed
from hawker_storefront.catalogue import amazon_lists
from hawker_storefront.catalogue.amazon import asin_of, seller_id
from hawker_storefront.config import ConfigError
from hawker_storefront.targets import key, url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ASIN = re.compile(
    rb'<input[^>]*\bid="ASIN"[^>]*\bvalue="([A-Z0-9]{10})"'
    rb'|rel="canonical"[^>]*/(?:dp|offer-listing)/([A-Z0-9]{10})'
    rb'|name="metric-asin\.([A-Z0-9]{10})"'
)
_IN_NAME = re.compile(r"(?<![A-Z0-9])(B0[A-Z0-9]{8}|\d{9}[\dX])(?![A-Z0-9])")
_LIST = re.compile(rb'rel="canonical"[^>]*/gp/bestsellers/([a-z0-9-]+(?:/\d+)?)"')
_GRID = b'id="gridItemRoot"'
_ITEM = re.compile(r"ip-(\d{6,12})-")
_KEYWORD = re.compile(rb'name="_nkw"[^>]*\bvalue="([^"]+)"|\bvalue="([^"]+)"[^>]*name="_nkw"')
_SOUGHT = re.compile(
    rb'<input[^>]*\bid="twotabsearchtextbox"[^>]*\bvalue="([^"]+)"|<input[^>]*\bvalue="([^"]+)"[^>]*id="twotabsearchtextbox"'
)
_SELLER = re.compile(rb'href="/s\?[^"]*\bme=(A[A-Z0-9]{8,20})\b')
_HOST = re.compile(r"(?:www\.)?(?:amazon|ebay|walmart)\.([a-z.]+)")
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)
# Where a page names what it lists.
_NAMES = {
    "amazon_bestsellers": _LIST,
    "amazon_search": _SOUGHT,
    "amazon_seller_products": _SELLER,
    "ebay_search": _KEYWORD,
}
# Which scrapers a type of page is a target of. Amazon's signs of refusal stand under product URLs.
_SCRAPERS = {
    ("amazon", "dp"): ("amazon_product",),
    ("amazon", "aod"): ("amazon_offers",),
    ("amazon", "olp"): ("amazon_offers",),
    ("amazon", "bestsellers"): ("amazon_bestsellers",),
    ("amazon", "search"): ("amazon_search",),
    ("amazon", "storefront"): ("amazon_seller_products",),
    ("amazon", "captcha"): ("amazon_product",),
    ("amazon", "error"): ("amazon_product",),
    ("amazon", "signin-redirect"): ("amazon_product",),
    ("walmart", "product"): ("walmart_product",),
    ("walmart", "block"): ("walmart_product",),
    ("ebay", "search"): ("ebay_search",),
    ("ebay", "sold"): ("ebay_search",),
    ("ebay", "seller_items"): ("ebay_search",),
    ("ebay", "block"): ("ebay_search",),
}
_ERROR_STATUS = re.compile(r"\b(404|500|503)\b")
_NO_RESULTS = re.compile(r"\b0 results\b")
_REFUSALS = {"captcha", "signin-redirect", "block"}
_NO_FILTERS = dict.fromkeys(amazon_lists.FILTERS, "")
_HEAD = 65_536
_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """A captured file, the target that it answers, and the outcome that the target must end in."""

    shop: str
    scraper: str
    kind: str
    file: str
    path: Path
    target: tuple[tuple[str, str], ...]
    status: int
    expected: str

    @property
    def key(self) -> str:
        """The target's canonical key."""
        return key(self.scraper, dict(self.target))

    @property
    def url(self) -> str:
        """The URL that the scraper asks for."""
        return url(self.scraper, dict(self.target))

    def content_type(self, content: bytes) -> str:
        """The type, with the charset that the page itself declares, if any."""
        match = _CHARSET.search(content[:_HEAD])
        return "text/html" + (f";charset={match[1].decode()}" if match else "")


class Captured:
    """The captured pages of a folder: one INDEX.tsv per shop.

    Args:
        folder: holds `amazon/INDEX.tsv`, `walmart/INDEX.tsv`, `ebay/INDEX.tsv`, or some of them.
        root: the seed of the ids made up for pages that have none of their own.

    Raises:
        ConfigError: an index names a file that is missing, or has a line that is too short.
    """

    def __init__(self, folder: Path, root: int) -> None:
        self._root = root
        taken: set[tuple[str, str]] = set()
        self.pages = [page for shop in ("amazon", "walmart", "ebay") for page in self._read(folder / shop, shop, taken)]
        self._by_key = {(p.scraper, p.key): p for p in self.pages}

    def targets(self, scraper: str) -> list[dict[str, str]]:
        """The targets of a scraper, in the order of the index."""
        return [dict(p.target) for p in self.pages if p.scraper == scraper]

    def find(self, host: str, path: str, query: Mapping[str, str]) -> tuple[CapturedPage, int] | None:
        """The page under a URL, whatever its filters, and the page number that the URL names."""
        ask = routes.find(self._root, host, path, query)
        if ask is None:
            return None
        if ask.scraper in amazon_lists.SCRAPERS and ask.page > 1:
            return None  # the first page alone was captured
        names = dict.fromkeys(("asin", "item_id", "keyword", "node", "seller_id", "username"), ask.name)
        target = names | {"domain": ask.domain, "list": ask.list, "condition": "all", "pages": "1"} | _NO_FILTERS
        page = self._by_key.get((ask.scraper, key(ask.scraper, target)))
        return (page, ask.page) if page else None

    def _read(self, folder: Path, shop: str, taken: set[tuple[str, str]]) -> Iterator[CapturedPage]:
        index = folder / "INDEX.tsv"
        if not index.is_file():
            return
        with index.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        for number, row in enumerate(rows[1:], 2):
            if len(row) < _COLUMNS:
                raise ConfigError(
                    f"{index} line {number} has {len(row)} columns: it needs file, type, marketplace … note"
                )
            name, kind, place, *_, note = row
            for scraper in _SCRAPERS.get((shop, kind), ()):
                path = folder / name
                if not path.is_file():
                    raise ConfigError(
                        f"{index} line {number} names {name}, which is missing: add the file or drop the line"
                    )
                match = _HOST.match(place)
                if scraper == "amazon_bestsellers" and _GRID not in path.read_bytes():
                    continue  # the overview of all departments stands under no category's URL
                target = self._target(scraper, path, match[1] if match else "com", taken)
                status = _status(note) if kind == "error" else 200
                yield CapturedPage(
                    shop,
                    scraper,
                    kind,
                    f"{shop}/{name}",
                    path,
                    tuple(target.items()),
                    status,
                    _expected(kind, status, note),
                )

    def _target(self, scraper: str, path: Path, domain: str, taken: set[tuple[str, str]]) -> dict[str, str]:
        """The target of a file: the id found in its name or text where nobody else has it, else one made up."""
        attempt = 0
        while True:
            name = self._name(scraper, path, attempt)
            target = {
                "walmart_product": {"item_id": name},
                "ebay_search": {"keyword": name, "domain": domain, "pages": "1"},
                "amazon_bestsellers": {"node": name, "list": "bestsellers", "domain": domain, "pages": "1"},
                "amazon_search": {"keyword": name, "domain": domain, "pages": "1"} | _NO_FILTERS,
                "amazon_seller_products": {"seller_id": name, "domain": domain, "pages": "1"},
            }.get(scraper, {"asin": name, "domain": domain})
            if scraper == "amazon_offers":
                target["condition"] = "all"
            mark = (scraper, key(scraper, target).casefold())
            if mark not in taken:
                taken.add(mark)
                return target
            attempt += 1

    def _name(self, scraper: str, path: Path, attempt: int) -> str:
        draw = seed.stream(self._root, "captured", scraper, path.name, attempt)
        made_up = {
            "walmart_product": str(draw.randrange(10**8, 10**9)),
            "ebay_search": path.stem.replace("-", " ") + (f" {attempt}" if attempt > 1 else ""),
            "amazon_bestsellers": f"captured/{draw.randrange(10**8)}",
            "amazon_search": path.stem.replace("-", " ") + (f" {attempt}" if attempt > 1 else ""),
            "amazon_seller_products": seller_id(f"{path.name} {attempt}"),
        }.get(scraper) or asin_of(draw)
        return (_own_name(scraper, path) if attempt == 0 else None) or made_up


def _status(note: str) -> int:
    """The status that an error page's note names; 500 where it names none."""
    match = _ERROR_STATUS.search(note)
    return int(match[1]) if match else 500


def _own_name(scraper: str, path: Path) -> str | None:
    """The id or keyword that a captured page carries itself."""
    if scraper == "walmart_product":
        match = _ITEM.match(path.name)
        return match[1] if match else None
    if scraper not in _NAMES and (in_name := _IN_NAME.search(path.stem)):
        return in_name[1]
    found = _NAMES.get(scraper, _ASIN).search(path.read_bytes())
    name = next(filter(None, found.groups()), b"") if found else b""
    return unescape(name.decode("utf-8", "replace")).strip() or None


def _expected(kind: str, status: int, note: str) -> str:
    if kind in _REFUSALS:
        return "blocked"
    if _NO_RESULTS.search(note):
        return "empty"
    if kind == "error":
        # A shop that answers with its own error page refuses as much as one that asks for a captcha.
        return "gone" if status == 404 else "blocked"  # noqa: PLR2004 - Not Found
    return "ok"
