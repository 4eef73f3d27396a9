"""Amazon's result lists: of a search, a category or a seller's shop, derived from the seed and what is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from hawker_storefront import money, seed
from hawker_storefront.catalogue.amazon import Product, asin_of, product
from hawker_storefront.words import MARKETS

if TYPE_CHECKING:
    from decimal import Decimal

Show = Literal["price", "range", "from", "others", "unlimited", "nothing"]

SCRAPERS = ("amazon_search", "amazon_category", "amazon_seller_products")
NODE = re.compile(r"\d{1,20}")
SELLER = re.compile(r"A[A-Z0-9]{8,20}")
FILTERS = {"min_price": "low-price", "max_price": "high-price", "sort": "s"}
"""A search's filters: a target's columns, and the names that addresses give them."""
_ERAS = {"2019": 20.0, "2021": 30.0, "2025": 20.0, "2026": 30.0}
_MOST = 900
_FEW = 9
# What a tile shows in the place of a price, where its product has one.
_SHOWS = {"range": 6.0, "from": 4.0, "others": 6.0, "nothing": 4.0}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: in which years' layout, how many tiles a page has, how long it is, and whether its shop is abroad."""

    scraper: str
    domain: str
    name: str
    filters: tuple[str, ...]
    era: str
    per_page: int
    total: int
    foreign: bool

    @property
    def currency(self) -> str:
        """The currency that the visitor is shown."""
        return "EUR" if self.foreign else MARKETS[self.domain].currency

    @property
    def told(self) -> int:
        """The total as the heading tells it: rounded down where it is large."""
        return self.total if self.total < 100 else self.total // 100 * 100  # noqa: PLR2004 - told exactly up to it


@dataclass(frozen=True, slots=True)
class Tile:
    """A product's tile; `price` is what a right parser reads, `shown` what stands there."""

    item: Product
    show: Show
    shown: Decimal
    high: Decimal
    list_price: Decimal | None
    sponsored: bool
    prime: bool
    position: int

    @property
    def price(self) -> Decimal | None:
        """The price to buy it new, once."""
        return self.shown if self.show in {"price", "unlimited"} else None


@lru_cache(maxsize=1024)
def listing(root: int, scraper: str, domain: str, name: str, filters: tuple[str, ...] = ()) -> Listing:
    """The list of a scraper's target. `filters` are a search's other conditions, as `low-price=5`, sorted."""
    draw = seed.stream(root, scraper, domain, name.casefold(), *filters)
    era = seed.weighted(draw.random() * 100, _ERAS) or "2026"
    grid = era == "2021" and seed.chance(draw, 50)
    few = scraper != "amazon_category" and seed.chance(draw, 12)
    return Listing(
        scraper=scraper,
        domain=domain,
        name=name,
        filters=filters,
        era=era,
        per_page=48 if grid else 16,
        total=draw.randrange(1, _FEW) if few else min(_MOST, 20 + int(draw.expovariate(1 / 120))),
        foreign=domain == "com" and era in {"2025", "2026"} and seed.chance(draw, 15),
    )


def tiles(root: int, found: Listing, number: int) -> tuple[Tile, ...]:
    """The tiles of a page, from 1."""
    first = (number - 1) * found.per_page
    return tuple(_tile(root, found, n) for n in range(first, min(found.total, first + found.per_page)))


def strangers(root: int, found: Listing, count: int) -> tuple[Tile, ...]:
    """Tiles that match fewer words than the search: shown apart from its results, not part of them."""
    return tuple(replace(_tile(root, found, -1 - n), sponsored=False) for n in range(count))


def _tile(root: int, found: Listing, number: int) -> Tile:
    draw = seed.stream(root, "tile", found.scraper, found.domain, found.name.casefold(), *found.filters, number)
    item = product(root, found.domain, asin_of(draw))
    whole = found.currency == "JPY"
    bounds = dict(one.split("=") for one in found.filters)
    low, high = float(bounds.get("low-price") or 0), float(bounds.get("high-price") or 0)
    price = item.price or item.used_price
    if low or high:
        price = money.amount(draw.uniform(low, max(high, low) or low * 3), whole=whole)
    show: Show = seed.weighted(draw.random() * 100, _SHOWS) or "price"  # type: ignore[assignment]  # the table's names
    if item.era == "kindle" and seed.chance(draw, 60):
        show = "unlimited"
    return Tile(
        item=item,
        show=show,
        shown=price,
        high=money.amount(float(price) * draw.uniform(1.3, 4), whole=whole),
        list_price=money.amount(float(price) * draw.uniform(1.1, 1.6), whole=whole)
        if show == "price" and seed.chance(draw, 30)
        else None,
        sponsored=found.scraper != "amazon_seller_products" and seed.chance(draw, 18),
        prime=not found.foreign and seed.chance(draw, 50),
        position=number + 1,
    )
