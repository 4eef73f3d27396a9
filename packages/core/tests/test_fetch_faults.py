"""What goes wrong on the wire, injected by a server of our own, and how the target ends for it."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from awkward import answer, drip, hang, partly, redirect, reset, shop

from hawker_core import Outcome
from hawker_core.fetch import Budget

if TYPE_CHECKING:
    from awkward import Answer

    from hawker_core import Page
    from hawker_core.fetch import RefusedError

pytestmark = pytest.mark.usefixtures("impatient")
HELLO = b"<p>hello"
BOMB = gzip.compress(bytes(8 << 20))


def got(script: list[Answer], *, retries: int = 0, **policy: Any) -> Page:
    """The page that a script of answers gives."""

    async def main() -> Page:
        async with shop({"/x": script}, policy=policy) as client:
            return await client.get("/x", retries=retries)

    return asyncio.run(main())


def refused(script: list[Answer], *, retries: int = 0, times: int | None = None, **policy: Any) -> RefusedError:
    """How a script of answers ends; `times` is how often the page must have been asked for."""

    async def main() -> RefusedError:
        async with shop({"/x": script}, policy=policy) as client:
            refusal = await client.refusal("/x", retries=retries)
            assert times is None or client.server.times("/x") == times
            return refusal

    return asyncio.run(main())


@pytest.mark.parametrize(
    "fault",
    [
        answer(503),
        answer(500),
        answer(429),
        answer(408),
        answer(200, b"captcha"),
        reset,
        partly(b""),
        partly(answer(body=HELLO, length=1000)),
        answer(body=gzip.compress(HELLO)[:-9], content_encoding="gzip"),
        answer(body=HELLO, content_encoding="gzip"),
        answer(body=HELLO, content_encoding="deflate"),
        partly(b"HTTP/1.1 200 OK\r\nContent-Length: zwei\r\n\r\n"),
        partly(b"SSH-2.0-OpenSSH_9.9\r\n"),
        partly(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        redirect("/nowhere", status=307).replace(b"location", b"elsewhere"),
    ],
)
def test_a_fault_that_passes_costs_a_retry(fault: Answer) -> None:
    assert got([fault, answer(body=HELLO)], retries=1).body == HELLO


@pytest.mark.parametrize(
    ("fault", "outcome", "sign"),
    [
        (answer(503), Outcome.HTTP, "status 503"),
        (answer(500), Outcome.HTTP, "status 500"),
        (answer(204, b""), Outcome.HTTP, "status 204"),
        (answer(403), Outcome.BLOCKED, "status 403"),
        (answer(429), Outcome.BLOCKED, "status 429"),
        (answer(200, b"captcha"), Outcome.BLOCKED, "captcha"),
        (answer(404, b"captcha"), Outcome.BLOCKED, "captcha"),
        (reset, Outcome.HTTP, "Error"),
        (partly(b""), Outcome.HTTP, "disconnected"),
        (partly(answer(body=HELLO, length=1000)), Outcome.HTTP, "Error"),
        (answer(body=gzip.compress(HELLO)[:-9], content_encoding="gzip"), Outcome.HTTP, "broken gzip body"),
        (answer(body=zlib.compress(HELLO)[:-9], content_encoding="deflate"), Outcome.HTTP, "broken deflate body"),
        (answer(body=b"<p>no gzip", content_encoding="gzip"), Outcome.HTTP, "broken gzip body"),
    ],
)
def test_a_fault_that_stays_ends_the_target_after_all_retries(fault: Answer, outcome: Outcome, sign: str) -> None:
    refusal = refused([fault], retries=2, times=3)
    assert refusal.outcome is outcome
    assert sign in refusal.detail
    assert "\n" not in refusal.detail


@pytest.mark.parametrize(
    ("fault", "outcome", "sign"),
    [
        (answer(404), Outcome.GONE, "status 404"),
        (answer(410), Outcome.GONE, "status 410"),
        (answer(400), Outcome.HTTP, "status 400"),
        (answer(200, b"no longer sold"), Outcome.GONE, "delisted"),
        (answer(body=b"<p>", content_encoding="br"), Outcome.HTTP, "content-encoding br, not asked for"),
        (answer(body=b"x" * 70_000), Outcome.HTTP, "page larger than 65536 bytes"),
        (answer(body=BOMB, content_encoding="gzip"), Outcome.HTTP, "page larger than 65536 bytes"),
        (answer(body=zlib.compress(bytes(70_000)), content_encoding="deflate"), Outcome.HTTP, "page larger"),
        (redirect("https://elsewhere.example/y"), Outcome.HTTP, "leads off the shop, to https://elsewhere.example"),
        (redirect("https://www.shop.example@elsewhere.example/"), Outcome.HTTP, "leads off the shop"),
        (redirect("//elsewhere.example/y"), Outcome.HTTP, "leads off the shop, to http://elsewhere.example"),
        (redirect("ftp://www.shop.example/y"), Outcome.HTTP, "leads off the shop, to ftp://www.shop.example"),
        (redirect("file:///etc/passwd"), Outcome.HTTP, "leads off the shop, to file://"),
        (redirect("javascript:alert(1)"), Outcome.HTTP, "leads off the shop"),
        (redirect("http://[half"), Outcome.HTTP, "malformed URL"),
        (redirect("/" + "x" * 70_000), Outcome.HTTP, "malformed URL"),
    ],
)
def test_what_no_retry_can_mend_is_asked_for_once(fault: Answer, outcome: Outcome, sign: str) -> None:
    refusal = refused([fault], retries=3, times=1, max_bytes=1 << 16)
    assert refusal.outcome is outcome
    assert sign in refusal.detail


@pytest.mark.parametrize(
    ("script", "policy", "sign"),
    [
        ([hang], {"read": 0.1}, "read time-out"),
        ([hang], {"total": 0.1}, "total time-out"),
        ([partly(answer(length=1000), then_close=False)], {"read": 0.1}, "read time-out"),
        ([drip([b"x"] * 100, 0.05)], {"read": 5.0, "total": 0.2}, "total time-out"),
    ],
)
def test_a_server_that_is_too_slow(script: list[Answer], policy: dict[str, float], sign: str) -> None:
    started = time.monotonic()
    refusal = refused(script, **policy)
    assert time.monotonic() - started < 5
    assert refusal.outcome is Outcome.TIMEOUT
    assert refusal.detail.startswith(sign)


def test_a_cap_on_all_time_outs() -> None:
    async def main() -> RefusedError:
        async with shop({"/x": [hang]}, settings={"timeout_seconds": 0.1}) as client:
            return await client.refusal("/x")

    assert asyncio.run(main()).outcome is Outcome.TIMEOUT


def test_a_slow_body_within_the_limits_is_read() -> None:
    assert got([drip([b"<p>", b"hel", b"lo"], 0.02)]).body == HELLO


def test_a_port_that_accepts_nothing() -> None:
    # A listener whose queue is full drops what else comes: connecting neither succeeds nor fails.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())

        async def main() -> RefusedError:
            async with shop({}, policy={"connect": 0.2}) as client:
                client.fetcher._site.hosts |= {f"127.0.0.1:{full.getsockname()[1]}"}  # type: ignore[misc]
                return await client.refusal(f"http://127.0.0.1:{full.getsockname()[1]}/x")

        refusal = asyncio.run(main())
        for one in waiting:
            one.close()
    assert refusal.outcome is Outcome.TIMEOUT
    assert "connect time-out" in refusal.detail


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    async def main() -> RefusedError:
        async with shop({}) as client:
            client.fetcher._site.hosts |= {f"127.0.0.1:{port}"}  # type: ignore[misc]
            return await client.refusal(f"http://127.0.0.1:{port}/x")

    refusal = asyncio.run(main())
    assert refusal.outcome is Outcome.HTTP
    assert "ConnectError" in refusal.detail


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (HELLO, "identity"),
        (gzip.compress(HELLO), "gzip"),
        (gzip.compress(HELLO), "X-GZIP"),
        (gzip.compress(HELLO[:3]) + gzip.compress(HELLO[3:]), "gzip"),
        (gzip.compress(HELLO) + bytes(16), "gzip"),
        (zlib.compress(HELLO), "deflate"),
        (zlib.compress(HELLO)[2:-4], "deflate"),
    ],
)
def test_every_encoding_that_was_asked_for_is_read(body: bytes, encoding: str) -> None:
    assert got([answer(body=body, content_encoding=encoding)]).body == HELLO


def test_an_empty_compressed_body_is_empty() -> None:
    assert got([answer(body=b"", content_encoding="gzip")]).body == b""
    assert got([answer(body=b"", content_encoding="deflate")]).body == b""


def test_a_body_of_the_largest_size_is_read() -> None:
    assert len(got([answer(body=bytes(65_536))], max_bytes=1 << 16).body) == 65_536
    assert (
        len(got([answer(body=gzip.compress(bytes(65_536)), content_encoding="gzip")], max_bytes=1 << 16).body) == 65_536
    )


def test_many_tiny_members_take_no_quadratic_time() -> None:
    body = gzip.compress(b"a") * 50_000
    started = time.process_time()
    assert len(got([answer(body=body, content_encoding="gzip")]).body) == 50_000
    assert time.process_time() - started < 5  # 0.05 s; what copied the rest for each member took 60 times that


def test_a_bomb_is_not_inflated_beyond_the_cap() -> None:
    from hawker_core.fetch.body import inflate  # noqa: PLC0415

    assert len(inflate(BOMB, 1000, gzip=True)) == 1001
    assert len(inflate(zlib.compress(bytes(1 << 20)), 1000, gzip=False)) == 1001


def test_a_chain_of_redirects_is_followed_to_its_end() -> None:
    async def main() -> Page:
        answers = {f"/{n}": [redirect(f"/{n + 1}" if n % 2 else f"{n + 1}", status=301 + n % 2)] for n in range(5)}
        async with shop({**answers, "/5": [answer(body=HELLO)]}) as client:
            budget = Budget(0)
            page = await client.get("/0", budget, page=7)
            assert page.url == client.server.origin + "/5"
            assert budget.requests == 6
            assert client.statistics.requests == 7  # and robots.txt
            return page

    page = asyncio.run(main())
    assert (page.body, page.status, page.number) == (HELLO, 200, 7)


def test_a_chain_that_is_too_long_or_a_loop_ends() -> None:
    async def main() -> list[RefusedError]:
        answers = {f"/{n}": [redirect(f"/{n + 1}")] for n in range(9)}
        async with shop({**answers, "/loop": [redirect("/loop")]}) as client:
            ends = [await client.refusal("/0", retries=3), await client.refusal("/loop", retries=3)]
            assert client.server.times("/loop") == 6
            return ends

    for refusal in asyncio.run(main()):
        assert refusal.outcome is Outcome.HTTP
        assert refusal.detail == "more than 5 redirects"


def test_a_redirect_to_another_host_of_the_shop_is_followed() -> None:
    async def main() -> Page:
        answers = {"/x": [redirect("http://m.shop.example/y")], "/y": [answer(body=HELLO)]}
        async with shop(answers, settings={"gateway": "ORIGIN"}) as client:
            return await client.get("http://www.shop.example/x")

    assert asyncio.run(main()).url == "http://m.shop.example/y"


@pytest.mark.parametrize("url", ["ftp://www.shop.example/", "https://elsewhere.example/", "file:///etc/passwd"])
def test_a_request_off_the_shop_is_never_sent(url: str) -> None:
    async def main() -> RefusedError:
        async with shop({}, settings={"gateway": "ORIGIN"}) as client:
            refusal = await client.refusal(url)
            assert not client.server.asked
            return refusal

    assert "leads off the shop" in asyncio.run(main()).detail


def test_what_was_measured() -> None:
    async def main() -> None:
        answers = {
            "/x": [answer(503), redirect("/y")],
            "/y": [answer(body=gzip.compress(HELLO), content_encoding="gzip")],
        }
        async with shop(answers) as client:
            await client.get("/x", retries=1)
            measured = client.statistics
            assert measured.statuses == {"404": 1, "503": 1, "302": 1, "200": 1}
            assert (measured.requests, measured.retries) == (4, 1)
            assert measured.received >= len(gzip.compress(HELLO))
            assert sum(measured.latency.bins.values()) == 4

    asyncio.run(main())
