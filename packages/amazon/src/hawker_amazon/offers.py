"""Lists of all sellers' offers of a product: the side panel since 2020, and the page of its own before it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from hawker_amazon import words
from hawker_amazon.parts import unfinished
from hawker_amazon.price import plain, priced, to_pay
from hawker_amazon.scrapers.amazon_offers.row import SellerOffer
from hawker_core.convert import count
from hawker_core.model import Missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.model import Money
    from hawker_core.page import Node, Page

Condition = Literal["all", "new", "used", "used_like_new", "used_very_good", "used_good", "used_acceptable"]
_USED_GRADES = ("usedLikeNew", "usedVeryGood", "usedGood", "usedAcceptable")
# What the panel's own filter boxes send for each condition.
FILTERS: Final[dict[str, tuple[str, ...]]] = {
    "new": ("new",),
    "used": _USED_GRADES,
    "used_like_new": _USED_GRADES[:1],
    "used_very_good": _USED_GRADES[1:2],
    "used_good": _USED_GRADES[2:3],
    "used_acceptable": _USED_GRADES[3:],
}

_PINNED = "#aod-pinned-offer"
LISTED = ("#aod-offer", ".aod-information-block", ".olpOffer")
NO_OFFERS = (
    "#aod-filter-no-offer-count-heading",
    "[class*=aod-zero-offer], [class*=aod-no-offer], [id^=aod-][id*=no-offer]",
    "input#aod-total-offer-count[value='0']",
    "#olpOfferList > div > p",
)
_PAGE_SIZE = 10  # offers on a page of the panel, the pinned one apart
_SELLER_ID = re.compile(r"(?:[?&;](?:seller|me)=|/shops/)(A[A-Z0-9]{8,20})\b")
_PERCENT = re.compile(r"(\d{1,3})\s?[%\uff05\u066a]")
_DELIVERY = (
    *("[id^=mir-layout-DELIVERY_BLOCK-slot-PRIMARY]", "[id^=mir-layout-DELIVERY_BLOCK-slot-DELIVERY]"),
    *("#delivery-message", ".aod-delivery-promise"),
)
_CHARGE = (".aod-ship-charge", "[id^=aod-bottlingDepositFee] + span", "[id*=delivery-message]")
_FROM = re.compile(
    r"^(?:ships from|dispatche[sd] from|versand (?:aus|von)|exp\u00e9di\u00e9 (?:depuis|de)|spedi\w+ da\w*|"
    r"(?:se )?env[i\u00ed]\w* (?:desde|de))\s+(.+?)(?:\.\s|\.$|$)",
    re.IGNORECASE,
)


def path(asin: str, condition: Condition) -> str:
    """The panel's address on a marketplace."""
    address = f"/gp/product/ajax?asin={asin}&pc=dp&experienceId=aodAjaxMain"
    if condition == "all":
        return address
    boxes = ",".join(f'"{box}":true' for box in ("all", *FILTERS[condition]))
    return f"{address}&filters={quote(quote(f'{{{boxes}}}'))}"  # twice: the panel's own script does so


def read(page: Page, default: str | None) -> Iterator[SellerOffer]:
    """All offers of a page, in the order shown; the pinned one, which each page repeats, on the first page only.

    Raises:
        Missing: there are offers, and none of them is understood.
    """

    def listed(block: Node) -> SellerOffer | None:
        return (
            page_offer(block, default) if block.has(".olpPriceColumn") else panel_offer(block, default, featured=False)
        )

    def whole(blocks: list[Node]) -> list[Node]:
        if blocks and unfinished(page, blocks[-1]):
            page.bad.append("the offer's end: the page is cut off")
            del blocks[-1]
        return blocks

    pinned = page.root.all(_PINNED)[:1] if page.number == 1 else []
    yield from page.each(whole(pinned), lambda block: panel_offer(block, default, featured=True))
    yield from page.each(whole(page.root.all(*LISTED)), listed)


def next_page(page: Page) -> str | None:
    """The address of the list's next page."""
    if href := page.root.maybe_attr("href", ".a-pagination .a-last:not(.a-disabled) a"):
        return page.join(href)
    shown = len(page.root.all(*LISTED[:2]))
    total = count(page.root.maybe_attr("value", "input#aod-total-offer-count"))
    more = shown >= _PAGE_SIZE if total is None else shown > 0 and page.number * _PAGE_SIZE < total
    address = urlsplit(page.url)
    query = [(name, value) for name, value in parse_qsl(address.query) if name != "pageno"]
    return address._replace(query=urlencode([*query, ("pageno", page.number + 1)])).geturl() if more else None


