"""Customer reviews: those that a product page shows, and the pages that list them all.

A review of another marketplace that the page shows counts as well. The extracts beside the reviews of 2017 and 2018
(`recent-review`) do not: they are cut short and name no day.
Who wrote a review is never kept. His name is read only to take it out of his own text, where he signs in full.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from msgspec import Meta

from hawker_amazon.site import Asin, Domain
from hawker_core.convert import count, squash
from hawker_core.model import Empty, Missing, Target
from hawker_core.privacy import mask

if TYPE_CHECKING:
    from decimal import Decimal

    from hawker_core.page import Node, Page

REVIEWS = "[data-hook=review], [data-hook=cmps-review]"  # cmps: of another marketplace, on pages up to 2019
NAME = "[name]"
_STARS = ("[data-hook$=review-star-rating]", ".review-rating")
_TITLES = ("[data-hook$=review-title]", "[data-hook=reviewTitle]")
_BODIES = (
    "[data-hook$=review-collapsed]",
    "[data-hook=reviewRichContentContainer]",
    "[data-hook$=review-body]",
    ".review-text-content",
)
_ORIGINAL = ".cr-original-review-content"  # beside it a script puts a translation
# Stars inside a title; a player's messages and the "Read more" inside a text.
_DRAWN = ".a-icon-alt, .video-block, .a-expander-header, .a-hidden"
_DATES = "[data-hook$=review-date]"
_VOTES = ("[data-hook=helpful-vote-statement]", "[data-hook=cmps-helpful-votes-text]")
_VARIANTS = ("[data-hook^=format-strip]", "[data-hook=product-variation-attributes]")
_SEPARATOR = re.compile(r"<i\b[^>]*a-icon-text-separator.*?</i>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_AUTHORS = ".a-profile-name, [data-hook=review-author]"
_MOST_PARTS = 20  # to take out of one text
_LEAST_NAME = 3  # letters; a shorter one is any word's

AVERAGES = ("[data-hook=rating-out-of-text]", "[data-hook=average-star-rating]")
RATINGS = ("[data-hook=total-review-count]", "#acrCustomerReviewText")
# Until 2019 nobody rated without a text, and the pages counted reviews.
_OF_REVIEWS = re.compile(r"review|rezension|commentaire|recension|opinion|\u30ec\u30d3\u30e5\u30fc", re.IGNORECASE)
_LISTED = ("[data-hook=cr-filter-info-review-rating-count]", "[data-hook=cr-filter-info-review-count]")
_SHOWN = re.compile(r"\d+\s?[-\u2013]\s?\d+")  # of the listed reviews, this page's
_NUMBER = re.compile(r"\d[\d.,\u00a0 ]*")
_LONGEST_LINE = 300  # characters
_HISTOGRAM = "#histogramTable"
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3})(?:\.\d{1,4})?\s?(?:%|$)")
_MOST_STARS = 5
_ID = r"R[A-Z0-9]{9,20}"
_ID_NAMED = re.compile(rf"(?:customer_review(?:_foreign)?-)?({_ID})")
_ID_LINKED = re.compile(rf"/customer-reviews/({_ID})(?![A-Z0-9])")
_NONE_HERE = ("#cm-cr-dp-no-reviews-message", ".no-reviews-section")
_NONE_SAID = "[data-hook=top-customer-reviews-title]"


class ReviewsTarget(Target, frozen=True):
    """A product. `dp` gives the reviews that its page shows; `reviews` lists them all, where the shop lets one in."""

    asin: Asin
    domain: Domain = "com"
    source: Literal["dp", "reviews"] = "dp"
    pages: Annotated[int, Meta(ge=1, le=10)] = 1  # of the source `reviews`


def entries(page: Page) -> list[Node]:
    """The page's reviews, in the order shown.

    Raises:
        Empty: the page says that there are none.
        Missing: none, and nothing says so.
    """
    if found := page.root.all(REVIEWS):
        once: dict[object, Node] = {}
        for place, node in enumerate(found):
            once.setdefault(id_of(node) or place, node)
        return list(once.values())
    if page.root.has(*_NONE_HERE):
        raise Empty("no reviews")
    histogram = histogram_of(page.root)
    told = page.root.maybe(_NONE_SAID, RATINGS[0])
    if (histogram and not any(histogram.values())) or (told and not count(told.content)):
        raise Empty("no reviews")
    raise Missing(REVIEWS)


def goes_on(page: Page) -> bool:
    """Whether a further page of the list follows."""
    return page.root.has("ul.a-pagination li.a-last:not(.a-disabled) a")


def id_of(entry: Node) -> str | None:
    """The review's id, where it is told."""
    inside = (node.get("id") for node in entry.all("[id^=customer_review]"))
    named = (_ID_NAMED.fullmatch(name) for name in (entry.get("id"), *inside) if name)
    linked = (_ID_LINKED.search(node.get("href") or "") for node in entry.all("a[href]"))
    found = next(filter(None, named), None) or next(filter(None, linked), None)
    return found.group(1) if found else None


