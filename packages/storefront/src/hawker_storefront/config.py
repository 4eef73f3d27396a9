"""The storefront's configuration: a TOML or JSON file, or the same as keyword arguments."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


_NOT_SHARES = {"repeats", "retry_after_s", "slow_body_s"}


class ConfigError(ValueError):
    """The configuration is wrong; the message says where and how to mend it."""


class Persistent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Faults that never go away: shares of all targets, in percent.

    Attributes:
        captcha: a block page of the shop's own kind; outcome `blocked`.
        forbidden: 403 or 429 for ever; `blocked`.
        gone: the shop's 404 page; `gone`.
        hang: no answer, or a body that stops in the middle; `timeout`.
        error: 500 for ever; `http`.
        bomb: a small gzip body that inflates to 256 MiB; `http`.
        offsite: a redirect to a foreign host; `http`.
        empty: a search or an offer list with nothing in it; `empty`. Other scrapers' targets are spared.
        garbled: status 200, but the page's main part is missing; `parse`.

    For pages that a browser is needed for; other scrapers' targets are spared:
        endless_script: a script that never yields keeps the page from being drawn; `timeout`.
        crash: a script that kills the browser's renderer; `http`.
        download: the answer is a file to save instead of a page; `http`.
        dialogs: alert, confirm and beforeunload dialogs over a page in good health; `ok`.
        resource: something that the page loads besides never comes, so that it never ends to load; `ok`.
    """

    captcha: float = 0.0
    forbidden: float = 0.0
    gone: float = 0.0
    hang: float = 0.0
    error: float = 0.0
    bomb: float = 0.0
    offsite: float = 0.0
    empty: float = 0.0
    garbled: float = 0.0
    endless_script: float = 0.0
    crash: float = 0.0
    download: float = 0.0
    dialogs: float = 0.0
    resource: float = 0.0


class Transient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Faults that go away after one to `repeats` requests for a page: shares of all pages, in percent. Outcome `ok`.

    Attributes:
        throttled: 429 with Retry-After.
        unavailable: 503.
        reset: the connection is reset.
        truncated: less body than the length says, or a gzip stream cut short.
        slow_body: the body dribbles in over `slow_body_s` seconds; complete in the end.
        encoding: `Content-Encoding: gzip` over a body that is not.
        captcha: a block page.
        repeats: requests that fail at most before the page is served.
        retry_after_s: what Retry-After says, in whole seconds.
        slow_body_s: how long a slow body takes, in seconds.
    """

    throttled: float = 0.0
    unavailable: float = 0.0
    reset: float = 0.0
    truncated: float = 0.0
    slow_body: float = 0.0
    encoding: float = 0.0
    captcha: float = 0.0
    repeats: int = 1
    retry_after_s: int = 1
    slow_body_s: float = 1.0


class Latency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Latency added to every page, in milliseconds, drawn from a log-normal distribution; 0 adds none."""

    median_ms: float = 0.0
    p95_ms: float = 0.0


class Robots(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What /robots.txt says: path prefixes to disallow, or a status to answer instead of 200."""

    disallow: tuple[str, ...] = ()
    status: int = 200


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that decides what is served. The same configuration serves the same pages and faults."""

    seed: int = 1
    persistent: Persistent = Persistent()
    transient: Transient = Transient()
    latency: Latency = Latency()
    robots: Robots = Robots()
    pages: str | None = None

    def __post_init__(self) -> None:
        """Check what types cannot.

        Raises:
            ConfigError: a share, a delay or a count is out of its range.
        """
        lasting, passing = _shares(self.persistent), _shares(self.transient)
        _check_shares("persistent", lasting)
        _check_shares("transient", passing)
        if self.pages is not None and any((*lasting.values(), *passing.values())):
            raise ConfigError("captured pages are served without faults: leave out the faults, or the captured pages")
        if self.transient.repeats < 1:
            raise ConfigError(f"transient.repeats is {self.transient.repeats}: it must be 1 or more")
        for name, value in (
            ("transient.retry_after_s", self.transient.retry_after_s),
            ("transient.slow_body_s", self.transient.slow_body_s),
            ("latency.median_ms", self.latency.median_ms),
        ):
            if value < 0:
                raise ConfigError(f"{name} is {value}: it must be 0 or more")
        if self.latency.p95_ms and self.latency.p95_ms < self.latency.median_ms:
            raise ConfigError("latency.p95_ms is below latency.median_ms: raise it, or leave it out")


def change(config: Config, settings: Iterable[str]) -> Config:
    """A configuration with some settings changed.

    Args:
        config: the one to start from.
        settings: such as `persistent.captcha=2.5`, `robots.disallow=["/sch/"]` or `seed=7`.

    Raises:
        ConfigError: a setting is not of that form, is unknown or out of range.
    """
    values: dict[str, Any] = msgspec.to_builtins(config)
    for setting in settings:
        name, equals, text = setting.partition("=")
        group, dot, key = name.partition(".")
        if not equals:
            raise ConfigError(f"{setting!r} is not name=value: write persistent.captcha=2.5 or the like")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        if dot and isinstance(values.get(group), dict):
            values[group][key] = value
        else:
            values[name] = value
    try:
        return msgspec.convert(values, Config)
    except ValueError as error:
        raise ConfigError(f"wrong setting: {error}") from error


def _shares(group: Persistent | Transient) -> dict[str, float]:
    """The settings of a group that are shares."""
    values: dict[str, float] = msgspec.structs.asdict(group)
    return {name: value for name, value in values.items() if name not in _NOT_SHARES}


def _check_shares(group: str, shares: dict[str, float]) -> None:
    for name, share in shares.items():
        if share < 0:
            raise ConfigError(f"{group}.{name} is {share}: a share is a percentage from 0 to 100")
    if sum(shares.values()) > 100:  # noqa: PLR2004 - percent
        raise ConfigError(f"the shares of [{group}] add up to {sum(shares.values()):g} %: lower them to 100 or less")


def read(path: Path) -> Config:
    """The configuration of a TOML or JSON file, told apart by the file's ending.

    Raises:
        ConfigError: the file is missing, is neither format, or holds something unknown or out of range.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the faults file {path}: {error}") from error
    try:
        values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        return msgspec.convert(values, Config)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the faults file {path} is wrong: {error}") from error


def folder(config: Config, names: Iterable[str]) -> Path | None:
    """The folder of captured pages, or None when pages are made.

    Raises:
        ConfigError: it holds none of the shops' folders.
    """
    if config.pages is None:
        return None
    path = Path(config.pages)
    if not any((path / name / "INDEX.tsv").is_file() for name in names):
        raise ConfigError(f"no captured pages in {path}: expected {', '.join(names)} folders with an INDEX.tsv each")
    return path
