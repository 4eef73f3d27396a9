"""What the local cloud says when it cannot do its work."""

from __future__ import annotations


class LocalCloudError(Exception):
    """The local cloud cannot start, stop or answer; the message is one line a user can act on."""
