"""Structured logs: one JSON object a line, with the run, chunk and target at hand."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_context: ContextVar[dict[str, Any]] = ContextVar("hawker_log_context", default={})  # noqa: B039  never mutated
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, the context, extras, and a traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        extras = {k: v for k, v in vars(record).items() if k not in _STANDARD}
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_context.get(),
            **extras,
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Add fields to every line logged inside, in this task and those it starts."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def configure(level: str) -> None:
    """Send all logs of the process to standard error in this format; replaces handlers that a runtime installed."""
    import time  # noqa: PLC0415

    handler = logging.StreamHandler(sys.stderr)
    formatter = JsonFormatter()
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level.upper())
    for chatty in ("httpx2", "httpcore2", "boto3", "botocore", "urllib3", "hpack"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
