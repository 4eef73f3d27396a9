"""Writes new scrapers into a checkout: folder, first case, migration."""

from __future__ import annotations

import importlib
import inspect
import json
import keyword
import re
import shutil
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from hawker_core import registry
from hawker_core.scraper import Scraper
from hawker_orchestrator import schema

if TYPE_CHECKING:
    from hawker_core.scraper import Site

_NAME = re.compile(r"[a-z]+(_[a-z0-9]+)+")
_PLACE = re.compile(r"\{([^{}]*)\}")
_LONGEST_NAME = 50  # PostgreSQL cuts names at 63, and an index adds to its table's


class ScaffoldError(Exception):
    """Something that cannot be written; one line for the user."""


class Written(NamedTuple):
    """What was written: the scraper's folder, its files, and the migration."""

    folder: Path
    files: list[Path]
    migration: Path


def checkout() -> Path:
    """The root of the checkout that the packages are installed from.

    Raises:
        ScaffoldError: they are not.
    """
    root = Path(str(inspect.getfile(registry))).parents[4]
    if not (root / "packages" / "core" / "pyproject.toml").is_file():
        raise ScaffoldError(
            "this writes into a checkout of Hawker, and Hawker is installed without one; clone it, use ./dev hawker"
        )
    return root


def new_scraper(name: str, url: str | None, database: str) -> Written:
    """Write a scraper that passes its own test, and the migration for its table; all of it or nothing.

    Args:
        name: `marketplace_thing`.
        url: of the page to scrape, with the target's field in braces; the shop's first host else.
        database: a server on which a scratch database may be made.

    Raises:
        ScaffoldError: the name or the URL will not do.
    """
    checkout()
    package = _check_name(name)
    base = _base(package)
    field, expression, page_url = _address(base.site, url)
    folder = Path(str(importlib.import_module(f"{package}.scrapers").__path__[0])) / name
    thing = name.partition("_")[2]
    words = {
        "package": package,
        "name": name,
        "thing": thing.replace("_", " "),
        "scraper": _camel(name),
        "row": f"{_camel(thing)}Row",
        "target": f"{_camel(thing)}Target",
        "base": base.__name__,
        "imports": "\n".join(
            sorted(
                [
                    "from hawker_core import Expect, Http, Page, Request, Target",
                    f"from {package}.scrapers.{name}.row import {_camel(thing)}Row",
                    f"from {package}.site import {base.__name__}",
                ]
            )
        ),
        "field": field,
        "url": expression,
        "shown": page_url,
        "title": f"A first {thing.replace('_', ' ')}",
    }
    texts = {file: Template(text).substitute(words) for file, text in _FILES.items()}
    texts["cases/example.json"] = _case(page_url, field, words["title"])
    try:
        for file, text in texts.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        importlib.invalidate_caches()
        registry.names.cache_clear()
        migration = schema.revise(database, registry.marketplace(name), f"raw table of {name}")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        registry.names.cache_clear()
        raise
    return Written(folder, [folder / file for file in texts], migration)


def _check_name(name: str) -> str:
    """The package of a new scraper's name."""
    there = registry.marketplaces()
    if not _NAME.fullmatch(name):
        raise ScaffoldError(
            f"{name!r} is no scraper's name; write marketplace_thing in small letters, such as ebay_item"
        )
    if len(name) > _LONGEST_NAME:
        raise ScaffoldError(f"{name} is longer than {_LONGEST_NAME} characters; choose a shorter name")
    marketplace = registry.marketplace(name)
    if marketplace not in there:
        raise ScaffoldError(f"there is no package for {marketplace}; the marketplaces are {', '.join(there)}")
    if name in registry.names():
        raise ScaffoldError(f"there is a scraper {name} already; choose another name")
    return there[marketplace]


def _base(package: str) -> type[Scraper[Any, Any]]:
    """The class that a package's scrapers share."""
    module = importlib.import_module(f"{package}.site")
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Scraper) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise ScaffoldError(f"{module.__name__} must define one class of scrapers, it defines {len(found)}")
    return found[0]


def _address(site: Site, url: str | None) -> tuple[str, str, str]:
    """The target's field, the expression for its URL, and the URL of the first case's page."""
    host = min(host for host in site.hosts if host.startswith("www."))
    host = next((h for h in site.hosts if re.fullmatch(r"www\.\w+\.com", h)), host)
    template = url or f"https://{host}/{{id}}"
    parts, places = urlsplit(template), _PLACE.findall(template)
    if parts.scheme != "https" or parts.netloc not in site.hosts:
        raise ScaffoldError(
            f"{template} is none of this shop's pages; write https://{host}/... with the target in braces"
        )
    if len(places) != 1 or not re.fullmatch("[a-z][a-z0-9_]*", places[0]) or keyword.iskeyword(places[0]):
        raise ScaffoldError(
            f"{template} must hold the target's field once, in braces; write https://{host}/.../{{item_id}}"
        )
    field = "item_id" if places[0] == "id" else places[0]  # `id` is Python's own
    expression = (
        template.replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace(f"{{{places[0]}}}", f"{{quote(target.{field}, safe='')}}")
    )
    return field, expression, template.replace(f"{{{places[0]}}}", "1")


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _case(url: str, field: str, title: str) -> str:
    """What the first case's page must give: written here, not read from the page."""
    row = {"title": title, "price": "12.50", "currency": "USD"}
    case = {"url": url, "target": {field: "1"}, "status": 200, "outcome": "ok", "rows": [row], "requests": []}
    return json.dumps(case, indent=2) + "\n"


_FILES = {
    "__init__.py": '"""The scraper of a $thing, its row and its cases."""\n',
    "row.py": '''"""The raw table of $name."""

from __future__ import annotations

from decimal import Decimal

from hawker_core import RawRow


class $row(RawRow):
    """One $thing, as its page shows it."""

    title: str
    price: Decimal | None
    currency: str | None
''',
    "scraper.py": '''"""Pages of a $thing: $shown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

$imports

if TYPE_CHECKING:
    from collections.abc import Iterator


class $target(Target, frozen=True):
    """The $thing to scrape."""

    $field: str


class $scraper($base[$target, $row]):
    """One row per page."""

    fetch = Http(per_second=0.5)
    expect = Expect(rows_per_page=(1, 1), filled={"price": 0.9})

    def request(self, target: $target) -> Request:
        """The page."""
        return Request(f"$url")

    def parse(self, page: Page, target: $target) -> Iterator[$row]:  # noqa: ARG002  the page tells it all
        """The $thing that the page shows."""
        price = page.root.maybe_money(".price")
        yield $row(
            title=page.root.text("h1"),
            price=price and price.amount,
            currency=price and price.currency,
        )
''',
    "cases/example.html": """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>$title</title></head>
<body>
<main>
<h1>$title</h1>
<p class="price">$$12.50</p>
</main>
</body>
</html>
""",
}
