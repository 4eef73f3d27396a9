"""What stands in for a container image: this machine's own Python, or the file system of a built image."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import rootfs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_REGISTRY = re.compile(r"^[^/]+\.amazonaws\.com/")


@dataclass(frozen=True, slots=True)
class Image:
    """What a container image holds: an interpreter, a working directory, ENV, CMD and ENTRYPOINT.

    The command is a handler's dotted name for Lambda, words as in a shell for a task. With a `root` the image is a
    built one: all paths but `root` are those in its file system.
    """

    python: str
    cwd: Path
    env: Mapping[str, str]
    command: str
    entry_point: tuple[str, ...] = ()  # none: awslambdaric for a function, nothing for a task
    root: Path | None = None
    user: str = "0:0"  # in `root`, as numbers: user:group

    @property
    def host_cwd(self) -> Path:
        """Where this machine starts what `start` returns; inside a `root` the way to `cwd` follows."""
        return self.cwd if self.root is None else Path("/")

    def start(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Return the command that this machine starts so that `argv` runs in the image."""
        if self.root is None:
            return tuple(argv)
        return rootfs.enter(self.root, self.user, self.cwd, argv)


def repository(uri: str) -> str:
    """Return an image URI's repository: no registry, tag or digest."""
    return _REGISTRY.sub("", uri).split("@")[0].split(":")[0]


def images_to_json(images: Mapping[str, Image]) -> dict[str, Any]:
    """Return images by repository name as JSON-ready values."""
    return {name: _to_json(image) for name, image in images.items()}


def images_from_json(document: dict[str, Any]) -> dict[str, Image]:
    """Read what `images_to_json` wrote."""
    return {name: _from_json(fields) for name, fields in document.items()}


def _to_json(image: Image) -> dict[str, Any]:
    fields = {**asdict(image), "env": dict(image.env)}
    return fields | {name: str(path.absolute()) for name, path in fields.items() if isinstance(path, Path)}


def _from_json(fields: dict[str, Any]) -> Image:
    paths = {name: Path(fields[name]) for name in ("cwd", "root") if fields[name] is not None}
    return Image(**{**fields, **paths, "entry_point": tuple(fields["entry_point"])})
