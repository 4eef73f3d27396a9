"""What a build needs of the machine it runs on: its certificates, and where its pip and apt get packages from.

A build sees them by mounts while it runs. An image keeps their empty mount points, the repository nothing at all.
"""

from __future__ import annotations

import os
import re
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
# https://pip.pypa.io/en/stable/topics/configuration/#location, the later ones first served
_PIP_FILES: Final = ("/etc/xdg/pip/pip.conf", "/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")
_PIP_OPTIONS: Final = frozenset(
    {"index-url", "extra-index-url", "find-links", "trusted-host", "cert", "client-cert", "proxy", "timeout", "retries"}
)
# How apt fetches; what it makes of it is the image's own affair.
_APT_OPTIONS: Final = re.compile(r"Acquire::(http|https|Retries|Check-|AllowInsecure|AllowWeak)", re.IGNORECASE)


def mounts(folder: Path) -> list[str]:
    """The mounts, as `source:target:ro`; the files made for them are written to `folder`."""
    pip, apt = folder / "pip.conf", folder / "apt.conf"
    config = _pip_config()
    with pip.open("w", encoding="utf-8") as file:
        config.write(file)
    apt.write_text(_apt_config(), "utf-8")
    seen = {_CERTIFICATES: _CERTIFICATES, pip: Path("/etc/pip.conf"), apt: Path("/etc/apt/apt.conf.d/90machine")}
    seen |= {path: path for path in _local_paths(config)}
    return [f"{source}:{target}:ro" for source, target in seen.items() if source.exists()]


def mirrors() -> dict[str, str]:
    """The machine's mirrors of Debian by label, `Debian` and `Debian-Security`; none on other systems."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"],  # noqa: S607  apt's
        capture_output=True,
        text=True,
        check=False,  # no apt: no mirrors
    )
    pairs = [line.split(" ", 1) for line in listed.stdout.splitlines()]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}  # noqa: PLR2004  a pair


def _pip_config() -> RawConfigParser:
    """The machine's pip configuration and PIP_ variables as one file, as far as it tells where packages come from."""
    given = RawConfigParser()
    given.read([*(Path(name).expanduser() for name in _PIP_FILES), os.environ.get("PIP_CONFIG_FILE", os.devnull)])
    kept = RawConfigParser()
    kept.add_section("global")
    for section in ("global", "install"):
        if given.has_section(section):
            for name, value in given.items(section):
                kept.set("global", name.replace("_", "-"), value)
    for name, value in os.environ.items():
        if name.startswith("PIP_"):
            kept.set("global", name.removeprefix("PIP_").lower().replace("_", "-"), value)
    for name in set(kept.options("global")) - _PIP_OPTIONS:
        kept.remove_option("global", name)
    return kept


def _local_paths(config: RawConfigParser) -> set[Path]:
    """The files and folders that the configuration names; of an index on disk, the folder that holds its files too."""
    found: set[Path] = set()
    for word in " ".join(config.get("global", option) for option in config.options("global")).split():
        if word.startswith("file:"):
            path = Path(urlsplit(word).path)
            found.add(path.parent if path.name == "simple" else path)
        elif word.startswith("/"):
            found.add(Path(word))
    return found


def _apt_config() -> str:
    dumped = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=False)  # noqa: S607
    return "".join(f"{line}\n" for line in dumped.stdout.splitlines() if _APT_OPTIONS.match(line))
