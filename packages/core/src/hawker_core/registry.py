"""Finds scrapers: every package with an entry point in `hawker.marketplaces`, every folder in its `scrapers`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from hawker_core.scraper import Scraper

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP = "hawker.marketplaces"


class UnknownScraperError(LookupError):
    """No installed package has a scraper of this name; the text lists those there are."""


@cache
def marketplaces() -> Mapping[str, str]:
    """The installed marketplaces: name to package."""
    return {point.name: point.value for point in sorted(entry_points(group=GROUP))}


@cache
def names() -> tuple[str, ...]:
    """The names of all installed scrapers, sorted; imports none of them."""
    found: list[str] = []
    for package in marketplaces().values():
        folder = import_module(f"{package}.scrapers").__path__
        found += [module.name for module in pkgutil.iter_modules(folder) if module.ispkg]
    return tuple(sorted(found))


def marketplace(scraper: str) -> str:
    """The marketplace that a scraper belongs to: the first word of its name."""
    return scraper.partition("_")[0]


@cache
def load(name: str) -> Scraper[Any, Any]:
    """The scraper of this name; imports its package alone.

    Raises:
        UnknownScraperError: there is none.
    """
    package = marketplaces().get(marketplace(name))
    path = f"{package}.scrapers.{name}.scraper"
    try:
        module = import_module(path) if package and name.isidentifier() else None
    except ModuleNotFoundError:
        if name in names():
            raise  # the scraper is there, something that it imports is not
        module = None
    if module is None:
        raise UnknownScraperError(f"unknown scraper {name!r}; there are {', '.join(names())}")
    scrapers = [
        v for v in vars(module).values() if isinstance(v, type) and v.__module__ == path and issubclass(v, Scraper)
    ]
    if len(scrapers) != 1:
        raise TypeError(f"{path} must define one scraper class, it defines {len(scrapers)}")
    instance: Scraper[Any, Any] = scrapers[0]()
    return instance
