"""The words that everything else speaks: targets, requests, outcomes and the signals a parser may raise."""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003  Money is evaluated where rows are decoded
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import quote, unquote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class Outcome(StrEnum):
    """How a target ended in a run; every target of a run ends in exactly one."""

    OK = "ok"
    EMPTY = "empty"
    GONE = "gone"
    BLOCKED = "blocked"
    TIMEOUT = "timeout"
    HTTP = "http"
    PARSE = "parse"
    SKIPPED = "skipped"

    @property
    def retryable(self) -> bool:
        """Whether resuming the run scrapes such a target again: the shop or the network failed, not the target."""
        return self in {Outcome.BLOCKED, Outcome.TIMEOUT, Outcome.HTTP}


class Refusal(NamedTuple):
    """A shop's no: how the target ends, and the sign it was told by."""

    outcome: Outcome
    detail: str


class Money(NamedTuple):
    """An amount in major units and its ISO 4217 currency, None where neither the text nor the domain tells."""

    amount: Decimal
    currency: str | None


class Signal(Exception):  # noqa: N818  these say how a target ends; only some of them are errors
    """Raised by a parser to end its target with `outcome`; the text becomes the outcome's detail."""

    outcome: Outcome


class Missing(Signal):
    """A value that must be there is not: the page changed, or is not the page that was asked for."""

    outcome = Outcome.PARSE


class Empty(Signal):
    """The shop says that it has nothing for this target."""

    outcome = Outcome.EMPTY


class Gone(Signal):
    """The shop says that this target is no more."""

    outcome = Outcome.GONE


class Skip(Signal):
    """The target is not to be scraped, for the reason given."""

    outcome = Outcome.SKIPPED


class BadTargetError(ValueError):
    """A target that its scraper cannot take; the text names the field and what is wrong with it."""


class Request(msgspec.Struct, frozen=True):
    """A page to fetch: absolute URL, extra headers and cookies, and its number among the target's pages, from 1."""

    url: str
    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    page: int = 1


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one scrape is about. Subclass it with the scraper's fields: the main one first, the others with defaults.

    The canonical `key` is the first field's value, then `;name=value` for each other field that differs from its
    default, in field order; `;` and `%` inside a value are percent-encoded. It tells two targets apart.
    """

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Build a target from named values, as a CSV row or a JSON object gives them; blanks fall to the defaults.

        Raises:
            BadTargetError: a field is missing, unknown or malformed.
        """
        given = {str(k).strip(): v.strip() if isinstance(v, str) else v for k, v in fields.items()}
        given = {k: v for k, v in given.items() if v not in ("", None)}
        try:
            return msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as error:
            name = str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else ""
            what = str(error).partition(" - at `$")[0]
            value = f"{name} {given.get(name)!r}: " if name else ""
            raise BadTargetError(f"{value}{what}; fields are {', '.join(cls.__struct_fields__)}") from None

    @classmethod
    def from_key(cls, key: str) -> Self:
        """Read a canonical key, or one written by hand such as `B00LAYVPOU;domain=de`.

        Raises:
            BadTargetError: as `from_fields`.
        """
        first, *rest = key.split(";")
        fields = {cls.__struct_fields__[0]: unquote(first)}
        for part in rest:
            name, equals, value = part.partition("=")
            if not equals:
                raise BadTargetError(f"{part!r} is not name=value; write {cls.__struct_fields__[0]};name=value")
            fields[name] = unquote(value)
        return cls.from_fields(fields)

    @property
    def key(self) -> str:
        """The canonical key."""
        defaults = {f.name: f.default for f in msgspec.structs.fields(type(self))}
        first, *rest = type(self).__struct_fields__
        parts = [_encode(getattr(self, first))]
        parts += [f"{n}={_encode(getattr(self, n))}" for n in rest if getattr(self, n) != defaults[n]]
        return ";".join(parts)


def _encode(value: object) -> str:
    text = str(value)
    return quote(text, safe="") if ";" in text or "%" in text else text
