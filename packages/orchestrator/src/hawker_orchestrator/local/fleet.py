"""All sandboxes of the local cloud: warm pools per function version, one concurrency limit, gauges.

As on AWS a call beyond the account's limit, or beyond the function's reserved concurrency, is turned away at once
(TooManyRequestsException), and it is the caller's Retry that brings it back; an asynchronous call waits instead.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .endpoint import ACCESS_KEY, SECRET_KEY
from .sandbox import Outcome, Sandbox, SandboxGoneError, SandboxSpec
from .spawn import Spawner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .image import Image

_LOG = logging.getLogger(__name__)

DEFAULT_CONCURRENCY: Final = 64
_IDLE_S: Final = 300.0  # AWS keeps an idle sandbox for some minutes too
_SWEEP_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Function:
    """One version of a Lambda function as created or last updated; without a `handler` the image's command holds."""

    name: str
    version: str
    arn: str
    repository: str
    handler: str
    environment: Mapping[str, str]
    memory_mb: int
    timeout_s: float


class ThrottledError(Exception):
    """The account's or the function's concurrency is used up."""


@dataclass(slots=True)
class _Gauge:
    """What one function did since the cloud started or the gauges were reset."""

    in_flight: int = 0
    peak_in_flight: int = 0
    invocations: int = 0
    errors: int = 0
    throttles: int = 0
    cold_starts: int = 0
    peak_rss_bytes: int = 0


@dataclass(eq=False, slots=True)
class _Pool:
    """The idle sandboxes of one function version, the longest idle first."""

    function: Function
    idle: list[tuple[float, Sandbox]] = field(default_factory=list)
    retired: bool = False


def _image(images: Mapping[str, Image], pool: _Pool) -> Image | None:
    return images.get(pool.function.repository)


