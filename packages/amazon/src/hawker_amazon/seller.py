"""A seller's profile: who he is by law, and what buyers made of him over four periods.

Unverified against a capture: built from public parsers of the profile since 2021, whose scripts hold the ratings as
JSON and whose blocks show them, and of the table that came before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from hawker_core.convert import count, squash
from hawker_core.page import Data, decode
from hawker_core.privacy import EMAIL, mask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from hawker_core.page import Node, Page

NAMES = ("#seller-name", "#sellerName-rd", "#sellerName")
YEAR = "12 months"
_STARS = (
    "#effective-timeperiod-rating-year-description",
    "#rating-year .ratings-reviews",
    "#seller-info-feedback-summary .a-icon-alt",
    "#seller-feedback-summary .a-icon-alt",
)
_HEADLINES = ("#seller-info-feedback-summary", "#seller-feedback-summary")
_IN_BRACKETS = re.compile(r"[(\uff08]\D{0,20}(\d[\d.,\u00a0 ]{0,15})[^)\uff09\d]{0,40}[)\uff09]")
_PERCENT = re.compile(r"(\d{1,3})\s?[%\uff05\u066a]")
_LIFETIME = re.compile(r"lifetime|insgesamt|\u5168\u671f\u9593", re.IGNORECASE)
# Of each period: the key of its script, and where its count stands.
_PERIODS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "30 days": ("oneMonthRatingsData", ("#rating-30d-num", "#rating-thirty-num", "#rating-thirty")),
    "90 days": ("threeMonthRatingsData", ("#rating-90d-num", "#rating-ninety-num", "#rating-ninety")),
    YEAR: ("twelveMonthRatingsData", ("#rating-365d-num", "#rating-year-num", "#rating-year")),
    "lifetime": ("lifetimeRatingsData", ("#rating-lifetime-num", "#rating-lifetime")),
}
_COUNTED = ".ratings-reviews-count"
_KINDS: Final = {"positive": (4, 5), "neutral": (3,), "negative": (1, 2)}
_TABLE = "#feedback-summary-table tr"
_ROWS_OF_TABLE = ("positive", "neutral", "negative", "count")

_DETAILS = ("#page-section-detail-seller-info .a-row", "#seller-profile-container ul.a-unordered-list > li")
_LABEL = ".a-text-bold"
_INDENTED = "indent-left"
# Where goods go back to and where customers write to is not where the business is.
_OTHER_ADDRESS = re.compile(
    r"customer|kunden|client|r\u00fccksend|return|retour|resi\b|devoluci|devolu\u00e7|"
    r"\u30ab\u30b9\u30bf\u30de\u30fc|\u8fd4\u54c1|\u0627\u0644\u0639\u0645\u0644\u0627\u0621",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"address|adresse|anschrift|indirizzo|direcci\u00f3n|domicilio|endere\u00e7o|morada|\u4f4f\u6240|\u0639\u0646\u0648\u0627\u0646",
    re.IGNORECASE,
)
_MOST_DETAILS = 200  # rows
_PHONE = re.compile(r"(?:[^\W\d]{1,20}\.?\s?[^\W\d]{0,20}\s?:)?\s?\+?[\d\s()./-]{9,25}")
_ZIP_CODE = re.compile(r"\d{5}-\d{4}")
_DIGITS_OF_A_PHONE = 9


class Business(NamedTuple):
    """Who a seller is by law, as far as his marketplace makes him say."""

    legal_name: str | None
    address: str | None


class _Detail(NamedTuple):
    label: str
    value: str
    lines: list[str]


def name(page: Page) -> str:
    """The name he sells under.

    Raises:
        Missing: none, so the page is no profile.
    """
    return page.root.text(*NAMES)


def business(page: Page) -> Business:
    """The legal name and the business address; never phone or e-mail, which stand beside them."""
    details = list(_details(page.root))
    named = details[0].value if details and not _ADDRESS.search(details[0].label) else ""
    addresses = [detail for detail in details if detail.lines and not _OTHER_ADDRESS.search(detail.label)]
    labelled = [detail for detail in addresses if _ADDRESS.search(detail.label)]
    lines = next((detail.lines for detail in reversed(labelled or addresses)), [])
    kept = [line for line in lines if not _is_contact(line)]
    return Business(named if named and not _is_contact(named) else None, ", ".join(kept) or None)


def _details(root: Node) -> Iterator[_Detail]:
    detail = None
    for row in root.all(*_DETAILS)[:_MOST_DETAILS]:
        bold = row.maybe(_LABEL)
        if bold and (label := bold.content):
            if detail:
                yield detail
            lines = row.texts("ul li")
            value = "" if lines else squash(row.content.replace(label, "", 1))
            detail = _Detail(label, value, [value] if value and _ADDRESS.search(label) else lines)
        elif detail and _INDENTED in (row.get("class") or "") and row.content:
            detail.lines.append(row.content)
    if detail:
        yield detail


def _is_contact(line: str) -> bool:
    digits = sum(map(str.isdecimal, line))
    phone = digits >= _DIGITS_OF_A_PHONE and _PHONE.fullmatch(line) and not _ZIP_CODE.fullmatch(line)
    return bool(phone) or EMAIL in mask(line)


def stars(page: Page) -> Decimal | None:
    """Stars out of five, of the past 12 months; None for a seller without ratings."""
    return page.root.maybe_rating(*_STARS)


def rated(feedback: dict[str, dict[str, int]]) -> int | None:
    """How many ratings the past 12 months saw."""
    return feedback.get(YEAR, {}).get("count")


def feedback(page: Page) -> dict[str, dict[str, int]]:
    """By period, `30 days` to `lifetime`: percent positive, neutral and negative, and the count; only what is told.

    Four and five stars are positive, three neutral, one and two negative, as the shop itself sums them up.
    """
    tabled = _tabled(page.root)
    found = {period: _scripted(page, key) or _shown(page.root, css) for period, (key, css) in _PERIODS.items()}
    found = {period: told or tabled.get(period, {}) for period, told in found.items()}
    found[YEAR] = _headline(page.root) | found[YEAR]
    return {period: told for period, told in found.items() if told}


def _headline(root: Node) -> dict[str, int]:
    """`95% positive in the last 12 months (1,234 ratings)`; where these saw none it tells of all years."""
    text = (root.maybe_text(*_HEADLINES) or "")[:500]
    if _LIFETIME.search(text):
        return {}
    positive, ratings = _PERCENT.search(text), _IN_BRACKETS.search(text)
    told = {"positive": positive and int(positive.group(1)), "count": ratings and count(ratings.group(1))}
    return {kind: value for kind, value in told.items() if value is not None}


def _scripted(page: Page, key: str) -> dict[str, int]:
    script = page.root.maybe(f"script[type=a-state][data-a-state*={key}]")
    return _summed(decode(script.raw, key)) if script else {}


def _summed(data: Data) -> dict[str, int]:
    total = count(data.maybe_text("ratingCount"))
    told = {} if total is None else {"count": total}
    shares = {star: count(data.maybe_text(f"star{star}")) for star in range(1, 6)}
    if total == 0 or None in shares.values():
        return told
    return {kind: sum(shares[star] or 0 for star in stars) for kind, stars in _KINDS.items()} | told


def _shown(root: Node, css: tuple[str, ...]) -> dict[str, int]:
    found = root.maybe_count(*(f"{block} {_COUNTED}" for block in css))
    return {} if found is None else {"count": found}


def _tabled(root: Node) -> dict[str, dict[str, int]]:
    """The table of old profiles: a row per kind, a column per period; `-` where nobody rated."""
    rows = [cells for row in root.all(_TABLE) if len(cells := row.all("td")) > len(_PERIODS)]
    if len(rows) < len(_ROWS_OF_TABLE):
        return {}
    told: dict[str, dict[str, int]] = {period: {} for period in _PERIODS}
    for kind, cells in zip(_ROWS_OF_TABLE, rows[-len(_ROWS_OF_TABLE) :], strict=True):
        for period, cell in zip(_PERIODS, cells[1:], strict=False):
            if (value := count(cell.content)) is not None:
                told[period][kind] = value
    return told
