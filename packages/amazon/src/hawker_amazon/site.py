"""Amazon: its marketplaces, how it says no, and what all its scrapers share."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from hawker_core.model import Outcome, Refusal, Request, Target
from hawker_core.rows import RawRow
from hawker_core.scraper import Scraper, Site

if TYPE_CHECKING:
    from hawker_core.page import Page

TargetT = TypeVar("TargetT", bound=Target)
RowT = TypeVar("RowT", bound=RawRow)

Asin = Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{10}$")]
Domain = Literal["com", "ca", "co.uk", "de", "fr", "it", "es", "co.jp", "com.br", "in", "ae", "com.au"]

# Per marketplace: the currency that a bare sign means there, and the language to ask its pages in.
MARKETPLACES: Final[dict[str, tuple[str, str]]] = {
    "com": ("USD", "en-US,en;q=0.9"),
    "ca": ("CAD", "en-CA,en;q=0.9"),
    "co.uk": ("GBP", "en-GB,en;q=0.9"),
    "de": ("EUR", "de-DE,de;q=0.9,en;q=0.5"),
    "fr": ("EUR", "fr-FR,fr;q=0.9,en;q=0.5"),
    "it": ("EUR", "it-IT,it;q=0.9,en;q=0.5"),
    "es": ("EUR", "es-ES,es;q=0.9,en;q=0.5"),
    "co.jp": ("JPY", "ja-JP,ja;q=0.9,en;q=0.5"),
    "com.br": ("BRL", "pt-BR,pt;q=0.9,en;q=0.5"),
    "in": ("INR", "en-IN,en;q=0.9"),
    "ae": ("AED", "en-AE,en;q=0.9"),
    "com.au": ("AUD", "en-AU,en;q=0.9"),
}

_HOST = "www.amazon."
# A page whose bytes carry none of these is no refusal; one that does is looked at more closely.
_SUSPECT = (b"validateCaptcha", b"opfcaptcha", b"awswaf", b"signIn", b"/ap/cvf", b"/ax/claim", b"/error/", b"ref=cs_")
_SERVER_ERROR = re.compile(rb"/error/[^\"'\s]*50[03]|ref=cs_50\d_")
# What every content page has one of, the fragments that scripts load among them, and no refusal.
_CONTENT = ("#navbar", "#nav-belt", "#dp", "#search", "[id^=aod-]")
_BLOCKS = {
    "image captcha": ("form[action*=validateCaptcha] img", "#captchacharacters"),
    "continue-shopping button": ("form[action*=validateCaptcha]",),
    "browser challenge": ("script[src*=awswaf]",),
    "sign-in wall": (
        "form[name=signIn]",
        "form[action*='/ap/cvf']",
        "form[action*='/ap/signin']",
        "form[action*='/ax/claim']",
    ),
}
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_BLOCKED = {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


class Amazon(Site):
    """The shop. Its refusals are told by their structure, as their texts come in every language."""

    hosts = frozenset(f"{name}.amazon.{domain}" for name in ("www", "completion") for domain in MARKETPLACES)
    people = re.compile(
        rb"(<(?>[^<>]*?(?:\ba-profile-name\b|\breview-author\b|/gp/(?:pdp/)?profile/))[^<>]*+>)"
        rb"(?:[^<]++|<(?:span|a)\b[^<>]*+>[^<]*+</(?:span|a)>)++"
    )

    def refusal(self, page: Page) -> Refusal | None:
        """Blocked: captchas, continue-shopping button, challenge, sign-in, 500 and 503 pages. Gone: the 404 page."""
        if any(sign in page.body for sign in _SUSPECT) and (refusal := _drawn(page)):
            return refusal
        if page.status in _GONE:
            return Refusal(Outcome.GONE, f"status {page.status}")
        challenge = page.status == HTTPStatus.ACCEPTED and not page.body.strip()  # by its status alone
        if page.status in _BLOCKED or challenge:
            return Refusal(Outcome.BLOCKED, f"status {page.status}")
        return None


def _drawn(page: Page) -> Refusal | None:
    root = page.root
    if root.has(*_CONTENT):
        return None
    for meaning, signs in _BLOCKS.items():
        if root.has(*signs):
            return Refusal(Outcome.BLOCKED, meaning)
    if b"opfcaptcha" in page.body:
        return Refusal(Outcome.BLOCKED, "robot check")
    if not root.has("img[src*='/error/']", "a[href*='ref=cs_']"):
        return None
    failed = _SERVER_ERROR.search(page.body) or page.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return Refusal(Outcome.BLOCKED, "error page") if failed else Refusal(Outcome.GONE, "page not found")


def currency_of(page: Page) -> str | None:
    """What a bare sign such as $ means on this page's marketplace."""
    domain = (urlsplit(page.url).hostname or "").removeprefix(_HOST)
    return MARKETPLACES[domain][0] if domain in MARKETPLACES else None


class AmazonScraper(Scraper[TargetT, RowT]):
    """What the scrapers of this shop share."""

    site = Amazon()

    def page(self, domain: str, path: str, number: int = 1, *, host: str = "www") -> Request:
        """A request for a page of a marketplace, in the marketplace's own language."""
        headers = {"Accept-Language": MARKETPLACES[domain][1]}
        return Request(url=f"https://{host}.amazon.{domain}{path}", headers=headers, page=number)
