"""A fetched page and what a parser reads from it: `Node` for HTML, `Data` for JSON.

Strict reads (`one`, `text`, `attr`, `money`) raise `Missing`, naming what they looked for, where their `maybe_` forms
give None. Each takes alternatives in order of preference, one per layout: the first that holds something wins.
"""

from __future__ import annotations

import codecs
import re
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urljoin

import msgspec
from lxml import etree
from parsel import Selector
from parsel.csstranslator import HTMLTranslator
from w3lib.encoding import html_to_unicode

from hawker_core.convert import count, money, rating, squash
from hawker_core.model import Missing, Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element

T = TypeVar("T")


def _xpath(expression: str) -> Callable[[_Element], list[Any]]:
    # lxml's stubs cannot tell which of XPath's many result types an expression gives; ours all give lists.
    return cast("Callable[[_Element], list[Any]]", etree.XPath(expression))


_SEEN = _xpath(
    ".//text()[not(ancestor::script or ancestor::style or ancestor::template or ancestor::noscript)] | .//br"
)
_OWN = _xpath("text()")
_HEAD = 4096  # bytes in which a page must name its charset; browsers look at 1024
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
# One half of a pair, as scripts leave that cut a text inside an emoji: no character, and to strict decoders no JSON.
_LONE_SURROGATE = re.compile(
    rb"\\u[dD][89abAB][\da-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][\da-fA-F]{2})\\u[dD][c-fC-F][\da-fA-F]{2}"
)


@lru_cache(maxsize=4096)  # selectors may hold values of the page
def _compiled(css: str) -> Callable[[_Element], list[Any]]:
    return _xpath(HTMLTranslator().css_to_xpath(css, prefix="descendant::"))


class Node:
    """An element of a page. CSS selectors, read from this element downwards; texts are squashed."""

    __slots__ = ("_element",)

    def __init__(self, element: _Element) -> None:
        self._element = element

    def all(self, *css: str) -> list[Node]:
        """The elements of the first selector that finds any; none where none does."""
        for selector in css:
            if found := _compiled(selector)(self._element):
                return [Node(element) for element in found]
        return []

    def maybe(self, *css: str) -> Node | None:
        """The first element of the first selector that finds any."""
        found = self.all(*css)
        return found[0] if found else None

    def one(self, *css: str) -> Node:
        """As `maybe`; Missing when no selector finds anything."""
        return _there(self.maybe(*css), css)

    def has(self, *css: str) -> bool:
        """Whether any selector finds an element."""
        return bool(self.all(*css))

    @property
    def content(self) -> str:
        """All text that a reader sees in this element, a line break as a blank; scripts and templates left out."""
        return squash("".join(part if isinstance(part, str) else " " for part in _SEEN(self._element)))

    @property
    def own_content(self) -> str:
        """The text directly in this element, that of its children left out."""
        return squash(" ".join(_OWN(self._element)))

    @property
    def raw(self) -> str:
        """All text in this element to the letter, scripts included."""
        return "".join(str(text) for text in self._element.itertext())

    @property
    def html(self) -> str:
        """This element's markup."""
        return str(etree.tostring(self._element, encoding="unicode", method="html", with_tail=False))

    @property
    def tag(self) -> str:
        """The element's name in lower case."""
        return str(self._element.tag).lower()

    def next(self) -> Node | None:
        """The element that follows at the same level."""
        found = self._element.getnext()
        while found is not None and not isinstance(found.tag, str):  # comments
            found = found.getnext()
        return None if found is None else Node(found)

    def up(self) -> Node | None:
        """The element around this one."""
        found = self._element.getparent()
        return None if found is None else Node(found)

    def get(self, name: str) -> str | None:
        """This element's own attribute, squashed; None where it is absent or blank."""
        return squash(str(self._element.get(name) or "")) or None

    def maybe_text(self, *css: str) -> str | None:
        """The first text that is not blank, over all elements of all selectors in turn."""
        return next((text for s in css for node in self.all(s) if (text := node.content)), None)

    def text(self, *css: str) -> str:
        """As `maybe_text`; Missing when there is nothing but blanks."""
        return _there(self.maybe_text(*css), css)

    def texts(self, *css: str) -> list[str]:
        """The texts that are not blank of the first selector that finds any."""
        return [text for node in self.all(*css) if (text := node.content)]

    def maybe_attr(self, name: str, *css: str) -> str | None:
        """The first value of an attribute that is not blank, over all elements of all selectors in turn."""
        return next((value for s in css for node in self.all(s) if (value := node.get(name))), None)

    def attr(self, name: str, *css: str) -> str:
        """As `maybe_attr`, or without a selector this element's own; Missing when there is none, or a blank one."""
        return _there(self.maybe_attr(name, *css) if css else self.get(name), [f"{c}[{name}]" for c in css or ("",)])

    def _maybe_read(self, read: Callable[[str], T | None], css: tuple[str, ...]) -> T | None:
        return next((v for s in css for node in self.all(s) if (v := read(node.content)) is not None), None)

    def maybe_money(self, *css: str, currency: str | None = None) -> Money | None:
        """The first text that holds a price; `currency` is what a bare sign means on this domain."""
        return self._maybe_read(lambda text: money(text, currency), css)

    def money(self, *css: str, currency: str | None = None) -> Money:
        """As `maybe_money`; Missing when there is no price."""
        return _there(self.maybe_money(*css, currency=currency), css)

    def maybe_count(self, *css: str) -> int | None:
        """The first text that holds a whole number."""
        return self._maybe_read(count, css)

    def maybe_rating(self, *css: str) -> Decimal | None:
        """The first text that holds stars out of five."""
        return self._maybe_read(rating, css)


