"""Hawker's storefront: the three shops offline, for the demo, load and fault tests. Never deployed."""

from __future__ import annotations

from hawker_storefront.config import Config, ConfigError, Latency, Persistent, Robots, Transient
from hawker_storefront.faults import expected
from hawker_storefront.run import Running, running, start
from hawker_storefront.targets import key, targets, url

__all__ = [
    "Config",
    "ConfigError",
    "Latency",
    "Persistent",
    "Robots",
    "Running",
    "Transient",
    "expected",
    "key",
    "running",
    "start",
    "targets",
    "url",
]
