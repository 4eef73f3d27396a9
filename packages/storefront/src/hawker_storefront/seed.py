"""Determinism: every page is drawn from a random stream named by the seed and the page's own key."""

from __future__ import annotations

import hashlib
import random


def number(*parts: object) -> int:
    """A 64-bit number that depends on the parts alone, the same in every process and on every machine."""
    name = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest())


def percent(*parts: object) -> float:
    """A number in [0, 100) for the parts, to hold against a share."""
    return number(*parts) % 1_000_000 / 10_000


def stream(*parts: object) -> random.Random:
    """A random stream named by the parts."""
    return random.Random(number(*parts))  # noqa: S311 - pages, not secrets


def weighted(draw: float, shares: dict[str, float]) -> str | None:
    """The name whose slice of 100 the draw falls in, or None when it falls past them all.

    Args:
        draw: a number in [0, 100).
        shares: slices in percent, in order; their sum is at most 100.
    """
    edge = 0.0
    for name, share in shares.items():
        edge += share
        if draw < edge:
            return name
    return None


def chance(draw: random.Random, share: float) -> bool:
    """Whether something that happens in `share` percent of cases happens now."""
    return draw.random() * 100 < share
