"""Targets: what the scrapers are given, their keys, and the URLs that they ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlencode

from hawker_storefront import seed
from hawker_storefront.catalogue import amazon, amazon_lists, bestsellers, ebay, offers, walmart
from hawker_storefront.pages import amazon_deals
from hawker_storefront.words import MARKETS, WORDS

Target = Mapping[str, str]
"""A target: its columns by name, all text, as in the CSV."""

COLUMNS = {
    "amazon_product": ("asin", "domain"),
    "amazon_offers": ("asin", "domain", "condition"),
    "walmart_product": ("item_id",),
    "ebay_search": ("keyword", "domain", "pages"),
    "amazon_bestsellers": ("node", "list", "domain", "pages"),
    "walmart_offers": ("item_id",),
    "ebay_seller_feedback": ("username", "domain", "pages"),
    "amazon_search": ("keyword", "domain", "pages", *amazon_lists.FILTERS),
    "amazon_category": ("node", "domain", "pages"),
    "amazon_seller_products": ("seller_id", "domain", "pages"),
    "amazon_reviews": ("asin", "domain", "source", "pages"),
    "amazon_seller": ("seller_id", "domain"),
    "amazon_deals": ("deal_type", "domain"),
    "amazon_autocomplete": ("prefix", "domain"),
}
"""The columns of each scraper's targets."""
DEFAULTS = {"domain": "com", "condition": "all", "pages": "1", "list": "bestsellers", "source": "dp"} | dict.fromkeys(
    amazon_lists.FILTERS, ""
)
_USED = ("usedLikeNew", "usedVeryGood", "usedGood", "usedAcceptable")
FILTERS = {"new": ("new",), "used": _USED} | {g: (u,) for g, u in zip(offers.GRADES, _USED, strict=True)}
"""The filter boxes of Amazon's offer list that each condition ticks."""
NEW_CONDITION = "conditionGroupCode=1"
"""The query that tells the page of a Walmart product's sellers from its product page."""
_DOMAINS = tuple(MARKETS)
_ALL_DEALS = len(amazon_deals.TYPES) * len(_DOMAINS)
_PAGES = {"1": 60.0, "2": 25.0, "3": 15.0}
_STRIDE = 7919  # a fixed stride over the ids keeps them all different


