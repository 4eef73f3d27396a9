"""The templates' environment, and the page that every renderer gives back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_ENVIRONMENT = Environment(
    loader=PackageLoader("hawker_storefront"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page and what a right parser reads from it.

    Attributes:
        text: the document.
        rows: the rows that it holds. A field that the page does not answer is left out of its row.
        charset: the encoding that the document is written in.
        declared: whether the Content-Type header names that encoding.
        status: the HTTP status.
        next_page: whether a further page of the same target follows.
    """

    text: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    charset: str = "utf-8"
    declared: bool = True
    status: int = 200
    next_page: bool = False


def render(template: str, **values: Any) -> str:
    """A template of this package with its values filled in."""
    return _ENVIRONMENT.get_template(template).render(**values)


def script_json(value: Any) -> Markup:
    """A value as JSON that is safe inside a script element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Markup(text.replace("</", "<\\/"))  # noqa: S704 - the sequence that ends a script is broken up


def raw(text: str) -> Markup:
    """Markup of this package's own making, not to be escaped."""
    return Markup(text)  # noqa: S704 - our own constant markup