def panel_offer(block: Node, default: str | None, *, featured: bool) -> SellerOffer | None:
    """An offer of the side panel; None for the pinned block of a product that has no featured offer.

    Raises:
        Missing: neither a price nor a seller.
    """
    price = to_pay(block, default) or plain_price(block, default)
    seller, seller_id = _panel_seller(block)
    if price is None and seller is None:
        if featured:
            return None
        raise Missing("#aod-offer .a-price | #aod-offer-soldBy")
    return SellerOffer(
        seller_id=seller_id,
        seller_name=seller,
        price=price.amount if price else None,
        shipping=_panel_shipping(block, price, default),
        currency=price.currency if price else None,
        condition=block.maybe_text(
            "#aod-offer-heading .a-text-bold", "#aod-offer-heading h5", "#aod-offer-heading", "h5:not([id])"
        ),
        ships_from=_value(block, "#aod-offer-shipsFrom"),
        is_buybox=featured,
        is_prime=block.has("[class*=a-icon-prime]"),
        delivery=_delivery(block),
        seller_rating=_percent(block.maybe_text("#aod-offer-seller-rating")),
    )


def plain_price(block: Node, default: str | None) -> Money | None:
    """The price of layouts that print it as text."""
    found = block.maybe("[id^=aod-price]", ".olpOfferPrice")
    price = (
        plain(found, default) if found and not found.has("p, div") else None
    )  # else its end is lost, and it holds more
    return price if price and price.amount else None


def page_offer(block: Node, default: str | None) -> SellerOffer:
    """An offer of the old page.

    Raises:
        Missing: neither a price nor a seller.
    """
    price = plain_price(block, default)
    link = block.maybe(".olpSellerName a")
    seller = block.maybe_text(".olpSellerName") or block.maybe_attr("alt", ".olpSellerName img", ".olpSellerColumn img")
    if price is None and seller is None:
        raise Missing(".olpOfferPrice | .olpSellerName")
    return SellerOffer(
        seller_id=_seller_id(link),
        seller_name=seller,
        price=price.amount if price else None,
        shipping=_charge(block.maybe_text(".olpShippingInfo"), price, default),
        currency=price.currency if price else None,
        condition=block.maybe_text(".olpCondition"),
        ships_from=_ships_from(block),
        is_buybox=False,
        is_prime=block.has(".olpPriceColumn [class*=a-icon-prime]"),
        delivery=block.maybe_text(".olpDeliveryColumn .a-expander-content"),
        seller_rating=_percent(block.maybe_text(".olpSellerColumn p")),
    )


def wanted(offer: SellerOffer, condition: Condition) -> bool:
    """Whether an offer is in the condition asked for: the panel shows its pinned offer whatever the filter."""
    if condition == "all" or not offer.condition:
        return True
    used = bool(words.USED.search(offer.condition))
    return used if condition != "new" else not used and bool(words.NEW.match(offer.condition))


def _panel_seller(block: Node) -> tuple[str | None, str | None]:
    link = block.maybe(*(f"#aod-offer-soldBy a[href*='{path}']" for path in ("seller=", "/gp/aag", "/shops/", "/sp?")))
    return (link.content if link else None) or _value(block, "#aod-offer-soldBy"), _seller_id(link)


def _value(block: Node, css: str) -> str | None:
    """The value beside a label; of a block without columns, its last element."""
    if found := block.maybe_text(
        f"{css} .a-col-right .a-color-base", f"{css} .a-col-right > span", f"{css} .a-col-right"
    ):
        return found
    texts = block.texts(f"{css} span", css)
    return texts[-1] if texts else None


def _seller_id(link: Node | None) -> str | None:
    found = _SELLER_ID.search(link.get("href") or "") if link else None
    return found.group(1) if found else None


def _panel_shipping(block: Node, price: Money | None, default: str | None) -> Decimal | None:
    if promise := next(
        (n for n in block.all("[data-csa-c-delivery-price]") if n.get("data-csa-c-delivery-price")), None
    ):
        said = f"{promise.get('data-csa-c-delivery-price')} {promise.get('data-csa-c-delivery-condition') or ''}"
        return _charge(said, price, default)
    texts = [text for css in _CHARGE if (text := block.maybe_text(css))]
    if (promised := _delivery(block)) and "Prime" not in promised:  # what it is for members
        texts.append(promised)
    found = (_charge(text, price, default) for text in texts)
    return next((charge for charge in found if charge is not None), None)


def _charge(text: str | None, price: Money | None, default: str | None) -> Decimal | None:
    """What shipping costs by this text: 0 where free is said, unless for orders dearer than the offer only."""
    if not text:
        return None
    amount = priced(text, default)
    if words.FREE.search(text):
        return None if amount and price and amount.amount > price.amount else Decimal(0)
    return amount.amount if amount else None


def _delivery(block: Node) -> str | None:
    promise = block.maybe(*_DELIVERY)
    said = promise and (promise.maybe("[data-csa-c-delivery-price]") or promise)
    if not said:
        return None
    text = said.content
    for link in said.all("a"):
        text = text.removesuffix(link.content).strip()  # "Details"
    return text or None


def _ships_from(block: Node) -> str | None:
    if block.has(".olpFbaPopoverTrigger"):
        return "Amazon"
    items = (_FROM.match(text) for text in block.texts(".olpFastTrack li"))
    return next((found.group(1) for found in items if found), None)


def _percent(text: str | None) -> int | None:
    found = _PERCENT.search(text) if text else None
    return int(found.group(1)) if found else None