class Data:
    """A value inside decoded JSON. Paths are dotted names; a number names an element of a list.

    An alternative matches where its path leads to something other than null.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def _walk(self, path: str) -> Any:
        value = self.value
        for step in path.split(".") if path else ():
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value

    def maybe(self, *paths: str) -> Data | None:
        """The first path that leads somewhere."""
        return next((Data(v) for p in paths if (v := self._walk(p)) is not None), None)

    def one(self, *paths: str) -> Data:
        """As `maybe`; Missing when no path leads anywhere."""
        return _there(self.maybe(*paths), paths)

    def all(self, *paths: str) -> list[Data]:
        """The elements of the first path that leads to a list that is not empty."""
        found = next((v for p in paths if isinstance(v := self._walk(p), list) and v), [])
        return [Data(v) for v in found]

    def maybe_text(self, *paths: str) -> str | None:
        """The first text or number that is not blank, squashed."""
        values = (v for p in paths if isinstance(v := self._walk(p), str | int | float) and not isinstance(v, bool))
        return next((text for v in values if (text := squash(str(v)))), None)

    def text(self, *paths: str) -> str:
        """As `maybe_text`; Missing when there is nothing but blanks."""
        return _there(self.maybe_text(*paths), paths)

    def texts(self, *paths: str) -> list[str]:
        """The texts in the first list that is not empty."""
        return [text for item in self.all(*paths) if (text := item.maybe_text(""))]

    def maybe_number(self, *paths: str) -> Decimal | None:
        """The first number, exact as printed; a text that is a JSON number or a price counts."""
        for text in (text for p in paths if (text := self.maybe_text(p))):
            if _NUMBER.fullmatch(text):
                return Decimal(text)
            if found := money(text):
                return found.amount
        return None

    def maybe_count(self, *paths: str) -> int | None:
        """The first whole number."""
        value = self.maybe_number(*paths)
        return None if value is None else int(value)

    def maybe_flag(self, *paths: str) -> bool | None:
        """The first true or false."""
        return next((v for p in paths if isinstance(v := self._walk(p), bool)), None)


class Page:
    """One answer of a shop, untouched: `url` (after redirects), `status`, `body` (decompressed bytes), `number`.

    HTML and JSON are decoded at most once, when first asked for. `number` counts the target's pages from 1.
    """

    def __init__(
        self, url: str, body: bytes, *, status: int = 200, content_type: str | None = None, number: int = 1
    ) -> None:
        self.url = url
        self.body = body
        self.status = status
        self.content_type = content_type
        self.number = number
        self.bad: list[str] = []
        self.screenshot: bytes | None = None  # PNG, from a browser

    @cached_property
    def root(self) -> Node:
        """The document's root element.

        Raises:
            Missing: the body holds no element at all.
        """
        if not self.body.strip():
            raise Missing("an HTML element")
        # Header, byte order mark and meta tag are weighed as browsers do; a wrong charset costs letters, not the page.
        encoding, _ = html_to_unicode(self.content_type, self.body[:_HEAD], auto_detect_fun=_utf8_or_latin)
        root = Selector(body=self.body, type="html", encoding=encoding, base_url=self.url).root
        if root is None:
            raise Missing("an HTML element")
        return Node(root)

    @cached_property
    def data(self) -> Data:
        """The body as JSON.

        Raises:
            Missing: it is no JSON.
        """
        return decode(self.body, "a JSON body")

    def script(self, *css: str) -> Data:
        """The JSON inside the first script element that a selector finds.

        Raises:
            Missing: no such script, or no JSON in it.
        """
        return decode(self.root.one(*css).raw.encode(), css[0])

    def each(self, nodes: list[T], read: Callable[[T], Any]) -> Iterator[Any]:
        """Read each node of a list, keep the good rows and count the bad ones.

        `read` returns a row, or None for a node that is no row. When every node is bad the list's layout is not
        understood.

        Raises:
            Missing: all nodes are bad; the first one's reason.
        """
        bad: list[Missing] = []
        for node in nodes:
            try:
                row = read(node)
            except Missing as missing:
                bad.append(missing)
                self.bad.append(str(missing))
                continue
            if row is not None:
                yield row
        if nodes and len(bad) == len(nodes):
            raise bad[0]

    def join(self, href: str) -> str:
        """An absolute URL for a link of this page."""
        return urljoin(self.url, href)


def decode(text: bytes | str, what: str) -> Data:
    """JSON text as Data.

    Raises:
        Missing: it is no JSON; names `what`.
    """
    encoded = text.encode(errors="replace") if isinstance(text, str) else text
    try:
        try:
            return Data(msgspec.json.decode(encoded))
        except msgspec.DecodeError:
            return Data(msgspec.json.decode(_LONE_SURROGATE.sub(rb"\\ufffd", encoded)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Missing(f"{what} (no JSON in it)") from None


def _utf8_or_latin(head: bytes) -> str:
    try:
        # A head that is shorter than the body may end inside a character.
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < _HEAD)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _there(value: T | None, looked_for: Any) -> T:
    if value is None:
        raise Missing(" | ".join(looked_for))
    return value
