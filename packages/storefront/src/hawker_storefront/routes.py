"""From a request's host, path and query to the page that it asks for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hawker_storefront.catalogue import amazon, amazon_lists, bestsellers, ebay, feedback, offers, walmart
from hawker_storefront.pages import amazon as amazon_pages
from hawker_storefront.pages import (
    amazon_autocomplete,
    amazon_bestsellers,
    amazon_deals,
    amazon_offers,
    amazon_reviews,
    amazon_seller,
    ebay_feedback,
)
from hawker_storefront.pages import amazon_lists as amazon_list_pages
from hawker_storefront.pages import ebay as ebay_pages
from hawker_storefront.pages import walmart as walmart_pages
from hawker_storefront.targets import FILTERS, key, list_pages_of, pages_of
from hawker_storefront.words import MARKETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hawker_storefront.pages.render import Page

_DP = re.compile(r"(?:/[^/]+){0,2}/(?:dp|gp/product)/([A-Z0-9]{10})(?:/.*)?")
_OLP = re.compile(r"/gp/offer-listing/([A-Z0-9]{10})(?:/.*)?")
_LIST = re.compile(r"/gp/(bestsellers|new-releases|movers-and-shakers)/([a-z0-9-]+(?:/\d+)?)(?:/(?:ref=.*)?)?")
_REVIEWS = re.compile(r"(?:/[^/]+)?/product-reviews/([A-Z0-9]{10})/?")
_IP = re.compile(r"/ip/(?:[^/]+/)?(\d{6,12})/?")
_FEEDBACK = re.compile(r"/fdbk/feedback_profile/([^/]+)/?")
_PER_PAGE = {"60", "120", "240"}
_FEEDBACK_PER_PAGE = {"25", "50", "100", "200"}
_NOT_FILTERS = {"_nkw", "_pgn", "_ipg", "_from", "_sacat", "_trksid"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A page that somebody asks for: of which target, which page of it, and in which layout."""

    shop: str
    scraper: str
    domain: str
    name: str
    key: str
    page: int = 1
    condition: str = "all"
    filters: tuple[str, ...] = ()
    per_page: int = ebay_pages.PER_PAGE
    layout: str = ""
    list: str = ""


def is_shop(host: str) -> bool:
    """Whether a host is one of the shops'."""
    name, _, rest = host.partition(".")
    shop, _, domain = rest.partition(".")
    if name == amazon_autocomplete.HOST:
        return shop == "amazon" and domain in MARKETS
    known = {"amazon": MARKETS, "walmart": ("com",), "ebay": ebay.SITES}
    return name == "www" and domain in known.get(shop, ())


def find(root: int, host: str, path: str, query: Mapping[str, str]) -> Ask | None:
    """The page under a URL, or None when the shop has no such page."""
    name, _, rest = host.partition(".")
    shop, _, domain = rest.partition(".")
    if name == amazon_autocomplete.HOST:
        return _suggestions(domain, path, query)
    if shop == "amazon" and domain in MARKETS:
        return _amazon(root, domain, path, query)
    if rest == "walmart.com":
        match = _IP.fullmatch(path)
        if match and walmart.exists(match[1]):
            scraper = "walmart_offers" if query.get("conditionGroupCode") == "1" else "walmart_product"
            return Ask("walmart", scraper, "com", match[1], key(scraper, {"item_id": match[1]}))
    if shop == "ebay" and domain in ebay.SITES:
        return _ebay(root, domain, path, query)
    return None


