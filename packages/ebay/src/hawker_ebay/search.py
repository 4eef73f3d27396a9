"""A search as its targets name it: the words and eBay's own filters."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from hawker_core import Request, Target
from hawker_ebay.site import Domain, url

_FORMATS = {"auction": "LH_Auction", "buy_it_now": "LH_BIN", "best_offer": "LH_BO"}

Conditions = Annotated[str, Meta(pattern=r"^(\d{3,5}(\|\d{3,5})*)?$")]
Amount = Annotated[str, Meta(pattern=r"^(\d{1,9}(\.\d{1,2})?)?$")]


class SearchTarget(Target, frozen=True):
    """A search. Its filters are eBay's own; a blank one does not filter."""

    keyword: Annotated[str, Meta(min_length=1, max_length=300)]
    domain: Domain = "com"
    pages: Annotated[int, Meta(ge=1, le=20)] = 1
    condition: Conditions = ""  # LH_ItemCondition, such as 1000 (new) or 2500|3000 (refurbished or used)
    format: Literal["", "auction", "buy_it_now", "best_offer"] = ""
    min_price: Amount = ""  # _udlo, in the domain's currency
    max_price: Amount = ""  # _udhi


def request(target: SearchTarget, page: int = 1, **filters: str) -> Request:
    """A page of a search's results, with further filters of eBay's."""
    parameters = {"_nkw": target.keyword, "LH_ItemCondition": target.condition}
    if target.format:
        parameters[_FORMATS[target.format]] = "1"
    parameters |= {"_udlo": target.min_price, "_udhi": target.max_price, **filters, "_pgn": str(page)}
    return Request(url(target.domain, "/sch/i.html", parameters), page=page)
