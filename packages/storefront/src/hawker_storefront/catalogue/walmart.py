"""Walmart's products: everything a page shows is derived from the seed and the item id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from hawker_storefront import money, seed
from hawker_storefront.words import WORDS

if TYPE_CHECKING:
    import random
    from decimal import Decimal

ITEM_ID = re.compile(r"\d{6,12}")
_HEX = "0123456789ABCDEF"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class Variant:
    """A sibling of a product: one combination of colour and size."""

    product_id: str
    item_id: str
    colour: str
    size: str
    price: Decimal
    in_stock: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A product as Walmart sells it, in US dollars."""

    item_id: str
    product_id: str
    upc: str
    name: str
    brand: str
    price: Decimal
    was_price: Decimal | None
    unit_price: Decimal | None
    in_stock: bool
    seller: str
    seller_type: Literal["INTERNAL", "EXTERNAL"]
    seller_id: str
    wfs: bool
    fulfilment: tuple[tuple[str, str], ...]
    rating: float | None
    reviews: int
    variants: tuple[Variant, ...]
    specs: tuple[tuple[str, str], ...]
    images: tuple[str, ...]
    categories: tuple[str, ...]
    description: str


def exists(item_id: str) -> bool:
    """Whether there is such a product: any well-formed item id names one."""
    return ITEM_ID.fullmatch(item_id) is not None


def hex_id(draw: random.Random, length: int = 32) -> str:
    """An upper-case hexadecimal id."""
    return "".join(draw.choices(_HEX, k=length))


def product_id(draw: random.Random) -> str:
    """Walmart's inner product id: twelve letters and digits."""
    return "".join(draw.choices(_LETTERS, k=12))


@lru_cache(maxsize=4096)
def item(root: int, item_id: str) -> Item:
    """The product of an item id."""
    draw = seed.stream(root, "walmart", item_id)
    department = draw.choice(WORDS.goods)
    brand = draw.choice(WORDS.brands)
    # Whole dollars are common, so that the page's JSON holds integers as well as floats.
    price = money.amount(draw.triangular(3, 400, 25)) if seed.chance(draw, 80) else money.amount(draw.randrange(5, 200))
    in_stock = seed.chance(draw, 88)
    external = seed.chance(draw, 45)
    seller = draw.choice(WORDS.sellers) if external else "Walmart.com"
    name = (
        f"{brand} {draw.choice(WORDS.adjectives)} {draw.choice(department.nouns)}, "
        f'{draw.choice(WORDS.colours)}, {draw.randrange(2, 40)}" & Stand'
    )
    ids = [hex_id(draw) for _ in range(draw.randrange(1, 7))]
    return Item(
        item_id=item_id,
        product_id=product_id(draw),
        upc=f"{draw.randrange(10**11, 10**12)}",
        name=name,
        brand=brand,
        price=price,
        was_price=money.amount(float(price) * draw.uniform(1.1, 2.2)) if seed.chance(draw, 35) else None,
        unit_price=money.amount(float(price) / draw.randrange(2, 20)) if seed.chance(draw, 25) else None,
        in_stock=in_stock,
        seller=seller,
        seller_type="EXTERNAL" if external else "INTERNAL",
        seller_id=hex_id(seed.stream("walmart-seller", seller)) if external else "F55CDC31AB754BB68FE0B39041159D63",
        wfs=external and seed.chance(draw, 50),
        fulfilment=(
            ("SHIPPING", "IN_STOCK" if in_stock else "OUT_OF_STOCK"),
            ("PICKUP", "NOT_AVAILABLE" if external else draw.choice(("IN_STOCK", "OUT_OF_STOCK"))),
            ("DELIVERY", "NOT_AVAILABLE" if external else draw.choice(("IN_STOCK", "OUT_OF_STOCK"))),
        ),
        rating=draw.randrange(25, 51) / 10 if seed.chance(draw, 90) else None,
        reviews=int(draw.lognormvariate(4, 2)) + 1,
        variants=_variants(draw, item_id, price),
        specs=(
            ("Brand", brand),
            ("Color", draw.choice(WORDS.colours)),
            ("Assembled Product Weight", f"{draw.randrange(1, 60) / 4} lb"),
            ("Manufacturer Part Number", hex_id(draw, 8)),
        ),
        images=tuple(f"https://i5.walmartimages.com/seo/{brand.split()[0]}_{i.lower()}.jpeg" for i in ids),
        categories=tuple(department.en),
        description=draw.choice(WORDS.features).replace("{n}", str(draw.randrange(12, 80))),
    )


def _variants(draw: random.Random, item_id: str, price: Decimal) -> tuple[Variant, ...]:
    """Every colour in every size, this item first; none for two products in three."""
    if not seed.chance(draw, 33):
        return ()
    colours = draw.sample(WORDS.colours, draw.randrange(2, 5))
    sizes = WORDS.sizes[: draw.randrange(2, 5)]
    return tuple(
        Variant(
            product_id=product_id(draw),
            item_id=item_id if n == 0 else str(draw.randrange(10**8, 10**10)),
            colour=colour,
            size=size,
            price=price if n == 0 else money.amount(float(price) * draw.uniform(0.8, 1.3)),
            in_stock=seed.chance(draw, 70),
        )
        for n, (colour, size) in enumerate((c, s) for c in colours for s in sizes)
    )
