"""A product's details and best seller ranks, as the lists and tables of several eras print them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hawker_core.convert import decimal, squash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_amazon.parts import Parts
    from hawker_core.page import Node

# Blocks of details; of each group, whose blocks stand inside one another, the first that the page has.
_GROUPS = (
    ("productOverview_feature_div",),
    ("productFactsDesktopExpander",),
    ("detailBulletsWrapper_feature_div", "detailBullets_feature_div"),
    ("detail_bullets_id", "productDetailsTable", "detail-bullets"),
    ("prodDetails", "productDetails_feature_div", "productDetails2_feature_div"),
    ("technicalSpecifications_feature_div", "technical-data_feature_div"),
    ("tech",),
    ("audibleproductdetails_feature_div", "audibleProductDetails"),
)
_TABLES = "table.prodDetTable"  # those of layouts that have none of the blocks above
_ROWS = "tr, li, .product-facts-detail"
_LABELS = ("th", "td.label", ".a-text-bold", "b", "strong", ".a-col-left", "td")
_RANK_LINK = "a[href*='/bestsellers/'], a[href*='/zgbs/']"
# Rows of ranks and of reviews.
_APART = (
    ".zg_hrsr",
    _RANK_LINK,
    ".a-icon-star",
    "[id^=acr]",
    "[id*=averageCustomerReviews]",
    "[class*=dpProductDetail]",
)
_FIRST_LINKS = 5  # a note stands behind its value, before what else a row may hold
_PUNCTUATION = " :\uff1a"
PATH = " > "  # between the steps of a rank's category
_DASH = " :-\u2500\u2013"
# "#5 in Books", "Nr. 52.871 in Bücher", "#9 Paid in Kindle Store", "- 12位本"; the number, and what follows it.
_RANK = re.compile(r"^\D*?(\d[\d.,]*(?: \d{3}(?!\d))*)\s*\u4f4d?\s*(.*)$")
_RANK_BEHIND = re.compile(r"^(.+?)\s[-\u2500]\s(\d[\d.,]*)\s*\u4f4d$")  # "本 - 12位"
_PREPOSITION = re.compile(r"^(?:\w+ ){0,2}?(?:in|en|dans|em|\u0641\u064a) ")


def details(parts: Parts) -> dict[str, str]:
    """Label to value, in page order; ranks and reviews, which have columns of their own, left out."""
    found: dict[str, str] = {}
    for block in _blocks(parts):
        for row in block.all(_ROWS):
            if not row.has("tr, li", *_APART) and row.get("id") != "SalesRank" and (pair := _pair(row)):
                found.setdefault(*pair)
    return found


def _blocks(parts: Parts) -> Iterator[Node]:
    for group in _GROUPS:
        yield from parts.every(*group)[:1]
    yield from parts.root.all(_TABLES)


def _pair(row: Node) -> tuple[str, str] | None:
    label, content = row.maybe_text(*_LABELS), _without_links_in_brackets(row)
    if not label or not content.startswith(label):
        return None
    whole = row.maybe_text(".a-truncate-full")  # beside it stands what a script cut from it
    name, value = label.strip(_PUNCTUATION), whole or content.removeprefix(label).strip(_PUNCTUATION)
    return (name, value) if name and value else None


def _without_links_in_brackets(node: Node) -> str:
    """A text without notes such as "(See Top 100 in Books)" and "(View shipping rates and policies)"."""
    content = node.content
    for link in node.all("a")[:_FIRST_LINKS]:
        if "(" in content and (text := link.content):
            content = squash(re.sub(rf"\(\s*{re.escape(text)}\s*\)", "", content))
    return content


def ranks(parts: Parts) -> list[dict[str, Any]]:
    """`rank` and `category`, with its path where one is shown; in page order, which puts the main category first."""
    for block in parts.every("SalesRank") or _rank_rows(parts):
        if found := [rank for text in _rank_texts(block) if (rank := _rank(text))]:
            return found
    return []


def _rank_rows(parts: Parts) -> Iterator[Node]:
    """The innermost row that holds all links to best seller lists of a block."""
    for block in _blocks(parts):
        if links := len(block.all(_RANK_LINK)):
            yield from [row for row in block.all("tr, li") if len(row.all(_RANK_LINK)) == links][-1:]


def _rank_texts(block: Node) -> Iterator[str]:
    """One text per rank: the main category's stands before the list of the others, or is the first of the list."""
    content = _without_links_in_brackets(block)
    content = content.removeprefix(block.maybe_text("th", "td.label", "b", ".a-text-bold") or "").strip(_PUNCTUATION)
    nodes = block.all("li") or [span for span in block.all("td span") if not span.has("span")]
    items = [text for node in nodes if _RANK.match(text := _without_links_in_brackets(node))]
    if main := content.partition(items[0])[0] if items else content:
        yield main
    yield from items


def _rank(text: str) -> dict[str, Any] | None:
    if behind := _RANK_BEHIND.match(text.strip()):
        category, number = behind.groups()
    elif found := _RANK.match(text.strip()):
        number, category = found.groups()
        category = _PREPOSITION.sub("", category)
    else:
        return None
    rank, category = decimal(number, whole=True), category.strip(f"{_DASH}>")
    return {"rank": int(rank), "category": category} if rank and category else None
