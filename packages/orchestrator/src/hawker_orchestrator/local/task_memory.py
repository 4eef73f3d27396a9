"""How much memory process trees take."""

from __future__ import annotations

import sys
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable


def trees(roots: Iterable[int]) -> dict[int, list[psutil.Process]]:
    """Return the descendants of each process, itself left out; one look at all processes serves for all trees."""
    children: defaultdict[int, list[psutil.Process]] = defaultdict(list)
    for process in psutil.process_iter(["ppid"]):
        children[process.info["ppid"]].append(process)
    found: dict[int, list[psutil.Process]] = {}
    for root in roots:
        tree, waiting = found.setdefault(root, []), [root]
        while waiting:
            below = children.get(waiting.pop(), [])
            tree += below
            waiting += [process.pid for process in below]
    return found


def resident(processes: Iterable[psutil.Process]) -> int:
    """Return the bytes resident in these processes; pages that they share count for each of them."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def exact(processes: Iterable[psutil.Process]) -> int:
    """Return the bytes that these processes take, shared pages counted once (elsewhere than on Linux: not at all)."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            full = process.memory_full_info()
            total += full.pss if sys.platform == "linux" else full.uss
    return total