def draw(root: int, ask: Ask) -> Page:  # noqa: C901, PLR0911 - one for each scraper
    """The page asked for, in good health."""
    match ask.scraper:
        case "amazon_product":
            return amazon_pages.dp(root, ask.domain, ask.name)
        case "amazon_offers":
            page = amazon_offers.olp if ask.layout == "olp" else amazon_offers.aod
            return page(root, ask.domain, ask.name, ask.condition, ask.page)
        case "amazon_bestsellers":
            return amazon_bestsellers.page(root, ask.domain, ask.list, ask.name, ask.page)
        case "amazon_search" | "amazon_category" | "amazon_seller_products":
            return amazon_list_pages.page(root, ask.scraper, ask.domain, ask.name, ask.filters, ask.page)
        case "amazon_reviews":
            return amazon_reviews.page(root, ask.domain, ask.name, ask.page)
        case "amazon_seller":
            return amazon_seller.page(root, ask.domain, ask.name)
        case "amazon_deals":
            return amazon_deals.page(root, ask.domain, ask.name)
        case "amazon_autocomplete":
            return amazon_autocomplete.page(root, ask.domain, ask.name)
        case "walmart_product":
            return walmart_pages.product(root, ask.name)
        case "walmart_offers":
            return walmart_pages.offers(root, ask.name)
        case "ebay_seller_feedback":
            as_seller = ebay_feedback.AS_SELLER in ask.filters
            return ebay_feedback.page(root, ask.domain, ask.name, ask.page, ask.per_page, as_seller=as_seller)
        case _:
            return ebay_pages.search(root, ask.domain, ask.name, ask.filters, ask.page, ask.per_page)


def draw_empty(root: int, ask: Ask) -> Page:
    """The page asked for, of a search or an offer list that holds nothing."""
    if ask.scraper == "ebay_search":
        return ebay_pages.nothing(root, ask.domain, ask.name, ask.filters)
    if ask.scraper == "walmart_offers":
        return walmart_pages.sold_out(root, ask.name)
    if ask.scraper in amazon_lists.SCRAPERS:
        return amazon_list_pages.nothing(root, ask.scraper, ask.domain, ask.name, ask.filters)
    if ask.scraper == "amazon_autocomplete":
        return amazon_autocomplete.nothing(ask.name)
    if ask.scraper == "amazon_reviews":
        return amazon_reviews.nothing(root, ask.domain, ask.name)
    return amazon_offers.empty(root, ask.domain, ask.name)


def _amazon(root: int, domain: str, path: str, query: Mapping[str, str]) -> Ask | None:
    if listing := _LIST.fullmatch(path):
        return _bestsellers(root, domain, listing[1], listing[2], number_of(query.get("pg", "1")))
    if path == "/s":
        return _amazon_list(root, domain, query)
    if path == "/gp/product/ajax" and query.get("experienceId", "").startswith("aod"):
        asin = query.get("asin", "")
        number = number_of(query.get("pageno", "1"))
        return _offers(domain, asin, number, _condition(query.get("filters", "")), "aod")
    if listing := _OLP.fullmatch(path):
        number = 1 + number_of(query.get("startIndex", "0"), least=0) // offers.PER_PAGE
        condition = "new" if "f_new" in query else "used" if "f_used" in query else "all"
        return _offers(domain, listing[1], number, condition, "olp")
    if product := _DP.fullmatch(path):
        asin = product[1]
        return Ask("amazon", "amazon_product", domain, asin, key("amazon_product", {"asin": asin, "domain": domain}))
    return _amazon_other(root, domain, path, query)


def _amazon_other(root: int, domain: str, path: str, query: Mapping[str, str]) -> Ask | None:
    """A product's reviews, a seller's profile or the deals."""
    if reviewed := _REVIEWS.fullmatch(path):
        asin = reviewed[1]
        target = {"asin": asin, "domain": domain, "source": "reviews", "pages": pages_of(root, domain, asin)}
        number = number_of(query.get("pageNumber", "1"))
        return Ask("amazon", "amazon_reviews", domain, asin, key("amazon_reviews", target), number)
    if path == "/sp" and amazon_lists.SELLER.fullmatch(seller := query.get("seller", "")):
        name = key("amazon_seller", {"seller_id": seller, "domain": domain})
        return Ask("amazon", "amazon_seller", domain, seller, name)
    if path == "/deals":
        bubbles = {bubble: name for name, bubble in amazon_deals.BUBBLES.items()}
        kind = bubbles.get(query.get("bubble-id", ""), "all")
        return Ask("amazon", "amazon_deals", domain, kind, key("amazon_deals", {"deal_type": kind, "domain": domain}))
    return None


def _suggestions(domain: str, path: str, query: Mapping[str, str]) -> Ask | None:
    prefix = query.get("prefix", "").strip()
    if path != amazon_autocomplete.PATH or not prefix:
        return None
    name = key("amazon_autocomplete", {"prefix": prefix, "domain": domain})
    return Ask("amazon", "amazon_autocomplete", domain, prefix, name)


