"""Keeps pages and what a scraper makes of them as cases, which its package's tests hold it to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from hawker_core import registry
from hawker_core.testing import Case, examine, page_of
from hawker_orchestrator import scaffold

if TYPE_CHECKING:
    from hawker_core.model import Target


class Kept(NamedTuple):
    """A recorded case: what the scraper gave, the case's file and the page's."""

    case: Case
    path: Path
    page: Path


def keep(
    scraper: str, target: Target, body: bytes, *, url: str, status: int = 200, name: str = "", force: bool = False
) -> Kept:
    """Write a page and what the scraper makes of it now into the scraper's cases.

    Raises:
        ScaffoldError: there is such a case already, unless `force` is given; or no checkout to write to.
    """
    scaffold.checkout()
    slug = name or re.sub(r"[^a-z0-9]+", "_", target.key.lower()).strip("_") or "case"
    if not re.fullmatch(r"[a-z0-9_]+", slug):
        raise scaffold.ScaffoldError(f"{slug!r} is no case's name; use a-z, 0-9 and _")
    package = registry.marketplaces()[registry.marketplace(scraper)]
    folder = Path(str(__import__(f"{package}.scrapers", fromlist=["*"]).__path__[0])) / scraper / "cases"
    path = folder / f"{slug[:80]}.json"
    if path.exists() and not force:
        raise scaffold.ScaffoldError(f"there is a case {path} already; replace it by --force, or choose another --name")
    asked = Case(
        url=url, target={k: v for k, v in msgspec.to_builtins(target).items() if v not in ("", None)}, status=status
    )
    found = examine(scraper, body, asked)
    if path.exists():
        page_of(path).unlink(missing_ok=True)
    page = path.with_suffix(".page.json" if _is_json(body) else ".html")
    folder.mkdir(exist_ok=True)
    page.write_bytes(body)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    return Kept(found, path, page)


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
