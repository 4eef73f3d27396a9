"""What the search box suggests, from the interface that its script asks.

Unverified against a capture: parameters and answer are those of public clients of the interface, the marketplaces' ids
those of the Selling Partner API's documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlencode

from msgspec import Meta

from hawker_amazon.site import Domain
from hawker_core.model import Empty, Missing, Target

if TYPE_CHECKING:
    from hawker_core.page import Data, Page

HOST = "completion"
MOST = 11  # suggestions; the box shows ten
MARKETPLACE_IDS: Final[dict[Domain, str]] = {
    "com": "ATVPDKIKX0DER",
    "ca": "A2EUQ1WTGCTBG2",
    "co.uk": "A1F83G8C2ARO7P",
    "de": "A1PA6795UKMFR9",
    "fr": "A13V1IB3VIYZZH",
    "it": "APJ6JRA9NG5V4",
    "es": "A1RKKUPIHCS9HS",
    "co.jp": "A1VC38T7YXB528",
    "com.br": "A2Q3Y263D00KWC",
    "in": "A21TJRUUN4KGV",
    "ae": "A2VIGQ35RCS4UG",
    "com.au": "A39IBJ37TRP1C6",
}
_KEYWORD = "KEYWORD"


class AutocompleteTarget(Target, frozen=True):
    """What somebody has typed so far."""

    prefix: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
    domain: Domain = "com"


def address(target: AutocompleteTarget, language: str) -> str:
    """The path that asks for suggestions in a language such as `en_US`."""
    parameters = {
        "prefix": target.prefix,
        "alias": "aps",  # all departments
        "mid": MARKETPLACE_IDS[target.domain],
        "lop": language,
        "suggestion-type": _KEYWORD,
        "page-type": "Gateway",
        "site-variant": "desktop",
        "client-info": "amazon-search-ui",
        "limit": str(MOST),
        "version": "3",
        "event": "onKeyPress",
    }
    return f"/api/2017/suggestions?{urlencode(parameters)}"


def entries(page: Page) -> list[Data]:
    """The suggested searches, in order; what the box offers besides them, such as widgets, is left out.

    Raises:
        Empty: the shop has none for this prefix.
        Missing: no answer of this interface.
    """
    if not isinstance(page.data.one("suggestions").value, list):
        raise Missing("suggestions (no list)")
    keywords = [one for one in page.data.all("suggestions") if (one.maybe_text("type") or _KEYWORD) == _KEYWORD]
    if not keywords:
        raise Empty("no suggestions")
    return keywords


def suggestion(entry: Data) -> str:
    """The search.

    Raises:
        Missing: none.
    """
    return entry.text("value")


def scope(entry: Data) -> str | None:
    """The department that it is searched for in, by its alias such as `electronics`; None for all."""
    return entry.maybe_text("scopes.0.value", "scopes.0.alias")
