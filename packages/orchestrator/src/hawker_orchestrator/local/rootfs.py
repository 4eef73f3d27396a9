"""Starts a program in a built image's file system, as Lambda and Fargate start it there.

The file system is read-only but for an empty /tmp, the user is the image's and can become no other. Network, devices
and the table of processes are this machine's. It takes Linux, root, and util-linux both here and in the image (all of
Debian's have it). No process stays in between: signals, exit codes, limits and measurements are the program's own.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

from .errors import LocalCloudError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TOOLS: Final = ("unshare", "chroot")
# The mounts are of a namespace of their own, and go with the last process in it.
_MOUNT: Final = """
root=$1
shift
mount --bind "$root" "$root"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
for name in hosts resolv.conf; do
    [ ! -e "$root/etc/$name" ] || mount --bind "/etc/$name" "$root/etc/$name"
done
mount -o remount,bind,ro "$root"
exec "$@"
"""


def check(root: Path) -> None:
    """Raise LocalCloudError where no program can be started in `root`."""
    if not root.is_dir():
        raise LocalCloudError(f"there is no file system {root}")
    if sys.platform != "linux" or os.geteuid() != 0:
        raise LocalCloudError("a built image can be run by root on Linux alone")
    for name in _TOOLS:
        _tool(name)


def enter(root: Path, user: str, cwd: Path, argv: Sequence[str]) -> tuple[str, ...]:
    """Return the command that starts `argv` there.

    Args:
        root: the image's file system.
        user: USER of the image, as numbers: user:group.
        cwd: WORKDIR.
        argv: what to start; the program is looked up in the image, by the environment's PATH.
    """
    return (
        *(_tool("unshare"), "--mount", "--", "/bin/sh", "-euc", _MOUNT, "enter", str(root)),
        *(_tool("chroot"), f"--userspec={user}", "--groups=", str(root)),
        # Changing the user has cleared the parent-death signal that whoever starts this has set.
        *("/usr/bin/setpriv", "--pdeathsig", "KILL", "--no-new-privs", "--"),
        *("/usr/bin/env", f"--chdir={cwd}", *argv),
    )


def _tool(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if found is None:
        raise LocalCloudError(f"{name} is missing: install util-linux and coreutils")
    return found
