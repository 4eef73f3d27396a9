"""The raw table of categories."""

from __future__ import annotations

from hawker_amazon.tiles import Tile


class CategoryTile(Tile):
    """One product of a category, as its tile shows it."""

    node: str  # the browse node asked for
    total_results: int | None  # of the category, at least