def _bestsellers(root: int, domain: str, address: str, node: str, number: int) -> Ask | None:
    if not bestsellers.NODE.fullmatch(node):
        return None
    name = next(name for name, path in bestsellers.LISTS.items() if path == address)
    target = {"node": node, "list": name, "domain": domain, "pages": list_pages_of(root, domain, name, node)}
    return Ask("amazon", "amazon_bestsellers", domain, node, key("amazon_bestsellers", target), number, list=name)


def _amazon_list(root: int, domain: str, query: Mapping[str, str]) -> Ask | None:
    """A search by its words, a category by its node, or a seller's shop by the seller's id."""
    keyword = query.get("k", "").strip()
    node, seller = query.get("rh", "").removeprefix("n:"), query.get("me", "")
    filters = {here: query.get(there, "") for here, there in amazon_lists.FILTERS.items()} if keyword else {}
    if keyword:
        scraper, column, name = "amazon_search", "keyword", keyword
    elif amazon_lists.NODE.fullmatch(node):
        scraper, column, name = "amazon_category", "node", node
    elif amazon_lists.SELLER.fullmatch(seller):
        scraper, column, name = "amazon_seller_products", "seller_id", seller
    else:
        return None
    target = {column: name, "domain": domain, "pages": pages_of(root, domain, name)} | filters
    asked = tuple(sorted(f"{amazon_lists.FILTERS[here]}={value}" for here, value in filters.items() if value))
    number = number_of(query.get("page", "1"))
    return Ask("amazon", scraper, domain, name, key(scraper, target), number, filters=asked)


def _offers(domain: str, asin: str, number: int, condition: str, layout: str) -> Ask | None:
    if not amazon.exists(domain, asin):
        return None
    name = key("amazon_offers", {"asin": asin, "domain": domain, "condition": condition})
    return Ask("amazon", "amazon_offers", domain, asin, name, number, condition, layout=layout)


def _condition(filters: str) -> str:
    """The condition that the fragment's `filters` ask for: JSON such as `{"all":true,"new":true}`, encoded or not."""
    try:
        wanted = json.loads(unquote(filters) or "{}")
    except ValueError:
        return "all"
    ticked = {n for n, on in wanted.items() if on} - {"all"} if isinstance(wanted, dict) else set()
    exact = (name for name, boxes in FILTERS.items() if ticked == set(boxes))
    return next(exact, "used" if any(n.startswith("used") for n in ticked) else "all")


def _ebay(root: int, domain: str, path: str, query: Mapping[str, str]) -> Ask | None:
    if member := _FEEDBACK.fullmatch(path):
        return _feedback(root, domain, unquote(member[1]), query)
    keyword = query.get("_nkw", "").strip()
    if path != "/sch/i.html" or not keyword:
        return None
    target = {"keyword": keyword, "domain": domain, "pages": pages_of(root, domain, keyword)}
    filters = tuple(sorted(f"{n}={v}" for n, v in query.items() if n not in _NOT_FILTERS))
    per_page = query.get("_ipg", "")
    return Ask(
        "ebay",
        "ebay_search",
        domain,
        keyword,
        key("ebay_search", target),
        number_of(query.get("_pgn", "1")),
        filters=filters,
        per_page=int(per_page) if per_page in _PER_PAGE else ebay_pages.PER_PAGE,
    )


def _feedback(root: int, domain: str, username: str, query: Mapping[str, str]) -> Ask | None:
    if not feedback.USERNAME.fullmatch(username):
        return None
    target = {"username": username, "domain": domain, "pages": pages_of(root, domain, username)}
    per_page = query.get("limit", "")
    return Ask(
        "ebay",
        "ebay_seller_feedback",
        domain,
        username,
        key("ebay_seller_feedback", target),
        number_of(query.get("page_id", "1")),
        filters=tuple(query.get("filter", "").split(",")),
        per_page=int(per_page) if per_page in _FEEDBACK_PER_PAGE else ebay_feedback.PER_PAGE,
    )


def number_of(text: str, least: int = 1) -> int:
    """A page number from a query, kept within sense."""
    return max(least, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else least  # noqa: PLR2004 - no huge numbers
