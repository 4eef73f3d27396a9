"""What the scripts of pages load: requests that a browser makes, and that a simple client never does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hawker_storefront import routes
from hawker_storefront.catalogue import bestsellers
from hawker_storefront.pages import amazon_bestsellers, ebay_feedback, walmart_offers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hawker_storefront.routes import Ask


def find(root: int, host: str, path: str, query: Mapping[str, str]) -> tuple[Ask, str] | None:
    """The page that a part belongs to, and the part's markup; None for a URL of no part."""
    if path == amazon_bestsellers.NEXT and query.get("list") in bestsellers.LISTS:
        page, given = f"/gp/{bestsellers.LISTS[query['list']]}/{query.get('node', '')}/", {"pg": query.get("page", "1")}
    elif path == walmart_offers.PANEL:
        page, given = f"/ip/{_item_id(query)}", {"conditionGroupCode": "1"}
    elif path == ebay_feedback.UPDATE:
        page, given = f"/fdbk/feedback_profile/{query.get('username', '')}", dict(query)
    else:
        return None
    ask = routes.find(root, host, page, given)
    return (ask, _markup(root, ask, query)) if ask else None


def _item_id(query: Mapping[str, str]) -> str:
    """The product in a query's variables, JSON such as `{"itemId":"123456789"}`."""
    try:
        variables = json.loads(query.get("variables", ""))
    except ValueError:
        return ""
    return str(variables.get("itemId", "")) if isinstance(variables, dict) else ""


def _markup(root: int, ask: Ask, query: Mapping[str, str]) -> str:
    if ask.scraper == "amazon_bestsellers":
        offset = routes.number_of(query.get("offset", ""), least=bestsellers.DRAWN)
        return amazon_bestsellers.more(root, ask.domain, ask.list, ask.name, ask.page, offset)
    if ask.scraper == "walmart_offers":
        return walmart_offers.panel(root, ask.name)
    as_seller = ebay_feedback.AS_SELLER in ask.filters
    return ebay_feedback.entries(root, ask.domain, ask.name, ask.page, ask.per_page, as_seller=as_seller)
