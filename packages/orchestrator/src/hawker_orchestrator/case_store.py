"""Keeps pages and what a scraper makes of them as cases, which its package's tests hold it to."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from hawker_core import registry
from hawker_core.privacy import unnamed
from hawker_core.testing import Case, examine, page_of
from hawker_orchestrator.scaffold import ScaffoldError, checkout

if TYPE_CHECKING:
    from hawker_core.model import Target

_LONGEST_NAME = 80


class Kept(NamedTuple):
    """A recorded case: what the scraper gave, and the page's file."""

    case: Case
    page: Path


def place(scraper: str, target: Target, name: str = "", *, force: bool = False) -> Path:
    """Where a case is to stand; its name is made of the target's key unless it is given.

    Raises:
        ScaffoldError: there is such a case already and `force` is not given, or no checkout to write to.
    """
    checkout()
    slug = name or re.sub(r"[^a-z0-9]+", "_", target.key.lower()).strip("_")[:_LONGEST_NAME] or "case"
    if not re.fullmatch(rf"[a-z0-9_]{{1,{_LONGEST_NAME}}}", slug):
        raise ScaffoldError(f"{slug!r} is no case's name; use a-z, 0-9 and _, {_LONGEST_NAME} at most")
    scrapers = import_module(f"{registry.marketplaces()[registry.marketplace(scraper)]}.scrapers").__path__
    path = Path(scrapers[0]) / scraper / "cases" / f"{slug}.json"
    if path.exists() and not force:
        raise ScaffoldError(f"there is a case {path} already; replace it by --force, or choose another --name")
    return path


def keep(path: Path, scraper: str, target: Target, body: bytes, *, url: str, status: int = 200) -> Kept:
    """Write a page, without its visitors' names, and what the scraper makes of it now."""
    body = unnamed(body, registry.load(scraper).site.people)
    fields = {name: value for name, value in msgspec.to_builtins(target).items() if value not in ("", None)}
    found = examine(scraper, body, Case(url=url, target=fields, status=status))
    page_of(path).unlink(missing_ok=True)
    page = path.with_suffix(".page.json" if _is_json(body) else ".html")
    path.parent.mkdir(exist_ok=True)
    page.write_bytes(body)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    return Kept(found, page)


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
