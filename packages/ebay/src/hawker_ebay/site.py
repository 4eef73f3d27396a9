"""eBay: its hosts and currencies, and its ways to say no."""

from __future__ import annotations

import re
from typing import ClassVar, Literal, get_args
from urllib.parse import urlencode, urlsplit

from hawker_core import Outcome, Page, Refusal, Scraper, Site
from hawker_core.scraper import RowT, TargetT

Domain = Literal[
    "com", "at", "be", "ca", "ch", "co.uk", "com.au", "com.hk", "com.my", "com.sg", "de", "es", "fr", "ie", "it", "nl",
    "ph", "pl",
]  # fmt: skip
DOMAINS: tuple[Domain, ...] = get_args(Domain)

_CURRENCIES: dict[Domain, str] = {
    "com": "USD",
    "ca": "CAD",
    "ch": "CHF",
    "co.uk": "GBP",
    "com.au": "AUD",
    "com.hk": "HKD",
    "com.my": "MYR",
    "com.sg": "SGD",
    "ph": "PHP",
    "pl": "PLN",
}
# Where the countries of two languages send their visitors.
_BY_LANGUAGE = frozenset({"www.benl.ebay.be", "www.befr.ebay.be", "www.cafr.ebay.ca"})
# What a refusing answer consists of, by its id.
_REFUSALS = {
    "destForm": ("form#destForm", "browser check (form#destForm)"),
    "captcha_form": ("form#captcha_form", "captcha (form#captcha_form)"),
    "error-info": ("#error-info", "error page (#error-info)"),
    "signin-form": ("form#signin-form", "sign-in wall (form#signin-form)"),
}
REFUSAL_SIGNS = tuple(css for css, _ in _REFUSALS.values())
# What English ones are titled, whatever they consist of. The title of a search has its words in front.
_REFUSING_TITLE = re.compile(
    rb"<title\b[^<>]{0,100}>\s{0,99}((?:pardon our interruption|checking your browser before you access ebay"
    rb"|security measure|error page|access denied)[.\s]{0,9}(?:\| ?ebay)?)\s{0,99}</title",
    re.IGNORECASE,
)
_GONE = {404, 410}

# A string's letters in JSON, and what a list holds beside lists.
_LETTERS = rb'(?:[^"\\]++|\\.)*+'
_FLAT = rb'[^\[\]"]++|"' + _LETTERS + rb'"'
# Who left feedback or wrote a review: as elements, as the data that they are drawn from, and as JSON-LD.
_BUYER = (
    rb"(<(?>[^<>]*?(?:fdbk-container__details__info__username|fdbk-context))[^<>]*+>"
    rb"(?:<!--[^<>]*+>|<span\b[^<>]*+>|\s)*+(?:[^<:]*+:)?)[^<]++"  # a label such as "Buyer:" stays
)
_REVIEWER = rb"(<(?>[^<>]*?review-section__author)[^<>]*+>)(?:[^<]++|<!--[^<>]*+>|</?(?:span|a)\b[^<>]*+>)++"
_EITHER = (
    rb'("(?:author|context)":\{"_type":"TextualDisplay","textSpans":\[)'
    rb"(?:%(flat)s|\[(?:%(flat)s|\[(?:%(flat)s)*+\])*+\])++" % {b"flat": _FLAT}
)
_PERSON = rb'("author"\s*:\s*\{\s*"@type"\s*:\s*"Person"\s*,\s*"name"\s*:\s*")' + _LETTERS


def currency(domain: Domain) -> str:
    """What a bare sign in a price means on this domain, as an ISO 4217 code."""
    return _CURRENCIES.get(domain, "EUR")


def url(domain: Domain, path: str, parameters: dict[str, str]) -> str:
    """An eBay URL; parameters that are blank are left out."""
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"https://www.ebay.{domain}{path}" + (f"?{query}" if query else "")


class EbaySite(Site):
    """eBay in all its countries."""

    hosts = frozenset(f"{door}.ebay.{domain}" for door in ("www", "signin") for domain in DOMAINS) | _BY_LANGUAGE
    people = re.compile(b"(?s)" + b"|".join((_BUYER, _REVIEWER, _EITHER, _PERSON)))

    def refusal(self, page: Page) -> Refusal | None:
        """Tell by where the answer came from, by the form that it consists of, and by its whole title.

        The error page with a reference id is what the edge network answers to clients that it will not serve.
        """
        host, path = urlsplit(page.url)[1:3]
        if host.startswith("signin."):
            return Refusal(Outcome.BLOCKED, f"sign-in wall ({host})")
        if path.startswith("/splashui/"):
            return Refusal(Outcome.BLOCKED, f"browser check ({path})")
        if page.status in _GONE:
            return None
        for name, (css, sign) in _REFUSALS.items():
            # A search through the bytes is a hundred times cheaper than one through the tree.
            if name.encode() in page.body and page.root.has(css):
                return Refusal(Outcome.BLOCKED, sign)
        if titled := _REFUSING_TITLE.search(page.body):
            return Refusal(Outcome.BLOCKED, f"refusal ({titled.group(1).decode('ascii', 'replace').strip()})")
        return None


class EbayScraper(Scraper[TargetT, RowT]):
    """A scraper of eBay."""

    site: ClassVar[Site] = EbaySite()
