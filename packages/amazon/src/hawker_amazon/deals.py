"""Deals: what the page's scripts hold of them, and the cards that it draws.

Unverified against a capture: built from public parsers. The scripts' JSON came in three shapes (2021, 2023, 2024); the
grid keeps only those cards in the page that a reader sees, so what a script holds goes first.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from hawker_amazon.price import NEW, RANGE, apex, payable
from hawker_amazon.site import Domain, currency_of
from hawker_core.convert import currency
from hawker_core.model import Empty, Missing, Money, Target
from hawker_core.page import Data, Node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from hawker_core.page import Page

# The page's own filters, by the names of their bubbles; best deals have none and are told by their type.
BUBBLES: Final[dict[str, str]] = {
    "lightning": "deals-collection-lightning-deals",
    "trending": "trending-bubble",
    "today": "discounts-collection-deals-started-today",
}
_TYPES = {"lightning": "LIGHTNING_DEAL", "best": "BEST_DEAL"}
CARDS = ("[data-testid=product-card][data-asin]", "[data-deal-id][data-asin]", "[class*=DealGridItem-module__dealItem]")
_WIDGET = re.compile(r"mountWidget\(\s*[\"'][\w.-]{1,80}[\"']\s*,\s*(?=\{)")
_MOST_WIDGETS, _LONGEST_WIDGET = 60, 8 << 20  # a page's, and characters
_MOST_CARDS, _MOST_LEVELS = 500, 20
_LISTS = (
    "productSearchResponse.products",
    "prefetchedData.entity.rankedPromotions",
    "prefetchedData.aapiGetDealsList.0.entities",
)
_OLD, _MIDDLE = "entity.details.entity", "product.entity"
_PRICE = f"{_MIDDLE}.buyingOptions.0.price.entity"
_DEAL = f"{_MIDDLE}.buyingOptions.0.dealDetails.entity"
_RANGES = tuple(
    f"{place}.moneyValueOrRange.range"
    for place in ("price.priceToPay", f"{_PRICE}.priceToPay", f"{_OLD}.price.details.dealPrice")
)
_RANGED = ("moneyValueOrRange.value", "moneyValueOrRange.range.min")
_LINKED = re.compile(r"/(?:dp|gp/product)/([A-Z0-9]{10})(?![A-Z0-9])")
_ASIN = re.compile(r"[A-Z0-9]{10}")
_TIMERS = "[data-target-time]"
_LONGEST_TIME = 40  # characters
_MILLISECONDS = re.compile(r"\d{12,13}")
_OFF = re.compile(r"(\d{1,2})\s?[%\uff05\u066a]|[%\u066a]\s?(\d{1,2})(?!\d)")
_CLAIMED = ("[class*=laimed]", "[data-testid*=claimed]", "[class*=ercentClaim]", "[role=progressbar]")
_TITLES = ("p[id^=title-] .a-truncate-full", "[id^=title-]", ".a-truncate-full", ".a-truncate-cut")
_TO_PAY = ("[class*=priceToPay]", ".a-price:not(.a-text-price):not([data-a-strike])")
_LISTED = (".a-price.a-text-price", ".a-price[data-a-strike]")
_BADGES = ("[class*=adgeLabel]", "[class*=adgeAutomatedLabel]", "[data-component=dui-badge]")
_ASIDE = "carousel"  # in the class of rows of other products beside the grid


class DealsTarget(Target, frozen=True):
    """A marketplace's deals of a type."""

    deal_type: Literal["all", "lightning", "best", "trending", "today"] = "all"
    domain: Domain = "com"


class Told(NamedTuple):
    """What is told of a deal."""

    deal_id: str | None
    asin: str
    title: str
    deal_price: Decimal | None
    price_kind: str | None
    list_price: Decimal | None
    currency: str | None
    percent: int | None
    type: str | None
    ends_at: datetime | None
    claimed: int | None


def told(page: Page, deal_type: str) -> list[Data | Node]:
    """The page's deals of a type, each product once: those in its scripts, then further cards.

    Raises:
        Empty: the page tells the types of its deals, and this one is not among them.
        Missing: none.
    """
    found: dict[str, Data | Node] = {}
    shown: list[Data | Node] = [*_scripted(page), *_drawn(page)]
    for entry in shown:
        found.setdefault(_asin(entry) or f"#{len(found)}", entry)
    if not found:
        raise Missing(" | ".join((*_LISTS, *CARDS)))
    entries = list(found.values())
    if (wanted := _TYPES.get(deal_type)) is None:
        return entries
    types = [_type(entry) for entry in entries]
    # Where the shop itself filters, its cards tell no type.
    taken = (wanted, None) if deal_type in BUBBLES else (wanted,)
    if kept := [entry for entry, one in zip(entries, types, strict=True) if one in taken]:
        return kept
    if any(types):
        raise Empty(f"no {wanted} among {len(entries)} deals")
    raise Missing("dealDetails.type")


def _scripted(page: Page) -> Iterator[Data]:
    for script in page.root.all("script:not([src])"):
        if "mountWidget" not in (text := script.raw):
            continue
        for opened in list(_WIDGET.finditer(text))[:_MOST_WIDGETS]:
            with suppress(ValueError, RecursionError):
                value = json.JSONDecoder().raw_decode(text[opened.end() : opened.end() + _LONGEST_WIDGET])[0]
                yield from Data(value).all(*_LISTS)


