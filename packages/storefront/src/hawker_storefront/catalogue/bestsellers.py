"""Amazon's lists of best sellers: derived from the seed, the marketplace, the list and the category."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from hawker_storefront import money, seed
from hawker_storefront.catalogue.amazon import Product, asin_of, product
from hawker_storefront.words import MARKETS

if TYPE_CHECKING:
    from decimal import Decimal

LISTS = {"bestsellers": "bestsellers", "new-releases": "new-releases", "movers": "movers-and-shakers"}
"""The lists, by the name that targets give them, and as addresses name them."""
NODE = re.compile(r"[a-z0-9][a-z0-9-]{0,80}(?:/\d{1,20})?")
DEPARTMENTS = (
    "appliances", "automotive", "beauty", "books", "electronics", "fashion", "grocery", "home-garden", "kitchen",
    "musical-instruments", "office-products", "pet-supplies", "sporting-goods", "tools", "toys-and-games", "videogames",
)  # fmt: skip
PER_PAGE = 50
DRAWN = 30
"""How many of a page's entries its document holds; a script adds the others."""
_MOST = 100
_LAYOUTS = {"2022": 40.0, "2025": 60.0}
_OFFERS_ONLY = {"used_only", "no_featured"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: in which layout, how its script gets the entries that the document lacks, and how long it is."""

    domain: str
    name: str
    node: str
    layout: str
    loads: Literal["inline", "xhr"]
    total: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `offers` is set where no offer is featured; `change` is None where there was no rank before."""

    rank: int
    item: Product
    price: Decimal | None
    price_high: Decimal | None
    offers: int | None
    change: int | None
    sales_rank: int


@lru_cache(maxsize=1024)
def listing(root: int, domain: str, name: str, node: str) -> Listing:
    """The list under a name and a category."""
    draw = seed.stream(root, "bestsellers", domain, name, node)
    layout = seed.weighted(draw.random() * 100, _LAYOUTS) or "2025"
    return Listing(
        domain=domain,
        name=name,
        node=node,
        layout=layout,
        loads="xhr" if seed.chance(draw, 65) else "inline",
        total=_MOST if seed.chance(draw, 80) else draw.randrange(3, _MOST),
    )


def entries(root: int, found: Listing, first: int, count: int) -> tuple[Entry, ...]:
    """The entries from number `first`, counting from 0."""
    return tuple(_entry(root, found, n) for n in range(first, min(found.total, first + count)))


def _entry(root: int, found: Listing, number: int) -> Entry:
    draw = seed.stream(root, "bestseller", found.domain, found.name, found.node, number)
    item = product(root, found.domain, asin_of(draw))
    ranged = item.price is not None and seed.chance(draw, 8)
    offers_only = item.state in _OFFERS_ONLY
    whole = MARKETS[found.domain].currency == "JPY"
    high = money.amount(float(item.price) * draw.uniform(1.2, 3), whole=whole) if ranged and item.price else None
    return Entry(
        rank=number + 1,
        item=item,
        price=item.used_price if offers_only else item.price,
        price_high=high,
        offers=draw.randrange(2, 30) if offers_only else None,
        change=draw.randrange(12, 5000) if seed.chance(draw, 88) else None,
        sales_rank=draw.randrange(1, 400),
    )
