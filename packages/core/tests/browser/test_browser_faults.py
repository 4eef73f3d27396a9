"""Browsers that hang, crash, grow or are killed: each costs its own page only, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from awkward import hang
from shopping import Shopper, gone, html, processes, shopper

from hawker_core import Outcome
from hawker_core.fetch import guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from awkward import Answer

    from hawker_core.fetch.chromium import Chromium

HELLO = html("<p>hello<hr>")
BUSY = html("<p>hello<script>setInterval(() => document.title = Date.now(), 100)</script>")
GREEDY = html(
    "<p>hello<script>const kept = []; setInterval(() => kept.push(new Uint8Array(2**25).fill(1)), 50)</script>"
)


def processes_with(work: Shopper, sign: str, without: str = "\n") -> list[int]:
    """The processes of a browser with this in their arguments."""
    pids = guard.descendants(chromium(work)._guard.pid)
    commands = {pid: read(pid, "cmdline").decode() for pid in pids}
    found = [pid for pid, command in commands.items() if sign in command and without not in command]
    assert found
    return found


def read(pid: int, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()


def chromium(work: Shopper) -> Chromium:
    assert work.fetcher._chromium
    return work.fetcher._chromium


def drivers(work: Shopper) -> list[int]:
    return processes_with(work, "--port=0")


def browsers(work: Shopper) -> list[int]:
    return processes_with(work, "--remote-debugging-port", without="--type=")


def tabs(work: Shopper) -> list[int]:
    """Its renderers: the page's, and one that Chromium may keep in store."""
    return processes_with(work, "--type=renderer")


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(hang, id="no answer"),
        pytest.param(html("<p>here<script>while (true) alert('again')</script>"), id="endless dialogs"),
        pytest.param(html("<p>here<script>setTimeout(() => { while (true); }, 300)</script>"), id="endless script"),
    ],
)
def test_a_page_that_hangs_is_ended_from_outside(told: Answer) -> None:
    async def main() -> None:
        async with shopper({"/x": [told], "/y": [HELLO]}, wait_for="hr", total=1.5) as work:
            folder, started = work.folder, time.monotonic()
            refused = await work.refusal("/x")
            assert (refused.outcome, refused.detail) == (Outcome.TIMEOUT, "not ready after 1.5 s")
            assert 1.5 <= time.monotonic() - started < 3.5
            work.fetcher._total = 20.0
            assert (await work.page("/y")).root.text("p") == "hello"
            assert gone(folder)
            assert work.folder != folder

    asyncio.run(main())


def test_a_limit_in_the_settings_is_kept() -> None:
    async def main() -> None:
        async with shopper({"/x": [hang]}, settings={"timeout_seconds": 1.0}) as work:
            assert (await work.refusal()).detail == "not ready after 1 s"

    asyncio.run(main())


@pytest.mark.parametrize("victims", [tabs, browsers, drivers])
def test_a_process_that_dies_costs_its_page(victims: Callable[[Shopper], list[int]]) -> None:
    async def main() -> None:
        async with shopper({"/x": [BUSY], "/y": [HELLO]}, wait_for="hr", total=40.0) as work:
            folder, started = work.folder, time.monotonic()
            loading = asyncio.create_task(work.refusal("/x"))
            await asyncio.sleep(1.0)
            kill(victims(work))
            refused = await loading
            assert refused.outcome is Outcome.HTTP
            assert refused.detail.startswith("browser: ")
            assert not refused.final
            assert time.monotonic() - started < 15
            assert (await work.page("/y")).root.text("p") == "hello"
            assert gone(folder)

    asyncio.run(main())


def test_a_browser_that_died_unused_costs_a_try() -> None:
    async def main() -> None:
        async with shopper({"/x": [HELLO]}) as work:
            kill(browsers(work))
            assert (await work.refusal()).outcome is Outcome.HTTP
            assert (await work.page()).root.text("p") == "hello"

    asyncio.run(main())


def test_a_page_that_is_given_up_ends_the_browser() -> None:
    async def main() -> None:
        async with shopper({"/x": [hang], "/y": [HELLO]}) as work:
            folder = work.folder
            loading = asyncio.create_task(work.page("/x"))
            await asyncio.sleep(1.0)
            loading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await loading
            assert await asyncio.to_thread(gone, folder)
            assert (await work.page("/y")).root.text("p") == "hello"
            last = work.folder
        assert gone(last, 0)

    asyncio.run(main())


def test_a_start_that_is_given_up_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with asyncio.timeout(0.2), shopper({}):
            await asyncio.Event().wait()

    # A short path: Chromium does not start where that of a socket of its own comes to more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="") as inside:
        monkeypatch.setattr(tempfile, "tempdir", inside)
        with pytest.raises(TimeoutError):
            asyncio.run(main())
        assert all(gone(folder) for folder in Path(inside).iterdir())
        assert not list(Path(inside).iterdir())


def test_a_worn_browser_is_replaced_after_so_many_pages() -> None:
    async def main() -> None:
        async with shopper({"/x": [HELLO]}, recycle_pages=2) as work:
            folders = []
            for _ in range(3):
                await work.page()
                folders.append(work.folder)
            first, second, third = folders
            assert first == second != third
            assert gone(first, 0)

    asyncio.run(main())


def test_a_browser_that_has_grown_is_replaced() -> None:
    async def main() -> None:
        async with shopper({"/x": [HELLO]}) as work:
            await work.page()
            grown, folder = chromium(work).memory(), work.folder
            assert 30 << 20 < grown < 500 << 20
            work.fetcher._browse = msgspec.structs.replace(work.fetcher._browse, recycle_bytes=grown * 2 // 3)
            await work.page()
            assert work.folder != folder

    asyncio.run(main())


def test_a_page_that_takes_all_memory_is_ended() -> None:
    async def main() -> None:
        async with shopper({"/x": [GREEDY], "/y": [HELLO]}, wait_for="hr", recycle_bytes=200 << 20) as work:
            refused = await work.refusal("/x")
            assert (refused.outcome, refused.detail) == (Outcome.HTTP, "takes more than 400 MB of memory")
            assert (await work.page("/y")).root.text("p") == "hello"

    asyncio.run(main())


TASK = """
import asyncio, sys
sys.path[:0] = [{tests!r}, {here!r}]
from awkward import hang
from shopping import shopper
async def main():
    async with shopper({{"/x": [hang]}}) as work:
        print(work.folder, flush=True)
        await work.page("/x")
asyncio.run(main())
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_task_that_is_killed_leaves_nothing(end: signal.Signals) -> None:
    here = Path(__file__).parent
    code = TASK.format(here=str(here), tests=str(here.parent))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as task:
        assert task.stdout
        folder = Path(task.stdout.readline().decode().strip())
        time.sleep(0.5)
        assert len(processes(folder)) > 4
        task.send_signal(end)
        assert gone(folder)


def test_no_core_is_dumped_and_no_variable_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAWKER_DATABASE_URL", "postgresql://secret")

    async def main() -> None:
        async with shopper({"/x": [HELLO]}) as work:
            for pid in (*drivers(work), *browsers(work), *tabs(work)):
                assert b"Max core file size        0                    0" in read(pid, "limits")
                assert os.getsid(pid) != os.getsid(0)
            for pid in (*drivers(work), *browsers(work)):  # a tab has written its name over its variables
                assert b"HOME=" in read(pid, "environ")
                assert b"secret" not in read(pid, "environ")

    asyncio.run(main())
