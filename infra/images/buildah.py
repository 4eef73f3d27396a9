"""Builds the images without a Docker daemon: buildah, on a base that mmdebstrap makes of Debian's own packages.

With Docker the same Dockerfiles build by `docker build`, on the base that they name. All of it runs as root.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections import deque
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from infra.images import machine
from infra.images.lock import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TARGETS: Final = ("lambda", "fargate")
# Debian 13 has the Python of the Dockerfiles' base.
BASE: Final = "localhost/hawker-python:3.13-trixie"
_SUITE: Final = "trixie"
_PACKAGES: Final = "ca-certificates,python-is-python3,python3,python3-pip,python3-venv"
# A storage of our own: what has grown in it can go at once, and nobody else's images with it.
_STORAGE: Final = Path("/var/cache/hawker")
_PROGRAMS: Final = ("buildah", "mmdebstrap")
# What no program reads, as in the slim images: https://wiki.debian.org/ReduceDebian
_DPKG: Final = (
    "path-exclude=/usr/share/doc/*",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "force-unsafe-io",  # a build that is interrupted is thrown away
)


class BuildError(Exception):
    """An image that could not be built; the text says why in one line, or ends with the build's last lines."""


class Built(NamedTuple):
    """An image as built: its name, the bytes of its layers (uncompressed), and the seconds that it took."""

    name: str
    target: str
    size: int
    seconds: float


class Root(NamedTuple):
    """An image's file system as a folder, and its configuration as OCI names it (Env, User, Cmd, Entrypoint ...)."""

    path: Path
    config: dict[str, Any]


def missing() -> str | None:
    """Why nothing can be built on this machine, with the way out; None: it can."""
    lacking = [program for program in _PROGRAMS if shutil.which(program) is None]
    if lacking:
        return f"{' and '.join(lacking)} missing: apt-get install {' '.join(lacking)}, or build with Docker"
    return None if os.geteuid() == 0 else "images are built by root here: run this with sudo, or build with Docker"


def name(marketplace: str, target: str) -> str:
    """What an image is called."""
    return f"localhost/hawker-{marketplace}:{target}"


def make_base() -> None:
    """Make the base that the Dockerfiles' `BASE` stands for here.

    What earlier builds have left goes with the base that it was built on.

    Raises:
        BuildError: no mirror of Debian answers, or an image is in use.
    """
    mirrors = machine.mirrors()
    main = mirrors.get("Debian", "http://deb.debian.org/debian")
    security = mirrors.get("Debian-Security", "http://security.debian.org/debian-security")
    sources = [
        f"deb {main} {_SUITE} main",
        f"deb {main} {_SUITE}-updates main",
        f"deb {security} {_SUITE}-security main",
    ]
    with tempfile.TemporaryDirectory(prefix="hawker-base-", dir="/var/tmp") as folder:  # too large for memory
        archive = Path(folder) / "base.tar"
        options = [f"--dpkgopt={option}" for option in _DPKG]
        _run("mmdebstrap", "--variant=minbase", f"--include={_PACKAGES}", *options, _SUITE, str(archive), *sources)
        _run(*_buildah(), "rmi", "--all", "--force")
        container = _run(*_buildah(), "from", "scratch")
        _run(*_buildah(), "add", "--quiet", container, str(archive), "/")
        _run(*_buildah(), "commit", "--quiet", "--rm", container, BASE)


def has(image: str) -> bool:
    """Whether an image of this name is in the machine's storage."""
    command = [*_buildah(), "inspect", "--type", "image", image]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  our own words
    return done.returncode == 0


def build(marketplace: str, target: str, tell: Callable[[str], None]) -> Built:
    """Build an image, one of TARGETS; `tell` is given each line of the build's as it comes.

    Layers of earlier builds on the same base are used where nothing has changed.

    Raises:
        BuildError: it failed.
    """
    began = time.monotonic()
    image = name(marketplace, target)
    with tempfile.TemporaryDirectory(prefix="hawker-image-") as folder:
        command = [
            *(*_buildah(), "bud", "--isolation", "chroot", "--pull-never", "--layers", "--jobs", "3"),
            *("--build-arg", f"BASE={BASE}", "--target", target, "--tag", image),
            *(word for mount in machine.mounts(Path(folder)) for word in ("--volume", mount)),
            *("--file", f"packages/{marketplace}/Dockerfile", "."),
        ]
        _follow(command, tell)
    manifest = json.loads(json.loads(_run(*_buildah(), "inspect", "--type", "image", image))["Manifest"])
    size = sum(layer["size"] for layer in manifest["layers"])
    return Built(image, target, size, time.monotonic() - began)


@contextmanager
def opened(image: str) -> Iterator[Root]:
    """An image's file system, as a folder that can be written to without changing the image; gone at the end."""
    container = _run(*_buildah(), "from", "--pull-never", image)
    try:
        path = Path(_run(*_buildah(), "mount", container))
        yield Root(path, json.loads(_run(*_buildah(), "inspect", container))["OCIv1"]["config"])
    finally:
        _run(*_buildah(), "rm", container)


@cache
def _buildah() -> tuple[str, ...]:
    """The program with its storage. Overlays do not stack: in a container, unless on a volume, layers are copies."""
    _STORAGE.mkdir(parents=True, exist_ok=True)
    command = ["/usr/bin/stat", "--file-system", "--format", "%T", str(_STORAGE)]
    inside = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "overlayfs"  # noqa: S603
    folders = ("--root", str(_STORAGE / "images"), "--runroot", "/run/hawker/images")
    return ("buildah", *folders, "--storage-driver", "vfs" if inside else "overlay")


def _follow(command: list[str], tell: Callable[[str], None]) -> None:
    last: deque[str] = deque(maxlen=15)
    with subprocess.Popen(  # noqa: S603  the same
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            last.append(line)
            tell(line.rstrip())
    if process.returncode:
        raise BuildError(f"{shlex.join(command)} failed:\n{''.join(last)}")


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  the same
    if done.returncode:
        raise BuildError(f"{shlex.join(command)} failed:\n{done.stderr[-2000:]}")
    return done.stdout.strip()
