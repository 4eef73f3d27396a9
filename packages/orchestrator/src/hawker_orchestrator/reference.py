"""A marketplace's scrapers as a page of Markdown, made from their code, their cases and the facts read by eye.

What a field means is the comment beside it in `row.py`, or on the lines above it; the scraper's docstring tells what it
gives and what of it no captured page has shown yet.
"""

from __future__ import annotations

import inspect
import io
import json
import tokenize
import typing
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from hawker_core import registry
from hawker_core.model import Outcome
from hawker_core.rows import columns
from hawker_core.scraper import Browser
from hawker_core.testing import Case, cases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hawker_core.model import Target
    from hawker_core.scraper import Expect, Scraper

_LONGEST_VALUE = 160  # characters, in an example row
_MOST_ITEMS = 3  # of a list or an object, in an example row


def page(marketplace: str, facts: Path) -> str:
    """The page of a marketplace's scrapers; `facts` is the folder of the values read by eye off captured pages."""
    names = [name for name in registry.names() if registry.marketplace(name) == marketplace]
    head = (
        f"# {marketplace.capitalize()}'s scrapers\n\n"
        f"Made from the code by `hawker docs {marketplace}`; do not edit. Every row also has where it came from: "
        "run_id, target_id, position, url, scraped_at.\n"
    )
    return "\n".join([head, *(_scraper(registry.load(name), facts / f"{name}.json") for name in names)])


def _scraper(scraper: Scraper[Any, Any], facts: Path) -> str:
    about = inspect.getdoc(type(scraper)) or ""
    comments = comments_of(scraper.row)
    parts = [
        f"## {scraper.name}\n\n{about}\n",
        f"**Target.** {inspect.getdoc(scraper.target)} Such as `{_example_key(scraper)}`.\n",
        _table(("field", "takes", "default"), list(_target_fields(scraper.target))),
        f"**Fetched** {_fetched(scraper)}\n",
        f"**Healthy:** {_expected(scraper.expect)}.\n",
        f"**Row.** {inspect.getdoc(scraper.row)}\n",
        _table(
            ("field", "type", "meaning"),
            [
                (f"`{one.name}`", one.sql_type + ("" if one.nullable else ", always"), comments.get(one.name, ""))
                for one in columns(scraper.row)
            ],
        ),
        f"**Verified.** {_verified(scraper, facts)}\n",
    ]
    if example := _example(scraper):
        parts.append(f"An example:\n\n```json\n{json.dumps(example, indent=2, ensure_ascii=False)}\n```\n")
    return "\n".join(parts)


def comments_of(struct: type) -> dict[str, str]:
    """What a struct's own and inherited fields mean, by their comments; fields without one are left out."""
    found: dict[str, str] = {}
    for base in reversed(struct.__mro__):
        if issubclass(base, msgspec.Struct) and base is not msgspec.Struct and "__annotations__" in vars(base):
            found |= dict(_comments(inspect.getsource(base), set(vars(base)["__annotations__"])))
    return found


def _comments(source: str, fields: set[str]) -> Iterator[tuple[str, str]]:
    above: list[str] = []
    name = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("# ")
            if name:
                yield name, text
                name = ""
            elif not token.line[: token.start[1]].strip():
                above.append(text)
        elif token.type == tokenize.NAME and token.string in fields and not token.line[: token.start[1]].strip():
            name = token.string
            if above:
                yield name, " ".join(above)
                name = ""
            above = []
        elif token.type == tokenize.NEWLINE:
            name, above = "", []


def _target_fields(target: type[Target]) -> Iterator[tuple[str, str, str]]:
    hints = typing.get_type_hints(target, include_extras=True)
    for field in msgspec.structs.fields(target):
        needed = field.default is msgspec.NODEFAULT
        yield f"`{field.name}`", _takes(hints[field.name]), "" if needed else f"`{field.default}`"


def _takes(hint: Any) -> str:
    kind, *extras = typing.get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
    if typing.get_origin(kind) is typing.Literal:
        return ", ".join(f"`{value}`" if value else "nothing" for value in typing.get_args(kind))
    told = [kind.__name__]
    for meta in hint.__metadata__ if hasattr(hint, "__metadata__") else extras:
        told += [f"{meta.ge} to {meta.le}"] if meta.ge is not None else []
        told += [f"{meta.min_length} to {meta.max_length} characters"] if meta.max_length is not None else []
        told += [f"`{meta.pattern}`"] if meta.pattern is not None else []
    return ", ".join(told)


def _fetched(scraper: Scraper[Any, Any]) -> str:
    fetch = scraper.fetch
    by = "with a browser, in a Fargate task" if isinstance(fetch, Browser) else "by plain HTTP, in a Lambda"
    return (
        f"{by}: {fetch.per_second:g} pages a second per host in the whole run, at most {fetch.max_pages} pages and "
        f"{fetch.retries} retries a target, {fetch.total:g} s a request; robots.txt: {fetch.robots}."
    )


def _expected(expect: Expect) -> str:
    told = [f"{expect.settled_well:.0%} of the targets end ok, empty or gone"]
    if expect.rows_per_page:
        least, most = expect.rows_per_page
        told.append(f"a page with rows has {least} to {most}" if least != most else f"a page has {least} row")
    told += [f"{name} is filled in {share:.0%} of the rows" for name, share in expect.filled.items()]
    return "; ".join(told)


def _verified(scraper: Scraper[Any, Any], facts: Path) -> str:
    if not facts.is_file():
        return "No captured page of it has been read by eye; its cases are made by hand."
    pages = json.loads(facts.read_text("utf-8"))
    told: set[str] = set()
    for one in pages.values():
        told |= _keys(one)
    fields = [f"`{name}`" for name in scraper.row.__struct_fields__ if name in told]
    others = [f"`{name}`" for name in scraper.row.__struct_fields__ if name not in told]
    return f"Read by eye off {len(pages)} captured pages: {', '.join(fields)}." + (
        f" Not read by eye: {', '.join(others)}." if others else ""
    )


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(_keys(one) for one in value.values() if isinstance(one, list)))


def _example_key(scraper: Scraper[Any, Any]) -> str:
    found = next((case for case in _cases(scraper) if case.rows), None)
    return str(scraper.target.from_fields(found.target).key) if found else scraper.target.__struct_fields__[0].upper()


def _example(scraper: Scraper[Any, Any]) -> dict[str, Any] | None:
    """The fullest row of the scraper's cases, long values cut short."""
    rows = [row for case in _cases(scraper) for row in case.rows]
    fullest = max(rows, key=lambda row: sum(value not in (None, [], {}) for value in row.values()), default=None)
    return {name: _short(value) for name, value in fullest.items()} if fullest else None


def _cases(scraper: Scraper[Any, Any]) -> list[Case]:
    package = import_module(type(scraper).__module__).__name__.partition(".")[0]
    read = (msgspec.json.decode(path.read_bytes(), type=Case) for name, path in cases(package) if name == scraper.name)
    return [case for case in read if case.outcome is Outcome.OK]


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    if isinstance(value, list):
        return [_short(one) for one in value[:_MOST_ITEMS]]
    if isinstance(value, dict):
        return {name: _short(one) for name, one in list(value.items())[:_MOST_ITEMS]}
    return value


def _table(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [names, tuple("---" for _ in names), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in lines)
