"""eBay's listings for a search: derived from the seed, the site, the keyword and the filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hawker_storefront import money, seed
from hawker_storefront.words import WORDS, load

if TYPE_CHECKING:
    import random
    from decimal import Decimal

SITES = ("com", "co.uk", "de")
CURRENCIES = {"com": "USD", "co.uk": "GBP", "de": "EUR"}
MOST = 700
"""Results a search has at most."""
_TEXTS: dict[str, dict[str, Any]] = load("ebay.toml")
_ERAS = {"2021": 12.0, "2022": 18.0, "2025": 35.0, "2026": 35.0}
# Pages shown in the viewer's currency instead of the site's: Indonesian rupiah, Canadian dollars.
_VIEWERS = {"IDR": 4.0, "CAD": 4.0}
_RATES = {"IDR": 16150.0, "CAD": 1.37}
_NEWEST = date(2026, 4, 19)


@dataclass(frozen=True, slots=True)
class Search:
    """A search's setting: which years' layout, in which currency, and how many results there are."""

    site: str
    keyword: str
    sold: bool
    era: str
    currency: str
    total: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing; `price_high` is set where it has variations, `bids` and `left` where it is an auction."""

    item_id: str
    title: str
    price: Decimal
    price_high: Decimal | None
    shipping: Decimal | None
    condition: str
    size: str
    seller: str
    feedback: str
    country: str
    sponsored: bool
    bids: int | None
    left: timedelta | None
    best_offer: bool
    sold_on: date
    caption: str
    watchers: int


@lru_cache(maxsize=1024)
def search(root: int, site: str, keyword: str, filters: tuple[str, ...]) -> Search:
    """The setting of a search. `filters` are the query's other conditions, as `name=value`, sorted."""
    draw = seed.stream(root, "ebay", site, keyword.casefold(), *filters)
    era = seed.weighted(draw.random() * 100, _ERAS) or "2026"
    viewer = seed.weighted(draw.random() * 100, _VIEWERS) if site == "com" and era in {"2025", "2026"} else None
    few = seed.chance(draw, 12)
    return Search(
        site=site,
        keyword=keyword,
        sold="LH_Sold=1" in filters,
        era=era,
        currency=viewer or CURRENCIES[site],
        total=draw.randrange(1, 9) if few else min(MOST, 30 + int(draw.expovariate(1 / 180))),
    )


def listings(root: int, found: Search, first: int, count: int) -> tuple[Listing, ...]:
    """The results from number `first`, counting from 0."""
    last = min(found.total, first + count)
    return tuple(_listing(root, found, n) for n in range(first, last))


def strangers(root: int, found: Search, count: int) -> tuple[Listing, ...]:
    """Listings that match fewer words than the search: shown below its results, not part of them."""
    return tuple(_listing(root, found, -1 - n) for n in range(count))


def _listing(root: int, found: Search, number: int) -> Listing:
    draw = seed.stream(root, "listing", found.site, found.keyword.casefold(), found.sold, found.era, number)
    rate = _RATES.get(found.currency, 1.0)
    price = draw.triangular(2, 600, 20) * rate
    ranged = seed.chance(draw, 12)
    auction = not ranged and seed.chance(draw, 30)
    sponsored = seed.chance(draw, 25) and not found.sold
    return Listing(
        item_id=str(draw.randrange(11 * 10**10, 60 * 10**10)),
        title=_title(draw, found.keyword, strange=number < 0),
        price=money.amount(price),
        price_high=money.amount(price * draw.uniform(1.2, 5)) if ranged else None,
        shipping=_shipping(draw, rate),
        condition=draw.choice(_TEXTS[found.site]["conditions"]),
        size=draw.choice(WORDS.sizes) if seed.chance(draw, 10) else "",
        seller=draw.choice(WORDS.sellers).lower().replace(" ", "_").replace("&", "and") + str(draw.randrange(99)),
        feedback=f"{draw.randrange(950, 1001) / 10:g}% positive ({draw.choice(('378', '1.2K', '94', '23.5K'))})",
        country=draw.choice(_TEXTS[found.site]["countries"]),
        sponsored=sponsored,
        bids=draw.randrange(0, 40) if auction else None,
        left=timedelta(minutes=draw.randrange(5, 9000)) if auction and not found.sold else None,
        best_offer=seed.chance(draw, 30),
        sold_on=_NEWEST - timedelta(days=draw.randrange(90)),
        caption="NEW LOW PRICE" if seed.chance(draw, 5) else "",
        watchers=draw.randrange(3, 90) if seed.chance(draw, 20) else 0,
    )


def _shipping(draw: random.Random, rate: float) -> Decimal | None:
    """What delivery costs; 0 where it is free, None where the page does not say."""
    if seed.chance(draw, 45):
        return money.amount(0)
    return money.amount(draw.uniform(1, 20) * rate) if seed.chance(draw, 80) else None


def _title(draw: random.Random, keyword: str, *, strange: bool) -> str:
    words = keyword.split()
    if strange:
        words = words[:1]
    name = " ".join([draw.choice(WORDS.brands), *(w.capitalize() for w in words), draw.choice(WORDS.adjectives)])
    return f'{name} {draw.choice(WORDS.colours)} #{draw.randrange(10**4)} \u2013 "as new" & boxed'
