"""Walmart: its hosts and currencies, its ways to say no, and the JSON that its pages are drawn from."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import msgspec

from hawker_core import Data, Gone, Missing, Outcome, Page, Refusal, Scraper, Site
from hawker_core.page import decode
from hawker_core.scraper import RowT, TargetT

Domain = Literal["com", "ca"]
_ORIGINS: dict[Domain, str] = {"com": "https://www.walmart.com", "ca": "https://www.walmart.ca/en"}
_CURRENCIES: dict[Domain, str] = {"com": "USD", "ca": "CAD"}

_DATA = re.compile(rb"<script\b[^<>]*\bid=[\"']?__NEXT_DATA__\b[^<>]*>")
# What the robot check consists of, or is but a script or a word of JSON that leads there.
_CAPTCHA = re.compile(rb"\bid=[\"']?px-captcha\b|[\"']/blocked\?url=")
_REFUSING_TITLE = re.compile(
    rb"<title\b[^<>]{0,100}>\s{0,99}(robot or human\?|verify your identity|access denied"
    rb"|access to this page has been denied\.?)\s{0,99}</title",
    re.IGNORECASE,
)
_BLOCKED = re.compile(r"/(?:en/|fr/)?blocked\b")


def origin(domain: Domain) -> str:
    """What a page's path on this domain is appended to."""
    return _ORIGINS[domain]


def currency(domain: Domain) -> str:
    """The domain's currency as an ISO 4217 code."""
    return _CURRENCIES[domain]


def store_cookie(store: str) -> dict[str, str]:
    """Headers that ask for a store's own prices and stock; none for a blank store.

    The cookies are those that walmart.com's store finder sets. Unverified against a capture: check the answer's
    `location`.
    """
    if not store:
        return {}
    guest = {"intent": "PICKUP", "isExplicit": True, "storeIntent": "PICKUP", "pickup": {"nodeId": store}}
    location = b64encode(msgspec.json.encode(guest)).decode()
    return {"Cookie": f"assortmentStoreId={store}; hasLocData=1; locGuestData={location}"}


class WalmartSite(Site):
    """Walmart in the United States and in Canada."""

    hosts = frozenset({"www.walmart.com", "www.walmart.ca"})
    # In the data that a page is drawn from, and in its JSON-LD.
    people = re.compile(
        rb"""(?s)("userNickname"\s*:\s*"|"author"\s*:\s*\{\s*"@type"\s*:\s*"Person"\s*,\s*"name"\s*:\s*")"""
        rb"""(?:[^"\\]++|\\.)*+"""
    )

    def refusal(self, page: Page) -> Refusal | None:
        """Tell the robot check by its address, its whole title or its form.

        A good page may hold its dialogue too, so data comes before the form.
        """
        if _BLOCKED.match(urlsplit(page.url).path):
            return Refusal(Outcome.BLOCKED, "robot check (/blocked)")
        if not _DATA.search(page.body) and (found := _CAPTCHA.search(page.body)):
            return Refusal(Outcome.BLOCKED, f"robot check ({'/blocked' if b'/' in found.group() else '#px-captcha'})")
        if titled := _REFUSING_TITLE.search(page.body):
            return Refusal(Outcome.BLOCKED, f"robot check ({titled.group(1).decode()})")
        return None


class WalmartScraper(Scraper[TargetT, RowT]):
    """A scraper of Walmart."""

    site: ClassVar[Site] = WalmartSite()

    def initial(self, page: Page) -> Data:
        """What the page is drawn from: `props.pageProps.initialData` of its script `#__NEXT_DATA__`.

        The script is found in the bytes: the document need not be parsed.

        Raises:
            Missing: no such script, or nothing in it.
            Gone: it says that there is no such page.
        """
        opening = _DATA.search(page.body)
        if opening is None:
            raise Missing("script#__NEXT_DATA__")
        end = page.body.find(b"</script", opening.end())
        state = decode(page.body[opening.end() : end], "script#__NEXT_DATA__")
        status = state.maybe_text("props.pageProps.statusCode", "err.statusCode")
        if state.maybe_text("page") == "/404" or status == "404":
            raise Gone("page not found")
        return state.one("props.pageProps.initialData")
