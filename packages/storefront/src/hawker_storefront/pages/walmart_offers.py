"""Walmart's panel of all sellers, which a product page loads when its button is clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hawker_storefront import money, seed
from hawker_storefront.catalogue import walmart_offers as catalogue
from hawker_storefront.pages.render import render

if TYPE_CHECKING:
    from hawker_storefront.catalogue.walmart_offers import Offer

PANEL = "/orchestra/home/graphql/GetAllSellerOffers/e8826cf06648c06ca0d4324054d869afc1448c465d7304fa9da0262d7687e083"
"""Where the page's script asks for the panel."""


def panel(root: int, item_id: str) -> str:
    """The panel's markup."""
    draw = seed.stream(root, "walmart-panel", item_id)
    return render(
        "walmart/offers.html",
        layout=draw.choice(("line", "card")),
        offers=[_view(offer) for offer in catalogue.offers(root, item_id)],
    )


def rows(root: int, item_id: str) -> list[dict[str, Any]]:
    """What a right parser reads from the panel, or from the page of a product that one seller has to himself."""
    return [
        {
            "seller": offer.seller,
            "seller_id": offer.seller_id,
            "price": str(offer.price),
            "shipping": str(offer.shipping) if offer.shipping is not None else None,
            "arrival": offer.arrival,
            "returns": offer.returns,
            "is_buybox": offer.featured,
            "currency": "USD",
            "condition": "New",
        }
        for offer in catalogue.offers(root, item_id)
    ]


def _view(offer: Offer) -> dict[str, Any]:
    return {
        "seller": offer.seller,
        "seller_id": offer.seller_id,
        "verb": "Sold by" if offer.fulfilled else "Sold and shipped by",
        "fulfilled": offer.fulfilled,
        "price": f"${offer.price:,}",
        "was": f"${money.amount(float(offer.price) * 1.4):,}" if offer.fulfilled else None,
        "message": catalogue.message(offer),
        "returns": offer.returns,
    }