def review_id(entry: Node) -> str:
    """The review's id.

    Raises:
        Missing: told nowhere.
    """
    if found := id_of(entry):
        return found
    raise Missing(f"{REVIEWS} [id]")


def stars(entry: Node) -> Decimal:
    """Stars out of five.

    Raises:
        Missing: none shown.
    """
    found = entry.maybe_rating(*_STARS)
    if found is None:
        raise Missing(" | ".join(_STARS))
    return found


def title(entry: Node) -> str | None:
    """The title in the language it was written in."""
    return _written(entry, _TITLES)


def body(entry: Node) -> str | None:
    """The text in the language it was written in, a line break as a blank."""
    return _written(entry, _BODIES)


def _written(entry: Node, css: tuple[str, ...]) -> str | None:
    found = entry.maybe(*css)
    if not found:
        return None
    text = found.maybe_text(_ORIGINAL) or found.content
    for drawn in found.all(_DRAWN)[:_MOST_PARTS]:
        text = text.replace(drawn.content, " ", 1)
    names = (node.content for node in entry.all(_AUTHORS)[:_MOST_PARTS])
    for name in {name for name in names if len(name) >= _LEAST_NAME}:
        alone = (r"(?<!\w)", r"(?!\w)") if name.upper() != name.lower() else ("", "")  # Japanese parts no words
        text = re.sub(re.escape(name).join(alone), NAME, text)
    return mask(squash(text)) or None


def told(entry: Node) -> str | None:
    """The line that says when and where the review was written."""
    return entry.maybe_text(_DATES)


def verified(entry: Node) -> bool:
    """Whether the shop saw the purchase."""
    return entry.has("[data-hook^=avp-badge]")


def helpful(entry: Node) -> int:
    """How many people found the review helpful; 0 where the page says nothing of it."""
    said = entry.maybe_text(*_VOTES)
    if said is None:
        return 0
    number = count(said)
    return 1 if number is None else number  # "One person found this helpful", in any language


def variant(entry: Node) -> str | None:
    """What was bought, a blank and a bar between the parts: `Color: Black | Size: 3.5mm`."""
    strip = entry.maybe(*_VARIANTS)
    if not strip:
        return None
    return " | ".join(filter(None, map(_plain, _SEPARATOR.split(strip.html)))) or None


def _plain(markup: str) -> str:
    return squash(unescape(_TAG.sub("", markup)))


class Figures(NamedTuple):
    """What the page says of all reviews of the product together."""

    average: Decimal | None  # stars out of five
    rating_count: int | None
    review_count: int | None
    histogram: dict[str, int]


def figures(page: Page) -> Figures:
    """The page's figures; what it does not show is None, or an empty histogram."""
    root = page.root
    rated = [text for css in RATINGS if (text := root.maybe_text(css))]
    return Figures(
        average=root.maybe_rating(*AVERAGES) or None,  # where nobody rated, old pages print 0.0
        rating_count=next(filter(None, map(count, rated)), None),
        review_count=_listed(root) or next(filter(None, map(count, filter(_OF_REVIEWS.search, rated))), None),
        histogram=histogram_of(root),
    )


def _listed(root: Node) -> int | None:
    # `Showing 1-10 of 2,132 reviews`, or `4,888 total ratings, 523 with reviews`
    line = root.maybe_text(*_LISTED) or ""
    numbers = _NUMBER.findall(_SHOWN.sub("", line[:_LONGEST_LINE]))
    return count(numbers[-1]) if numbers else None


def histogram_of(root: Node) -> dict[str, int]:
    """Percent of the ratings by stars, from `5` to `1`; empty where the page draws none that is understood."""
    for table in root.all(_HISTOGRAM):  # some pages draw one inside the other, and leave one empty
        bars = table.all(".a-meter")
        shares = [share for bar in bars[: _MOST_STARS + 1] if (share := _percent(bar)) is not None]
        if len(bars) == len(shares) == _MOST_STARS:
            return {str(_MOST_STARS - place): share for place, share in enumerate(shares)}
    return {}


def _percent(bar: Node) -> int | None:
    written = (bar.maybe_attr("style", ".a-meter-bar"), bar.get("aria-valuenow"), bar.get("aria-label"))
    found = next(filter(None, (_PERCENT.search(text) for text in written if text)), None)
    return int(found.group(1)) if found else None