def _drawn(page: Page) -> Iterator[Node]:
    for card in page.root.all(*CARDS)[:_MOST_CARDS]:
        around = [card.up()]
        while (outer := around[-1]) is not None and len(around) < _MOST_LEVELS:
            around.append(outer.up())
        if not any(_ASIDE in (outer.get("class") or "") for outer in around if outer):
            yield card


def read(entry: Data | Node, page: Page) -> Told:
    """A deal.

    Raises:
        Missing: no product or no title.
    """
    default = currency_of(page)
    return _of_data(entry, default) if isinstance(entry, Data) else _of_card(entry, default)


def _asin(entry: Data | Node) -> str | None:
    if isinstance(entry, Data):
        named = entry.maybe_text("asin", f"{_MIDDLE}.asin", f"{_OLD}.asin")
        links = [entry.maybe_text("link", f"{_MIDDLE}.links.entity.viewOnAmazon.url", f"{_OLD}.landingPage.url")]
    else:
        named = entry.get("data-asin")
        links = [node.get("href") for node in entry.all("a[href]")]
    if named and _ASIN.fullmatch(named):
        return named
    found = next(filter(None, (_LINKED.search(link) for link in links if link)), None)
    return found.group(1) if found else None


def _strict_asin(entry: Data | Node) -> str:
    if found := _asin(entry):
        return found
    raise Missing("asin | a[href*='/dp/']")


def _type(entry: Data | Node) -> str | None:
    if isinstance(entry, Data):
        return entry.maybe_text(
            "dealDetails.type", f"{_DEAL}.type", f"{_MIDDLE}.dealDetails.entity.type", f"{_OLD}.type"
        )
    return entry.maybe_attr("data-deal-type", "[data-deal-type]") or entry.get("data-deal-type")


def _of_data(entry: Data, default: str | None) -> Told:
    to_pay = _amount(entry, default, "price.priceToPay", f"{_PRICE}.priceToPay", f"{_OLD}.price.details.dealPrice")
    basis = _amount(entry, default, "price.basisPrice", f"{_PRICE}.basisPrice", f"{_OLD}.price.details.basisPrice")
    off = entry.maybe_count(
        "dealBadge.label.content.fragments.0.text", f"{_PRICE}.savings.percentage.value",
        f"{_OLD}.price.details.savings.percentage.value",
    )  # fmt: skip
    details = entry.maybe("dealDetails", _DEAL, f"{_MIDDLE}.dealDetails.entity", _OLD) or Data(None)
    fragments = entry.all("dealBadge.messaging.content.fragments")
    timers = [time for one in fragments if (time := one.maybe_text("countdownTimer.targetTime"))]
    return Told(
        deal_id=details.maybe_text("id", "dealId") or entry.maybe_text("dealId", "entity.id"),
        asin=_strict_asin(entry),
        title=entry.text("title", f"{_MIDDLE}.title.entity.displayString", f"{_OLD}.title"),
        deal_price=to_pay.amount if to_pay else None,
        price_kind=_kind(to_pay, ranged=entry.maybe(*_RANGES) is not None),
        list_price=basis.amount if basis else None,
        currency=to_pay.currency if to_pay else None,
        percent=None if off is None else abs(off),
        type=_type(entry),
        ends_at=_first_time([details.maybe_text("endTime", "endTime.value"), *timers]),
        claimed=details.maybe_count("percentClaimed"),
    )


def _amount(entry: Data, default: str | None, *paths: str) -> Money | None:
    """The amount at the first path that holds one; of a range the low end."""
    for place in (place for path in paths if (place := entry.maybe(path))):
        value = place.maybe(*_RANGED) or place
        printed = value.maybe_number("amount", "price", "value", "")
        if printed is not None:
            return Money(printed, currency(value.maybe_text("currencyCode", "unit", "price") or "", default))
    return None


def _of_card(entry: Node, default: str | None) -> Told:
    prices = [found for node in entry.all(*_TO_PAY) if payable(node) and (found := apex(node, default))]
    to_pay = prices[0] if prices else None
    basis = next((found for node in entry.all(*_LISTED) if (found := apex(node, default))), None)
    off = next(filter(None, (_OFF.search(text) for text in entry.texts(*_BADGES))), None)
    claimed = _OFF.search(entry.maybe_text(*_CLAIMED) or "")
    return Told(
        deal_id=entry.get("data-deal-id") or entry.maybe_attr("data-deal-id", "[data-deal-id]"),
        asin=_strict_asin(entry),
        title=entry.maybe_text(*_TITLES) or entry.attr("alt", "img[alt]"),
        deal_price=to_pay.amount if to_pay else None,
        price_kind=_kind(to_pay, ranged=len({price.amount for price in prices}) > 1),
        list_price=basis.amount if basis else None,
        currency=to_pay.currency if to_pay else None,
        percent=_number(off),
        type=_type(entry),
        ends_at=_first_time([entry.maybe_attr("data-target-time", _TIMERS)]),
        claimed=_number(claimed),
    )


def _kind(price: Money | None, *, ranged: bool) -> str | None:
    return (RANGE if ranged else NEW) if price else None


def _number(found: re.Match[str] | None) -> int | None:
    return int(found.group(1) or found.group(2)) if found else None


def _first_time(texts: list[str | None]) -> datetime | None:
    """The first text that is a moment: ISO 8601, in UTC where it names no zone, or milliseconds since 1970."""
    for text in filter(None, texts):
        with suppress(ValueError, OverflowError, OSError):
            if _MILLISECONDS.fullmatch(text):
                return datetime.fromtimestamp(int(text) // 1000, UTC)
            if len(text) <= _LONGEST_TIME:
                found = datetime.fromisoformat(text)
                return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
