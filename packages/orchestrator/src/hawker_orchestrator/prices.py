"""What AWS charges: prices with their dates and sources, from `prices.toml` or a file of the user's in its form."""

from __future__ import annotations

import datetime as dt
import tomllib
from enum import StrEnum, auto
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Dollars = Annotated[float, msgspec.Meta(ge=0)]


class BadPricesError(ValueError):
    """A price file that cannot be read, or a region or processor that it has none for; the text says how to mend it."""


class Item(StrEnum):
    """What is charged for, as the price file names it."""

    LAMBDA_GB_SECOND = auto()
    LAMBDA_REQUEST = auto()
    FARGATE_SPOT_VCPU_HOUR = auto()
    FARGATE_SPOT_GB_HOUR = auto()
    FARGATE_VCPU_HOUR = auto()
    FARGATE_GB_HOUR = auto()
    PUBLIC_IPV4_HOUR = auto()
    STATE_TRANSITION = auto()
    S3_PUT = auto()
    S3_GET = auto()
    S3_GB_MONTH = auto()
    AURORA_ACU_HOUR = auto()
    AURORA_IO = auto()
    AURORA_GB_MONTH = auto()
    NAT_HOUR = auto()
    NAT_GB = auto()
    DATA_OUT_GB = auto()
    LOG_GB = auto()
    LOG_GB_MONTH = auto()
    ALARM_MONTH = auto()
    SECRET_MONTH = auto()
    SECRET_CALL = auto()
    SCHEDULE_CALL = auto()
    IMAGE_GB_MONTH = auto()
    VM_HOUR = auto()
    VM_DISK_GB_MONTH = auto()


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One price as the file has it: by region, and by processor where it differs."""

    part: str  # what a user reads
    unit: str
    source: str
    date: dt.date
    regions: dict[str, Dollars | dict[str, Dollars]]
    per: Annotated[float, msgspec.Meta(gt=0)] = 1  # the price is for so many units
    free: Annotated[float, msgspec.Meta(ge=0)] = 0  # units a month
    unconfirmed: list[str] = []  # regions


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """One price in one region: `dollars` for `per` units; the first `free` of a month may cost nothing."""

    part: str
    unit: str
    dollars: float
    per: float
    free: float
    source: str
    date: dt.date
    confirmed: bool


def load(region: str, architecture: str, own: Path | None = None) -> Mapping[Item, Price]:
    """All prices of a region for a processor (arm64 or x86_64); those in the user's own file come first.

    Raises:
        BadPricesError: the file, region or processor is none.
        OSError: the file cannot be read.
    """
    entries = _read((files("hawker_orchestrator") / "prices.toml").read_bytes(), "prices.toml")
    if own is not None:
        entries |= _read(own.read_bytes(), str(own))
    return {item: _price(item, entries[item], region, architecture) for item in Item}


def _read(text: bytes, name: str) -> dict[Item, Entry]:
    try:
        decoded: dict[str, Any] = tomllib.loads(text.decode("utf-8"))
        return msgspec.convert(decoded, dict[Item, Entry])
    except ValueError as error:  # of tomllib, of the decoder and of msgspec alike
        raise BadPricesError(f"{name}: {error}; see docs/cost.md for its form") from None


def _price(item: Item, entry: Entry, region: str, architecture: str) -> Price:
    if region not in entry.regions:
        raise BadPricesError(
            f"no price of {item} in {region!r}, there are {', '.join(entry.regions)}; give your own by --prices FILE"
        )
    found = entry.regions[region]
    if isinstance(found, dict):
        if architecture not in found:
            raise BadPricesError(f"no price of {item} for {architecture!r}; there are {', '.join(found)}")
        found = found[architecture]
    return Price(
        part=entry.part,
        unit=entry.unit,
        dollars=found,
        per=entry.per,
        free=entry.free,
        source=entry.source,
        date=entry.date,
        confirmed=region not in entry.unconfirmed,
    )
