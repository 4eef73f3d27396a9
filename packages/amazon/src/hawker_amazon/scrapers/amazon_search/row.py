"""The raw table of searches."""

from __future__ import annotations

from hawker_amazon.tiles import Tile


class SearchTile(Tile):
    """One result of a search, as its tile shows it."""
