"""Amazon's products: everything a page shows is derived from the seed, the domain and the ASIN."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from hawker_storefront import money, seed
from hawker_storefront.words import LANGUAGES, MARKETS, WORDS

if TYPE_CHECKING:
    import random
    from decimal import Decimal

State = Literal[
    "in_stock", "few_left", "ships_later", "used_only", "no_featured", "choose", "unavailable", "script_only"
]

ASIN = re.compile(r"[A-Z0-9]{10}")
AMAZON_SELLERS = {
    "com": "ATVPDKIKX0DER", "ca": "A3DWYIK6Y9EEQB", "co.uk": "A3P5ROKL5A1OLE", "de": "A3JWKAKR8XB7XF",
    "fr": "A1X6FK5RDHNB96", "it": "A11IL2PNWYJU7H", "es": "A1AT7YVPFBWXBL", "co.jp": "AN1VRQENFRJN5",
    "com.br": "A1ZZFT5FULY4LN", "in": "AT95IG9ONZD7S", "ae": "A2KKU8J8O8784X", "com.au": "ANEGB3WVEVKZB",
}  # fmt: skip
"""Amazon's own merchant id by domain, public on its seller pages."""
_ERAS = {"2019": 25.0, "2022": 25.0, "kindle": 10.0, "2025": 40.0}
_STATES = {
    "in_stock": 68.0, "few_left": 10.0, "ships_later": 5.0, "used_only": 4.0,
    "no_featured": 3.0, "choose": 2.0, "unavailable": 5.0, "script_only": 3.0,
}  # fmt: skip
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_EPOCH = date(2015, 1, 1)


@dataclass(frozen=True, slots=True)
class Product:
    """A product as one marketplace sells it. Money is in `currency`; `price` is None where no new offer is featured."""

    asin: str
    domain: str
    era: str
    state: State
    department: str
    title: str
    brand: str
    brand_style: Literal["store", "brand"]
    currency: str
    price: Decimal | None
    list_price: Decimal | None
    used_price: Decimal
    unit_price: Decimal | None
    subscribe_price: Decimal | None
    seller: str
    seller_id: str
    fulfilled_by_amazon: bool
    left: int
    rating: float | None
    rating_count: int | None
    ranks: tuple[tuple[int, str], ...]
    bought: int | None
    features: tuple[str, ...]
    details: tuple[tuple[str, str], ...]
    images: tuple[str, ...]
    variants: tuple[tuple[str, str], ...]
    categories: tuple[str, ...]
    foreign: bool

    @property
    def sold_by_amazon(self) -> bool:
        """Whether the featured offer is Amazon's own."""
        return self.seller_id == AMAZON_SELLERS[self.domain]

    @property
    def has_buybox(self) -> bool:
        """Whether a new offer is featured."""
        return self.state in {"in_stock", "few_left", "ships_later"}

    @property
    def has_offers(self) -> bool:
        """Whether anybody at all sells it."""
        return self.state not in {"unavailable", "script_only"} and self.era != "kindle"


def exists(domain: str, asin: str) -> bool:
    """Whether there is such a product: a marketplace of ours and a well-formed ASIN."""
    return domain in MARKETS and ASIN.fullmatch(asin) is not None


def isbn10(body: int) -> str:
    """The ISBN-10 of a nine-digit number, its check digit by ISO 2108."""
    digits = f"{body:09d}"
    rest = -sum((10 - i) * int(d) for i, d in enumerate(digits)) % 11
    return digits + ("X" if rest == 10 else str(rest))  # noqa: PLR2004 - ISO 2108 writes ten as X


def asin_of(draw: random.Random) -> str:
    """A well-formed ASIN: mostly `B0…`, one in eight a book's ISBN-10."""
    if seed.chance(draw, 12):
        return isbn10(draw.randrange(10**8, 10**9))
    return "B0" + "".join(draw.choices(_LETTERS, k=8))


def era_of(root: int, domain: str, asin: str) -> str:
    """Which years' layout the product's page has."""
    if asin[0].isdigit():
        return "book"
    return seed.weighted(seed.percent(root, "era", domain, asin), _ERAS) or "2025"


def seller_id(name: str) -> str:
    """A made-up merchant id for a made-up seller."""
    return "A" + "".join(seed.stream("seller", name).choices(_LETTERS, k=13))


def image(draw: random.Random, era: str) -> str:
    """The address of a product picture."""
    host = "images-na.ssl-images-amazon.com" if era in {"2019", "book"} else "m.media-amazon.com"
    return f"https://{host}/images/I/" + "".join(draw.choices(_LETTERS, k=11))


