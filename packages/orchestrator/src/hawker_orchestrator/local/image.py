"""What stands in for a container image."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_REGISTRY = re.compile(r"^[^/]+\.amazonaws\.com/")


@dataclass(frozen=True, slots=True)
class Image:
    """What a container image holds: an interpreter, a working directory, ENV, and CMD.

    The command is a handler's dotted name for Lambda, words as in a shell for a task.
    """

    python: str
    cwd: Path
    env: Mapping[str, str]
    command: str


def repository(uri: str) -> str:
    """Return an image URI's repository: no registry, tag or digest."""
    return _REGISTRY.sub("", uri).split("@")[0].split(":")[0]


def images_to_json(images: Mapping[str, Image]) -> dict[str, Any]:
    """Return images by repository name as JSON-ready values."""
    return {
        name: {**asdict(image), "env": dict(image.env), "cwd": str(image.cwd.resolve())}
        for name, image in images.items()
    }


def images_from_json(document: dict[str, Any]) -> dict[str, Image]:
    """Read what `images_to_json` wrote."""
    return {name: Image(**{**fields, "cwd": Path(fields["cwd"])}) for name, fields in document.items()}
