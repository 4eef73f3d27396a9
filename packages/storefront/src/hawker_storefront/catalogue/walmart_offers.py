"""Who sells a Walmart product: derived from the seed and the item id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from hawker_storefront import money, seed
from hawker_storefront.catalogue.walmart import Item, item
from hawker_storefront.words import WORDS

if TYPE_CHECKING:
    import random
    from decimal import Decimal

_ALONE = 30.0  # percent of products that one seller has to himself
_MOST = 9
_DAYS = ("Mon, Aug 3", "Tue, Aug 4", "Fri, Aug 7", "Aug 10 - Aug 14", "tomorrow", "in 3+ days")
_RETURNS = ("Free 30-day returns", "Free 90-day returns", "15-day returns", "Not returnable")


@dataclass(frozen=True, slots=True)
class Offer:
    """One seller's offer of a new piece. `shipping` is None where the page does not tell what it costs."""

    seller: str
    seller_id: str | None
    price: Decimal
    shipping: Decimal | None
    arrival: str
    returns: str | None
    fulfilled: bool
    featured: bool


def catalog_seller_id(seller: str) -> str:
    """The number in the address of a seller's page."""
    return str(101_000_000 + seed.number("walmart-catalog-seller", seller) % 900_000)


@lru_cache(maxsize=4096)
def offers(root: int, item_id: str) -> tuple[Offer, ...]:
    """Every offer for a product, the cheapest first; none when it is out of stock."""
    found = item(root, item_id)
    if not found.in_stock:
        return ()
    draw = seed.stream(root, "walmart-offers", item_id)
    featured = _offer(draw, found, found.seller, featured=True)
    if seed.chance(draw, _ALONE):
        return (featured,)
    rivals = [name for name in (*WORDS.sellers, "Walmart.com") if name != found.seller]
    others = [_offer(draw, found, name, featured=False) for name in draw.sample(rivals, draw.randrange(1, _MOST + 1))]
    return tuple(sorted((featured, *others), key=lambda offer: (offer.price + (offer.shipping or 0), offer.seller)))


def message(offer: Offer) -> str:
    """What the page says of an offer's shipping."""
    if offer.shipping is None:
        return f"Shipping, arrives {_by(offer.arrival)}"
    cost = f"${offer.shipping} shipping" if offer.shipping else "Free shipping"
    return f"{cost}, arrives {_by(offer.arrival)}"


def _by(arrival: str) -> str:
    return f"by {arrival} to Springfield, 00000" if arrival[0].isupper() else arrival


def _offer(draw: random.Random, found: Item, seller: str, *, featured: bool) -> Offer:
    own = seller == "Walmart.com"
    price = found.price if featured else money.amount(float(found.price) * draw.uniform(0.8, 1.7))
    free = own or seed.chance(draw, 60)
    shipping = money.amount(0) if free else money.amount(draw.uniform(2, 12)) if seed.chance(draw, 60) else None
    return Offer(
        seller=seller,
        seller_id=None if own else catalog_seller_id(seller),
        price=price,
        shipping=shipping,
        arrival=draw.choice(_DAYS),
        returns=draw.choice(_RETURNS) if seed.chance(draw, 90) else None,
        fulfilled=not own and seed.chance(draw, 30),
        featured=featured,
    )
