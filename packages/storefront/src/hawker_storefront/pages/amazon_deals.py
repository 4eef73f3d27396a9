"""Amazon's page of deals: most of them in its scripts, those in sight as cards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hawker_storefront import filler, money, seed
from hawker_storefront.catalogue.amazon import asin_of, product
from hawker_storefront.pages.render import Page, raw, render, script_json
from hawker_storefront.words import LANGUAGES, MARKETS

TYPES = ("all", "lightning", "trending", "today")
"""What targets ask for; `best` has no address of its own, so none can be told from `all`."""
BUBBLES = {
    "lightning": "deals-collection-lightning-deals",
    "trending": "trending-bubble",
    "today": "discounts-collection-deals-started-today",
}
"""The page's own filters, as addresses name them."""
_LIGHTNING, _BEST = "LIGHTNING_DEAL", "BEST_DEAL"
_DAWN = datetime(2026, 7, 20, 7, tzinfo=UTC)
_DRAWN = 8


def page(root: int, domain: str, deal_type: str) -> Page:
    """The page of deals, behind the filter of a target's type."""
    draw = seed.stream(root, "deals", domain, deal_type)
    cards = seed.chance(draw, 30)
    deals = [_deal(root, domain, deal_type, n) for n in range(draw.randrange(12, 40))]
    text = render(
        "amazon/deals.html",
        lang=LANGUAGES[MARKETS[domain].language],
        products=script_json([_data(one) for one in deals]) if not cards else None,
        cards=[_card(domain, one) for one in (deals if cards else deals[:_DRAWN])],
        styles=raw(filler.styles("deals", 4)),
        scripts=raw(filler.scripts("deals", 8)),
        nav=raw(filler.links("gp", 60, "nav")),
        footer=raw(filler.links("b", 60, "nav_a")),
    )
    return Page(text, deals)


def _deal(root: int, domain: str, deal_type: str, number: int) -> dict[str, Any]:
    """A deal as a row."""
    draw = seed.stream(root, "deal", domain, deal_type, number)
    item = product(root, domain, asin_of(draw))
    whole = MARKETS[domain].currency == "JPY"
    former = money.amount(draw.uniform(20, 400), whole=whole)
    percent = draw.randrange(5, 60)
    price = money.amount(float(former) * (100 - percent) / 100, whole=whole)
    kind = _LIGHTNING if deal_type == "lightning" or seed.chance(draw, 40) else _BEST
    ends = _DAWN + timedelta(minutes=draw.randrange(60, 6000))
    return {
        "deal_id": f"{draw.randrange(16**8):08x}",
        "asin": item.asin,
        "title": item.title,
        "deal_price": str(price),
        "price_kind": "new",
        "list_price": str(former),
        "currency": MARKETS[domain].currency,
        "percent": percent,
        "type": kind,
        "ends_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "claimed": draw.randrange(1, 99) if kind == _LIGHTNING else None,
    }


def _data(deal: dict[str, Any]) -> dict[str, Any]:
    """A deal as the page's script holds it since 2024."""

    def amount(name: str) -> dict[str, str]:
        return {"price": deal[name], "currencyCode": deal["currency"]}

    return {
        "asin": deal["asin"],
        "title": deal["title"],
        "link": f"/dp/{deal['asin']}?ref=dlx",
        "price": {"priceToPay": amount("deal_price"), "basisPrice": amount("list_price")},
        "dealBadge": {"label": {"content": {"fragments": [{"text": f"{deal['percent']}% off"}]}}},
        "dealDetails": {
            "id": deal["deal_id"],
            "type": deal["type"],
            "endTime": deal["ends_at"],
            "percentClaimed": deal["claimed"],
        },
    }


def _card(domain: str, deal: dict[str, Any]) -> dict[str, Any]:
    whole = MARKETS[domain].currency == "JPY"
    former, price = (money.amount(float(deal[name]), whole=whole) for name in ("list_price", "deal_price"))
    return deal | {
        "price": money.amazon(price, domain),
        "former": money.amazon(former, domain),
    }