class UnknownScraperError(ValueError):
    """There are no targets for a scraper of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no scraper {name!r}: choose one of {', '.join(COLUMNS)}")


def key(scraper: str, target: Target) -> str:
    """A target's canonical key: its first column, then `;name=value` for each other that is not the default.

    A value that holds `;` or `%` is percent-encoded.
    """
    first, *others = columns(scraper)
    parts = [_encode(target[first])]
    parts += [f"{name}={_encode(target[name])}" for name in others if target[name] != DEFAULTS[name]]
    return ";".join(parts)


def _encode(value: str) -> str:
    return quote(value, safe="") if ";" in value or "%" in value else value


def columns(scraper: str) -> tuple[str, ...]:
    """The columns of a scraper's targets.

    Raises:
        UnknownScraperError: there is no such scraper.
    """
    if scraper not in COLUMNS:
        raise UnknownScraperError(scraper)
    return COLUMNS[scraper]


def pages_of(root: int, domain: str, keyword: str) -> str:
    """How many pages the target of a keyword or a username asks for."""
    return seed.weighted(seed.percent(root, "pages", domain, keyword.casefold()), _PAGES) or "1"


def targets(scraper: str, count: int, offset: int = 0, root: int = 1) -> Iterator[dict[str, str]]:
    """The targets of a scraper from number `offset`, all different, all with something to find.

    Of deals there are as many as types times marketplaces, and no more.

    Raises:
        UnknownScraperError: there is no such scraper.
    """
    columns(scraper)
    end = offset + count
    for number in range(offset, min(end, _ALL_DEALS) if scraper == "amazon_deals" else end):
        match scraper:
            case "amazon_product":
                yield _product(root, number)
            case "amazon_offers":
                yield _offers(root, number)
            case "walmart_product":
                yield {"item_id": str(100_000_000 + seed.number(root, "walmart") % 10**8 + number * _STRIDE)}
            case "amazon_bestsellers":
                yield _bestsellers(root, number)
            case "walmart_offers":
                yield _sellers(root, number)
            case "ebay_seller_feedback":
                yield _feedback(root, number)
            case "amazon_search" | "amazon_category" | "amazon_seller_products":
                yield _amazon_list(scraper, root, number)
            case "amazon_reviews" | "amazon_seller" | "amazon_deals" | "amazon_autocomplete":
                yield _amazon_other(scraper, root, number)
            case _:
                yield _search(root, number)


def url(scraper: str, target: Target, page: int = 1) -> str:  # noqa: C901, PLR0911, PLR0912 - one for each scraper
    """The URL that the scraper asks for, for a page of a target."""
    match scraper:
        case "amazon_product":
            return f"https://www.amazon.{target['domain']}/dp/{target['asin']}"
        case "amazon_offers":
            query = {"asin": target["asin"], "pc": "dp", "experienceId": "aodAjaxMain"}
            if target["condition"] != "all":
                boxes = {"all": True} | dict.fromkeys(FILTERS[target["condition"]], True)
                # Encoded twice, as the shop's own script does.
                query["filters"] = quote(json.dumps(boxes, separators=(",", ":")))
            if page > 1:
                query["pageno"] = str(page)
            return f"https://www.amazon.{target['domain']}/gp/product/ajax?{urlencode(query)}"
        case "walmart_product":
            return f"https://www.walmart.com/ip/{quote(target['item_id'])}"
        case "ebay_search":
            return (
                f"https://www.ebay.{target['domain']}/sch/i.html?{urlencode({'_nkw': target['keyword'], '_pgn': page})}"
            )
        case "amazon_bestsellers":
            path = f"/gp/{bestsellers.LISTS[target['list']]}/{target['node']}/" + (f"?pg={page}" if page > 1 else "")
            return f"https://www.amazon.{target['domain']}{path}"
        case "walmart_offers":
            return f"https://www.walmart.com/ip/{quote(target['item_id'])}?{NEW_CONDITION}"
        case "ebay_seller_feedback":
            query = {"filter": "feedback_page:RECEIVED_AS_SELLER", "limit": "200", "page_id": str(page), "sort": "TIME"}
            path = f"/fdbk/feedback_profile/{quote(target['username'], safe='')}"
            return f"https://www.ebay.{target['domain']}{path}?{urlencode(query)}"
        case "amazon_search" | "amazon_category" | "amazon_seller_products":
            query = _list_query(scraper, target) | {"page": str(page)}
            return f"https://www.amazon.{target['domain']}/s?{urlencode(query)}"
        case "amazon_reviews":
            query = {"reviewerType": "all_reviews", "pageNumber": str(page)}
            return f"https://www.amazon.{target['domain']}/product-reviews/{target['asin']}?{urlencode(query)}"
        case "amazon_seller":
            return f"https://www.amazon.{target['domain']}/sp?seller={target['seller_id']}"
        case "amazon_deals":
            bubble = amazon_deals.BUBBLES.get(target["deal_type"])
            return f"https://www.amazon.{target['domain']}/deals" + (f"?bubble-id={bubble}" if bubble else "")
        case "amazon_autocomplete":
            query = {"prefix": target["prefix"], "alias": "aps", "limit": "11"}
            return f"https://completion.amazon.{target['domain']}/api/2017/suggestions?{urlencode(query)}"
        case _:
            raise UnknownScraperError(scraper)


def _list_query(scraper: str, target: Target) -> dict[str, str]:
    """What names one of Amazon's result lists."""
    if scraper == "amazon_category":
        return {"rh": f"n:{target['node']}"}
    if scraper == "amazon_seller_products":
        return {"me": target["seller_id"]}
    filters = {there: target[here] for here, there in amazon_lists.FILTERS.items() if target[here]}
    return {"k": target["keyword"], **filters}


def _product(root: int, number: int) -> dict[str, str]:
    draw = seed.stream(root, "target", "amazon_product", number)
    return {"asin": amazon.asin_of(draw), "domain": draw.choice(_DOMAINS) if seed.chance(draw, 60) else "com"}


def _offers(root: int, number: int) -> dict[str, str]:
    """A product that somebody sells, under a condition that leaves something to show."""
    draw = seed.stream(root, "target", "amazon_offers", number)
    while True:
        asin = amazon.asin_of(draw)
        domain = draw.choice(_DOMAINS) if seed.chance(draw, 60) else "com"
        condition = draw.choice(("new", "used")) if seed.chance(draw, 20) else "all"
        if any(o.of(condition) for o in offers.offers(root, domain, asin)):
            return {"asin": asin, "domain": domain, "condition": condition}


