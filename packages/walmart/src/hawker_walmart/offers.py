"""Who sells a product: the panel behind "Compare all sellers", or the featured offer where there is no other.

The panel is unverified against a capture: its lines are named as public parsers name them, and the seller's block in
them is taken to be that of captured product pages.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from hawker_core import Empty, Missing, Target, money
from hawker_walmart import product as reads
from hawker_walmart.scrapers.walmart_offers.row import SellerOffer
from hawker_walmart.site import Domain

if TYPE_CHECKING:
    from hawker_core import Data, Money, Node

BUTTON = "button[aria-label='Compare all sellers']"
LINES = ("div[data-testid=allSellersOfferLine]", "div[data-testid=ip-more-sellers-panel-offers-card-wrapper]")
_SELLER = "[data-testid=product-seller-info]"
_PRICES = ("[itemprop=price]", "[data-testid=price-wrap]", ".b.f4")
_CONDITION = "[data-testid*=condition]"
_DELIVERY = "[data-testid*=fulfillment], [data-testid*=shipping], [data-testid*=delivery]"
_RETURN_POLICY = "[data-testid=return-policy], [data-testid=free-returns]"
_SOLD_BY = re.compile(r"^sold (?:and shipped )?by ", re.IGNORECASE)
_SELLER_PAGE = re.compile(r"/seller/(\d{1,20})(?!\d)")
_AMOUNT = r"(?:[A-Z]{1,3} ?)?\$ ?\d{1,9}(?:,\d{3}){0,3}(?:\.\d\d)?"
_FIRST_AMOUNT = re.compile(_AMOUNT)
_FREE = re.compile(r"free (?:[\w-]{1,20} )?shipping", re.IGNORECASE)
_CHARGED = re.compile(rf"({_AMOUNT}) (?:[\w-]{{1,20}} )?shipping|[Ss]hipping:? ({_AMOUNT})")
_DAY = r"(?:[A-Z][a-z]{2}, )?[A-Z][a-z]{2} \d{1,2}(?!\d)"
_ARRIVAL = re.compile(
    rf"[Aa]rrives (?:by )?({_DAY}(?: ?[-\u2013] ?(?:{_DAY}|\d{{1,2}}(?!\d)))?|today|tomorrow|in \d{{1,3}}\+? days)"
)
_RETURNS = re.compile(r"(?:free )?(?<!\d)\d{1,3}-day returns|not returnable|no returns", re.IGNORECASE)


class OffersTarget(Target, frozen=True):
    """A product whose sellers are wanted."""

    item_id: Annotated[str, Meta(pattern=r"^\d{3,15}$")]
    domain: Domain = "com"


def listed(line: Node, product: Data, domestic: str) -> SellerOffer:
    """A line of the panel. The panel lists offers in the condition of the page, unless a line says otherwise.

    Raises:
        Missing: no seller, or no price.
    """
    block = line.one(_SELLER)
    # The name of a seller may be anything, and the price may stand right before the word shipping: what the rest of
    # the line says is read without them.
    text = line.content.replace(block.content, " ")
    seller, price = _seller(block), _price(line, text, domestic)
    text = _FIRST_AMOUNT.sub(" ", text, count=1)
    page = _SELLER_PAGE.search(block.maybe_attr("href", "a") or "")
    delivery = line.maybe_text(_DELIVERY) or text
    return SellerOffer(
        seller=seller,
        seller_id=page.group(1) if page else None,
        price=price.amount,
        shipping=_shipping(delivery, domestic),
        arrival=_arrival(delivery),
        returns=_returns(line.maybe_text(_RETURN_POLICY) or text),
        is_buybox=(seller, price.amount) == _featured(product),
        currency=price.currency,
        condition=line.maybe_text(_CONDITION) or product.maybe_text("conditionType"),
    )


def only(product: Data, domestic: str) -> SellerOffer:
    """The offer of a product that has no other than the featured one.

    Raises:
        Empty: it is not for sale.
        Missing: the page knows of other offers and shows none, or the featured one is not understood.
    """
    # The first counts the featured one too; the second is that of pages before 2023.
    if (product.maybe_count("transactableOfferCount") or 0) > 1 or product.maybe_count("additionalOfferCount"):
        raise Missing(f"{BUTTON} | {' | '.join(LINES)}")
    if product.one("availabilityStatus").value != "IN_STOCK":
        raise Empty("nobody sells it now")
    seller, price = _featured(product)
    # Some brands want their prices shown in the cart alone.
    hidden = product.maybe_text("priceInfo.priceDisplayCodes.submapType") is not None
    if seller is None or (price is None and not hidden):
        raise Missing("product.sellerDisplayName | product.priceInfo.currentPrice.price")
    own = product.maybe_text("sellerType") == "INTERNAL"
    labels = [label for label in product.all("fulfillmentLabel") if label.maybe_text("fulfillmentMethod") == "SHIPPING"]
    text = next((told for label in labels if (told := label.maybe_text("message"))), "")
    return SellerOffer(
        seller=seller,
        seller_id=None if own else product.maybe_text("catalogSellerId"),
        price=price,
        shipping=_shipping(text, domestic),
        arrival=_arrival(text),
        returns=product.maybe_text("returnPolicy.returnPolicyText"),
        is_buybox=True,
        currency=None if price is None else reads.currency(product, domestic),
        condition=product.maybe_text("conditionType"),
    )


def _featured(product: Data) -> tuple[str | None, Decimal | None]:
    """Who sells the product unless the buyer chooses another, and at what price."""
    return product.maybe_text("sellerDisplayName", "sellerName"), reads.price(product)


def _seller(block: Node) -> str:
    told = block.maybe_text("[data-testid=seller-name-link]") or block.get("aria-label") or block.content
    if name := _SOLD_BY.sub("", told):
        return name
    raise Missing(_SELLER)


def _price(line: Node, text: str, domestic: str) -> Money:
    if shown := line.maybe_money(*_PRICES, currency=domestic):
        return shown
    found = _FIRST_AMOUNT.search(text)
    if found and (price := money(found.group(), domestic)):
        return price
    raise Missing(" | ".join(_PRICES))


def _shipping(text: str, domestic: str) -> Decimal | None:
    if _FREE.search(text):
        return Decimal(0)
    found = _CHARGED.search(text)
    charged = money(found[1] or found[2], domestic) if found else None
    return charged.amount if charged else None


def _arrival(text: str) -> str | None:
    found = _ARRIVAL.search(text)
    return found.group(1) if found else None


def _returns(text: str) -> str | None:
    found = _RETURNS.search(text)
    return found.group() if found else None
