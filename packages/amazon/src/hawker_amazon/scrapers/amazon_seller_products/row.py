"""The raw table of sellers' products."""

from __future__ import annotations

from hawker_amazon.tiles import Tile


class SellerTile(Tile):
    """One product that a seller offers, as its tile shows it: the price need not be this seller's."""

    seller_id: str  # the seller asked for
