"""Start processes that are bounded in memory and die with their parent."""

from __future__ import annotations

import logging
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LOG = logging.getLogger(__name__)


class Spawner:
    """Starts every process from one thread that lives as long as this one does.

    Linux's parent-death signal means the parent *thread*: what a request's thread starts would die with the request.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spawner")
        self._prlimit = shutil.which("prlimit")
        self._setpriv = shutil.which("setpriv")
        if self._prlimit is None:
            _LOG.warning("prlimit is missing: Lambda memory limits are not enforced (Linux: install util-linux)")
        if self._setpriv is None:
            _LOG.warning("setpriv is missing: a killed cloud may leave sandboxes behind (Linux: install util-linux)")

    @property
    def orphans_die(self) -> bool:
        """Whether a process dies with this one even when this one is killed."""
        return self._setpriv is not None

    def start(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], log_fd: int, memory_mb: int
    ) -> subprocess.Popen[bytes]:
        """Start `argv` in a session of its own with exactly `env`; both outputs go to `log_fd`.

        `memory_mb` (MiB) bounds heap and private mappings (RLIMIT_DATA). RLIMIT_AS would count what is merely reserved,
        which breaks threads. No core files.
        """
        death = [self._setpriv, "--pdeathsig", "KILL", "--"] if self._setpriv else []
        limit = [self._prlimit, f"--data={memory_mb << 20}", "--core=0"] if self._prlimit else []
        return self._thread.submit(
            subprocess.Popen,
            [*death, *limit, *argv],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=log_fd,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ).result()

    def close(self) -> None:
        """End the thread, and with it (on Linux) whatever it started."""
        self._thread.shutdown()
