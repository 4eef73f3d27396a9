"""Judges a run by what its scraper expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hawker_core.scraper import Expect
    from hawker_core.stats import Statistics

MOST_ODD_PAGES = 0.2  # share of pages whose number of rows is out of bounds; the last page of a listing often is
MOST_BAD_TILES = 0.05  # share of tiles that were not understood


def reasons(expect: Expect, outcomes: Mapping[str, int], measured: Statistics, *, failed_chunks: int) -> list[str]:
    """Why the run's verdict is bad, one line a missed expectation; none when it is good.

    `outcomes` counts targets by outcome, `pending` those without one.
    """
    targets = sum(outcomes.values())
    well = sum(outcomes.get(outcome, 0) for outcome in ("ok", "empty", "gone"))
    missed = []
    if targets and well / targets < expect.settled_well:
        missed.append(f"{well} of {targets} targets ended ok, empty or gone, expected {expect.settled_well:.0%}")
    if pending := outcomes.get("pending", 0):
        missed.append(f"{pending} targets have no outcome: resume the run")
    if failed_chunks:
        missed.append(f"{failed_chunks} chunks failed")
    if expect.rows_per_page and measured.pages and measured.odd_pages / measured.pages > MOST_ODD_PAGES:
        low, high = expect.rows_per_page
        missed.append(f"{measured.odd_pages} of {measured.pages} pages had fewer than {low} or more than {high} rows")
    tiles = measured.rows + measured.bad_tiles
    if tiles and measured.bad_tiles / tiles > MOST_BAD_TILES:
        missed.append(f"{measured.bad_tiles} of {tiles} tiles were not understood")
    for field, share in expect.filled.items():
        filled = measured.filled.get(field, 0)
        if measured.rows and filled / measured.rows < share:
            missed.append(f"{field} is filled in {filled} of {measured.rows} rows, expected {share:.0%}")
    return missed