class Fleet:
    """Invokes functions, each call in a sandbox of its own."""

    def __init__(
        self,
        images: Mapping[str, Image],
        logs: Path,
        region: str,
        endpoint: str,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> None:
        self.images = images
        self.logs = logs
        self._region = region
        self._endpoint = endpoint
        self._concurrency = concurrency
        self._spawner = Spawner()
        self._pools: dict[str, _Pool] = {}
        self._gauges: defaultdict[str, _Gauge] = defaultdict(_Gauge)
        self._in_flight = 0
        self._peak_in_flight = 0
        self._sandboxes: set[Sandbox] = set()
        self._free = threading.Condition()
        self._closed = threading.Event()
        threading.Thread(target=self._sweep, name="fleet-sweep", daemon=True).start()

    def invoke(self, function: Function, payload: bytes, *, reserved: int | None = None, wait: bool = False) -> Outcome:
        """Run one event.

        Args:
            function: what to run; a changed configuration retires the version's warm sandboxes.
            payload: the event as JSON.
            reserved: the function's reserved concurrency.
            wait: queue for a free place (asynchronous calls) instead of being throttled.

        Raises:
            ThrottledError: no place is free and `wait` is false.
        """
        with self._place(function.name, reserved, wait=wait) as gauge:
            while True:
                pool, sandbox = self._take(function, gauge)
                try:
                    outcome = sandbox.invoke(payload)
                except SandboxGoneError:
                    self._discard(sandbox)
                    continue
                with self._free:
                    gauge.errors += outcome.error
                    gauge.peak_rss_bytes = max(gauge.peak_rss_bytes, sandbox.peak_rss)
                self._give_back(pool, sandbox)
                return outcome

    def push(self, images: Mapping[str, Image]) -> None:
        """Replace the images; a function whose image has changed meets a new sandbox at its next invocation."""
        with self._free:
            before, self.images = self.images, images
            stale = [pool for pool in self._pools.values() if _image(before, pool) != _image(images, pool)]
            for pool in stale:
                del self._pools[pool.function.arn]
        for pool in stale:
            self._retire(pool)

    def retire(self, name: str) -> None:
        """Let no further event of the function `name` meet a sandbox that is running now: its code has changed."""
        with self._free:
            pools = [pool for pool in self._pools.values() if pool.function.name == name]
            for pool in pools:
                del self._pools[pool.function.arn]
        for pool in pools:
            self._retire(pool)

    def stats(self) -> dict[str, Any]:
        """Return the gauges as JSON-ready values; sizes in bytes."""
        with self._free:
            return {
                "concurrency_limit": self._concurrency,
                "in_flight": self._in_flight,
                "peak_in_flight": self._peak_in_flight,
                "sandboxes": len(self._sandboxes),
                "functions": {name: asdict(gauge) for name, gauge in sorted(self._gauges.items())},
            }

    def reset_stats(self) -> None:
        """Start counting and measuring anew; what is in flight stays counted."""
        with self._free:
            self._peak_in_flight = self._in_flight
            for gauge in self._gauges.values():
                gauge.peak_in_flight = gauge.in_flight
                gauge.invocations = gauge.errors = gauge.throttles = gauge.cold_starts = gauge.peak_rss_bytes = 0

    def close(self) -> None:
        """Kill every sandbox; calls in flight end as a runtime that exited."""
        self._closed.set()
        with self._free:
            sandboxes = list(self._sandboxes)
            self._free.notify_all()
        for sandbox in sandboxes:
            self._discard(sandbox)
        self._spawner.close()

    @contextmanager
    def _place(self, name: str, reserved: int | None, *, wait: bool) -> Iterator[_Gauge]:
        with self._free:
            gauge = self._gauges[name]

            def full() -> bool:
                return self._in_flight >= self._concurrency or (reserved is not None and gauge.in_flight >= reserved)

            while full() and not self._closed.is_set():
                if not wait:
                    gauge.throttles += 1
                    raise ThrottledError
                self._free.wait()
            if self._closed.is_set():
                raise ThrottledError
            gauge.invocations += 1
            gauge.in_flight += 1
            gauge.peak_in_flight = max(gauge.peak_in_flight, gauge.in_flight)
            self._in_flight += 1
            self._peak_in_flight = max(self._peak_in_flight, self._in_flight)
        try:
            yield gauge
        finally:
            with self._free:
                gauge.in_flight -= 1
                self._in_flight -= 1
                self._free.notify()

    def _take(self, function: Function, gauge: _Gauge) -> tuple[_Pool, Sandbox]:
        """Return a warm sandbox of the function, or start one."""
        stale, surplus = None, None
        with self._free:
            pool = self._pools.get(function.arn)
            if pool is not None and pool.function != function:
                stale, pool = pool, None
            if pool is None:
                pool = self._pools[function.arn] = _Pool(function)
            while pool.idle:
                sandbox = pool.idle.pop()[1]
                if sandbox.alive:
                    break
                self._sandboxes.discard(sandbox)
            else:
                sandbox = None
                gauge.cold_starts += 1
                if len(self._sandboxes) >= self._concurrency:
                    surplus = self._longest_idle()
        if stale is not None:
            self._retire(stale)
        if surplus is not None:
            self._discard(surplus)
        if sandbox is None:
            sandbox = Sandbox(self._spec(function), self._spawner)
            with self._free:
                self._sandboxes.add(sandbox)
        return pool, sandbox

    def _give_back(self, pool: _Pool, sandbox: Sandbox) -> None:
        with self._free:
            keep = sandbox.alive and not pool.retired and not self._closed.is_set()
            if keep:
                pool.idle.append((time.monotonic(), sandbox))
        if not keep:
            self._discard(sandbox)

    def _discard(self, sandbox: Sandbox) -> None:
        sandbox.kill()
        with self._free:
            self._sandboxes.discard(sandbox)

    def _retire(self, pool: _Pool) -> None:
        with self._free:
            pool.retired = True
            idle, pool.idle = pool.idle, []
        for _, sandbox in idle:
            self._discard(sandbox)

    def _longest_idle(self) -> Sandbox | None:
        """Take the sandbox that has idled longest out of its pool; the caller holds the lock."""
        pools = [pool for pool in self._pools.values() if pool.idle]
        return min(pools, key=lambda pool: pool.idle[0][0]).idle.pop(0)[1] if pools else None

    def _sweep(self) -> None:
        while not self._closed.wait(_SWEEP_S):
            before = time.monotonic() - _IDLE_S
            with self._free:
                expired = []
                for pool in self._pools.values():
                    expired += [sandbox for since, sandbox in pool.idle if since < before]
                    pool.idle = [(since, sandbox) for since, sandbox in pool.idle if since >= before]
            for sandbox in expired:
                self._discard(sandbox)

    def _spec(self, function: Function) -> SandboxSpec:
        image = self.images[function.repository]
        handler = function.handler or image.command
        runtime = image.entry_point or (image.python, "-m", "awslambdaric")
        return SandboxSpec(
            argv=image.start([*runtime, handler]),
            cwd=image.host_cwd,
            env=self._environment(image, handler, function),
            memory_mb=function.memory_mb,
            timeout_s=function.timeout_s,
            function_arn=function.arn,
            version=function.version,
            log=self.logs / f"lambda-{function.name}.log",
        )

    def _environment(self, image: Image, handler: str, function: Function) -> dict[str, str]:
        """Return the whole environment of a sandbox: nothing of this process's own gets in.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        return {
            "PATH": f"{Path(image.python).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": "/tmp",  # noqa: S108  # as on Lambda /tmp is what a function may write to
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "AWS_ENDPOINT_URL": self._endpoint,
            **image.env,
            **function.environment,
            # Reserved: on AWS too a function cannot set these.
            "_HANDLER": handler,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": f"{function.timeout_s:g}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": function.version,
            "LAMBDA_TASK_ROOT": str(image.cwd),
        }