def _keyword(number: int) -> str:
    """A keyword: every combination of two qualifiers and a thing first, then numbered ones."""
    turn, which = divmod(number, len(WORDS.keywords) * len(WORDS.qualifiers))
    thing, qualifier = divmod(which, len(WORDS.qualifiers))
    return f"{WORDS.qualifiers[qualifier]} {WORDS.keywords[thing]}" + (f" {turn + 1}" if turn else "")


def _search(root: int, number: int) -> dict[str, str]:
    keyword = _keyword(number)
    domain = ebay.SITES[seed.number(root, "target", "ebay_search", number) % len(ebay.SITES)]
    return {"keyword": keyword, "domain": domain, "pages": pages_of(root, domain, keyword)}


def list_pages_of(root: int, domain: str, name: str, node: str) -> str:
    """How many pages the target of a list of best sellers asks for."""
    return "2" if seed.percent(root, "list-pages", domain, name, node) < 30 else "1"  # noqa: PLR2004 - percent


def _bestsellers(root: int, number: int) -> dict[str, str]:
    """A department first, then numbered categories in it."""
    draw = seed.stream(root, "target", "amazon_bestsellers", number)
    turn, which = divmod(number, len(bestsellers.DEPARTMENTS))
    node = bestsellers.DEPARTMENTS[which] + (f"/{10_000 + turn * _STRIDE}" if turn else "")
    name = draw.choice(tuple(bestsellers.LISTS)) if seed.chance(draw, 50) else "bestsellers"
    domain = draw.choice(_DOMAINS) if seed.chance(draw, 60) else "com"
    return {"node": node, "list": name, "domain": domain, "pages": list_pages_of(root, domain, name, node)}


def _sellers(root: int, number: int) -> dict[str, str]:
    """A product that somebody sells."""
    item_id = 300_000_000 + seed.number(root, "walmart-offers") % 10**8 + number * _STRIDE
    while not walmart.item(root, str(item_id)).in_stock:
        item_id += 1
    return {"item_id": str(item_id)}


def _feedback(root: int, number: int) -> dict[str, str]:
    draw = seed.stream(root, "target", "ebay_seller_feedback", number)
    name = draw.choice(WORDS.sellers).lower().replace(" ", "_").replace("&", "and")
    domain = draw.choice(ebay.SITES)
    username = f"{name}_{number}"
    return {"username": username, "domain": domain, "pages": pages_of(root, domain, username)}


def _amazon_list(scraper: str, root: int, number: int) -> dict[str, str]:
    """A search, some of them filtered; a category; or a seller."""
    draw = seed.stream(root, "target", scraper, number)
    domain = draw.choice(_DOMAINS) if seed.chance(draw, 60) else "com"
    name = {
        "amazon_search": _keyword(number),
        "amazon_category": str(1_000_000 + number * _STRIDE),
        "amazon_seller_products": amazon.seller_id(f"shop {number}"),
    }[scraper]
    target = {columns(scraper)[0]: name, "domain": domain, "pages": pages_of(root, domain, name)}
    if scraper == "amazon_search":
        target |= dict.fromkeys(amazon_lists.FILTERS, "")
        if seed.chance(draw, 10):
            target |= {"min_price": "5", "max_price": "20.50"}
        if seed.chance(draw, 10):
            target["sort"] = draw.choice(("price-asc-rank", "review-rank"))
    return target


def _amazon_other(scraper: str, root: int, number: int) -> dict[str, str]:
    """A product's reviews, a seller, a type of deals, or what somebody has typed."""
    draw = seed.stream(root, "target", scraper, number)
    domain = draw.choice(_DOMAINS) if seed.chance(draw, 60) else "com"
    match scraper:
        case "amazon_reviews":
            asin = amazon.asin_of(draw)
            return {"asin": asin, "domain": domain, "source": "reviews", "pages": pages_of(root, domain, asin)}
        case "amazon_seller":
            return {"seller_id": amazon.seller_id(f"shop {number}"), "domain": domain}
        case "amazon_deals":
            turn, place = divmod(number, len(_DOMAINS))
            return {"deal_type": amazon_deals.TYPES[turn % len(amazon_deals.TYPES)], "domain": _DOMAINS[place]}
        case _:
            return {"prefix": _keyword(number), "domain": domain}
