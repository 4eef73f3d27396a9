"""Who sells an Amazon product: its offers, in the order the shop lists them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from hawker_storefront import money, seed
from hawker_storefront.catalogue.amazon import AMAZON_SELLERS, Product, product, seller_id
from hawker_storefront.words import LANGUAGES, MARKETS, WORDS

if TYPE_CHECKING:
    import random
    from decimal import Decimal

PER_PAGE = 10
"""Offers on a page, the pinned one not counted."""
GRADES = ("used_like_new", "used_very_good", "used_good", "used_acceptable")
CONDITIONS = ("all", "new", "used", *GRADES)
"""What a target's `condition` may be."""
_MOST = 33


@dataclass(frozen=True, slots=True)
class Offer:
    """One seller's offer. `grade` is a place in GRADES, None where new; `shipping` is 0 where delivery is free."""

    seller: str
    seller_id: str
    grade: int | None
    condition: str
    price: Decimal
    shipping: Decimal
    ships_from: str
    prime: bool
    delivery: str
    stars: float | None
    positive: int
    ratings: int
    pinned: bool

    def of(self, condition: str) -> bool:
        """Whether the piece is in a condition, one of CONDITIONS."""
        if self.grade is None:
            return condition in {"all", "new"}
        return condition in {"all", "used", GRADES[self.grade]}


@lru_cache(maxsize=4096)
def offers(root: int, domain: str, asin: str) -> tuple[Offer, ...]:
    """Every offer for a product; the first is pinned where one is featured."""
    item = product(root, domain, asin)
    if not item.has_offers:
        return ()
    draw = seed.stream(root, "offers", domain, asin)
    how_many = min(_MOST, 1 + int(draw.expovariate(1 / 6)))
    found = [_offer(draw, item, pinned=False) for _ in range(how_many)]
    if item.has_buybox:
        found.insert(0, _offer(draw, item, pinned=True))
    return tuple(found)


def listed(root: int, domain: str, asin: str, condition: str) -> tuple[Offer, ...]:
    """The offers of a condition. The pinned offer is shown whatever the filter, as the shop does."""
    return tuple(o for o in offers(root, domain, asin) if o.pinned or o.of(condition))


def page(found: tuple[Offer, ...], number: int) -> tuple[Offer, ...]:
    """The offers of a page, from 1: the pinned one and ten more, then ten a page."""
    pinned = tuple(o for o in found if o.pinned)
    rest = found[len(pinned) :]
    here = rest[(number - 1) * PER_PAGE : number * PER_PAGE]
    return (pinned if number == 1 else ()) + here


def page_count(found: tuple[Offer, ...]) -> int:
    """How many pages the offers fill; at least one."""
    rest = sum(not o.pinned for o in found)
    return max(1, -(-rest // PER_PAGE))


def _offer(draw: random.Random, item: Product, *, pinned: bool) -> Offer:
    market = MARKETS[item.domain]
    language = LANGUAGES[market.language]
    whole = market.currency == "JPY"
    new = pinned or (item.state != "used_only" and seed.chance(draw, 60))
    grade = None if new else draw.randrange(len(GRADES))
    name = item.seller if pinned else draw.choice(WORDS.sellers)
    by_amazon = pinned and item.sold_by_amazon
    fulfilled = by_amazon or (item.fulfilled_by_amazon if pinned else seed.chance(draw, 30))
    base = float(item.price) if item.price is not None else float(item.used_price) * 1.6
    price = money.amount(base, whole=whole) if pinned else money.amount(base * draw.uniform(0.5, 1.9), whole=whole)
    free = fulfilled or seed.chance(draw, 50)
    shipping = 0.0 if free else draw.uniform(0.02, 0.1) * base + 1
    day = draw.randrange(2, 20)
    dates = language["delivery_date"].replace("{n}", str(day)).replace("{m}", str(day + draw.randrange(2, 8)))
    return Offer(
        seller=name,
        seller_id=AMAZON_SELLERS[item.domain] if by_amazon else seller_id(name),
        grade=grade,
        condition=language["condition_new"]
        if grade is None
        else language["condition_used"] + language["grades"][grade],
        price=price,
        shipping=money.amount(shipping, whole=whole),
        ships_from=market.name if fulfilled else name,
        prime=fulfilled,
        delivery=dates,
        stars=None if by_amazon or seed.chance(draw, 8) else draw.choice((3.5, 4.0, 4.5, 5.0)),
        positive=draw.randrange(71, 101),
        ratings=int(draw.lognormvariate(6, 2)) + 1,
        pinned=pinned,
    )
