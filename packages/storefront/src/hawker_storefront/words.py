"""The words that made-up products are put together from, and what Amazon says in each language."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import msgspec


class Department(msgspec.Struct, frozen=True):
    """A department: what it sells, and its path of three categories by language."""

    name: str
    nouns: list[str]
    en: list[str]
    de: list[str]
    fr: list[str]
    it: list[str]
    es: list[str]
    pt: list[str]
    ja: list[str]

    def path(self, language: str) -> list[str]:
        """The three categories, widest first."""
        path: list[str] = getattr(self, language)
        return path


class Words(msgspec.Struct, frozen=True):
    """Lists to choose from."""

    brands: list[str]
    sellers: list[str]
    adjectives: list[str]
    colours: list[str]
    sizes: list[str]
    authors: list[str]
    book_titles: list[str]
    features: list[str]
    countries: list[str]
    keywords: list[str]
    qualifiers: list[str]
    departments: list[Department]

    @property
    def goods(self) -> list[Department]:
        """Every department but books."""
        return self.departments[:-1]

    @property
    def books(self) -> Department:
        """The department of books."""
        return self.departments[-1]


class Market(msgspec.Struct, frozen=True):
    """How one of Amazon's marketplaces writes money, and in which language."""

    language: str
    currency: str
    name: str
    number: str
    old: str
    new: str


def load(name: str) -> Any:
    """The contents of a TOML file of this package's data folder."""
    return tomllib.loads(resources.files(__package__).joinpath("data", name).read_text("utf-8"))


WORDS = msgspec.convert(load("words.toml"), Words)
MARKETS = msgspec.convert(load("markets.toml"), dict[str, Market])
LANGUAGES: dict[str, dict[str, Any]] = load("languages.toml")
