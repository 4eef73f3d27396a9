"""Feedback as eBay shows it: the table of the feedback page, and the cards that item pages show too.

The cards are those of a captured item page; the table is unverified against a capture, its parts are named as public
parsers name them. Who left the feedback is never read, not even the masked name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from msgspec import Meta

from hawker_core import Missing, Request, Target
from hawker_core.convert import moment
from hawker_core.privacy import mask
from hawker_ebay import words
from hawker_ebay.site import Domain, url

if TYPE_CHECKING:
    import datetime as dt

    from hawker_core import Money, Node, Page

ENTRIES = ("tr[data-feedback-id]", "li.fdbk-container")
PER_PAGE = 200
_RATINGS = {"positive", "neutral", "negative"}
_COMMENTS = ("[data-test-id^=fdbk-comment]", ".card__comment", ".fdbk-container__details__comment")
_ITEMS = ("[data-test-id^=fdbk-item]", ".card__item", ".fdbk-container__details__item-link")
_PRICES = ("[data-test-id^=fdbk-price]", ".card__price")
_TIMES = ("[data-test-id^=fdbk-time]", ".fdbk-container__details__info__divide__time")
_CONTEXT = "[data-test-id^=fdbk-context]"
_NEXT = (
    "button#next-page:not([disabled]):not([aria-disabled=true])",
    "a.pagination__next[href]:not([aria-disabled=true])",
)
_LINKED = re.compile(r"/itm/(?:[^/?]+/)?(\d{9,15})(?!\d)")
_NAMED = re.compile(r"\(#(\d{9,15})\)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LANGUAGES: dict[Domain, str] = {
    "at": "de", "be": "nl", "ch": "de", "de": "de", "es": "es", "fr": "fr", "it": "it", "nl": "nl", "pl": "pl",
}  # fmt: skip


class FeedbackTarget(Target, frozen=True):
    """A seller by his username; the newest feedback comes first, 200 a page."""

    username: Annotated[str, Meta(pattern=r"^[\w.*!$-]{1,64}$")]
    domain: Domain = "com"
    pages: Annotated[int, Meta(ge=1, le=10)] = 1


def request(target: FeedbackTarget, page: int = 1) -> Request:
    """A page of the feedback that a member received as a seller."""
    parameters = {
        "filter": "feedback_page:RECEIVED_AS_SELLER",
        "limit": str(PER_PAGE),
        "page_id": str(page),
        "sort": "TIME",
    }
    path = f"/fdbk/feedback_profile/{quote(target.username, safe='')}"
    return Request(url(target.domain, path, parameters), page=page)


def entries(page: Page) -> list[Node]:
    """The page's pieces of feedback, in the order shown.

    Raises:
        Missing: none. How the shop says that a member has none is not known.
    """
    if found := page.root.all(*ENTRIES):
        return found
    raise Missing(" | ".join(ENTRIES))


def goes_on(page: Page) -> bool:
    """Whether a further page follows."""
    return page.root.has(*_NEXT)


def rating(entry: Node) -> str:
    """positive, neutral or negative.

    Raises:
        Missing: none of these.
    """
    found = entry.attr("data-test-type", "svg[data-test-type]").lower()
    if found not in _RATINGS:
        raise Missing(f"svg[data-test-type] ({found})")
    return found


def comment(entry: Node) -> str:
    """What was written, without addresses and phone numbers.

    Raises:
        Missing: nothing.
    """
    return mask(entry.text(*_COMMENTS))


def role(entry: Node) -> str | None:
    """The part of the member in the deal: the other one than that of who left the feedback."""
    # Of the line "Buyer: v***d" only the label is read.
    label = (entry.maybe_text(_CONTEXT) or "").partition(":")
    told = (entry.maybe_attr("aria-label", _CONTEXT), label[0] if label[1] else None, entry.maybe_text(".fb-clipped"))
    return next((part for text in told if text and (part := words.other_part(text))), None)


def item_id(entry: Node) -> str | None:
    """The number of the listing."""
    linked = (_LINKED.search(link.get("href") or "") for css in _ITEMS for link in entry.all(f"{css} a"))
    found = next(filter(None, linked), None) or _NAMED.search(entry.maybe_text(*_ITEMS) or "")
    return found.group(1) if found else None


def price(entry: Node, domestic: str) -> Money | None:
    """What the item was sold for."""
    return entry.maybe_money(*_PRICES, currency=domestic)


def period(entry: Node) -> str:
    """When the feedback was left, in the page's words.

    Raises:
        Missing: not said.
    """
    return entry.text(*_TIMES)


def date(told: str, domain: Domain) -> dt.date | None:
    """The day that a period's words tell; None for spans such as `Past 6 months`."""
    if not _YEAR.search(told):
        return None
    found = moment(told, languages=tuple(dict.fromkeys((_LANGUAGES.get(domain, "en"), "en"))))
    return found.date() if found else None