@lru_cache(maxsize=4096)
def product(root: int, domain: str, asin: str) -> Product:
    """The product of an ASIN in a marketplace."""
    draw = seed.stream(root, "amazon", domain, asin)
    market = MARKETS[domain]
    language = LANGUAGES[market.language]
    era = era_of(root, domain, asin)
    state: State = seed.weighted(draw.random() * 100, _STATES) or "in_stock"  # type: ignore[assignment]  # the table's names
    paper = era in {"book", "kindle"}
    if era == "kindle" and state not in {"in_stock", "unavailable"}:
        state = "in_stock"
    if era == "book" and state in {"choose", "script_only"}:
        state = "in_stock"
    department = WORDS.books if paper else draw.choice(WORDS.goods)
    brand = draw.choice(WORDS.authors if paper else WORDS.brands)
    path = department.path(market.language)
    scale = {"JPY": 110, "INR": 60, "AED": 3.7, "BRL": 5}.get(market.currency, 1)
    whole = market.currency == "JPY"

    def price(low: float, high: float) -> Decimal:
        return money.amount(draw.triangular(low, high, low * 1.4) * scale, whole=whole)

    shown = price(4, 15) if era == "kindle" else price(6, 420)
    foreign = domain == "com" and era == "2025" and seed.chance(draw, 6)
    by_amazon = seed.chance(draw, 40)
    seller = market.name if by_amazon else draw.choice(WORDS.sellers)
    rated = seed.chance(draw, 93)
    return Product(
        asin=asin,
        domain=domain,
        era=era,
        state=state,
        department=department.name,
        title=_title(draw, department.name, brand, department.nouns),
        brand=brand,
        brand_style="store" if seed.chance(draw, 70) else "brand",
        currency="EUR" if foreign else market.currency,
        price=shown if state in {"in_stock", "few_left", "ships_later"} else None,
        list_price=money.amount(float(shown) * draw.uniform(1.1, 1.6), whole=whole)
        if seed.chance(draw, 35) and not paper
        else None,
        used_price=money.amount(float(shown) * draw.uniform(0.3, 0.8), whole=whole),
        unit_price=money.amount(float(shown) / draw.choice((2, 3, 6, 12)), whole=whole)
        if seed.chance(draw, 30)
        else None,
        subscribe_price=money.amount(float(shown) * 0.95, whole=whole) if seed.chance(draw, 20) else None,
        seller=seller,
        seller_id=AMAZON_SELLERS[domain] if by_amazon else seller_id(seller),
        fulfilled_by_amazon=by_amazon or seed.chance(draw, 50),
        left=draw.randrange(1, 12),
        rating=draw.randrange(28, 50) / 10 if rated else None,
        rating_count=int(draw.lognormvariate(6, 2)) + 2 if rated else None,
        ranks=((draw.randrange(100, 900_000), path[0]), (draw.randrange(1, 9_000), path[2]))
        if seed.chance(draw, 90)
        else (),
        bought=draw.choice((50, 100, 200, 300, 500, 900)) if era == "2025" and seed.chance(draw, 60) else None,
        features=tuple(
            f.replace("{n}", str(draw.randrange(12, 90))) for f in draw.sample(WORDS.features, draw.randrange(3, 6))
        ),
        details=(
            (language["manufacturer"], brand),
            (language["weight"], f"{draw.randrange(80, 4000)} g"),
            (language["colour"], draw.choice(WORDS.colours)),
            (language["date_first"], str(_EPOCH + timedelta(days=draw.randrange(3500)))),
        ),
        images=tuple(image(draw, era) for _ in range(draw.randrange(2, 7))),
        variants=_variants(root, domain, asin, draw) if not paper else (),
        categories=tuple(path),
        foreign=foreign,
    )


def _title(draw: random.Random, department: str, brand: str, nouns: list[str]) -> str:
    if department == "books":
        title = draw.choice(WORDS.book_titles)
        return f"{title}: A Novel (Book {draw.randrange(1, 9)})" if seed.chance(draw, 50) else title
    first, second = draw.sample(WORDS.adjectives, 2)
    name = f"{brand} {first} {draw.choice(nouns)}, {second}, {draw.choice(WORDS.colours)}"
    return f"{name} \u2013 {draw.randrange(2, 99)}-Pack & Case"


def _variants(root: int, domain: str, asin: str, draw: random.Random) -> tuple[tuple[str, str], ...]:
    """Sibling ASINs with their colour, this one among them; none for two products in three."""
    if not seed.chance(draw, 33):
        return ()
    colours = draw.sample(WORDS.colours, draw.randrange(2, 7))
    others = seed.stream(root, "variants", domain, asin)
    asins = [asin, *("B0" + "".join(others.choices(_LETTERS, k=8)) for _ in colours[1:])]
    return tuple(sorted(zip(asins, colours, strict=True)))
