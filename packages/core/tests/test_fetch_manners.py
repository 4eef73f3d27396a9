"""Retries, pauses, rates, robots.txt and identity: how a worker behaves towards a shop."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from awkward import Server, answer, partly, redirect, shop
from hypothesis import given
from hypothesis import strategies as st

from hawker_core import Outcome, Robots
from hawker_core.fetch import Budget, RefusedError
from hawker_core.fetch.limits import HostLimits
from hawker_core.fetch.retry import FIRST_WAIT, LONGEST_RETRY_AFTER, LONGEST_WAIT, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from conftest import Clock

HOST = "www.shop.example"
OK = answer()
DISALLOW = answer(body=b"User-agent: *\nDisallow: /private\n")


# Retries and their budget


@given(st.integers(0, 8), st.none() | st.floats(0, LONGEST_RETRY_AFTER))
def test_waits_are_jittered_and_bounded(retries: int, asked: float | None) -> None:
    budget = Budget(retries)
    for used in range(1, retries + 1):
        wait = budget.wait(RefusedError(Outcome.HTTP, "status 503", retry_after=asked))
        assert (asked or 0) <= wait <= (asked or 0) + min(LONGEST_WAIT, FIRST_WAIT * 2**used)
    with pytest.raises(RefusedError, match="status 503"):
        budget.wait(RefusedError(Outcome.HTTP, "status 503"))


def test_waits_differ() -> None:
    waits = {Budget(1).wait(RefusedError(Outcome.HTTP, "status 503")) for _ in range(20)}
    assert len(waits) == 20


@pytest.mark.parametrize("outcome", [Outcome.GONE, Outcome.SKIPPED, Outcome.PARSE, Outcome.EMPTY])
def test_an_answer_is_not_asked_for_again(outcome: Outcome) -> None:
    with pytest.raises(RefusedError):
        Budget(3).wait(RefusedError(outcome, "told so"))


@pytest.mark.usefixtures("impatient")
def test_the_budget_is_shared_by_a_targets_pages() -> None:
    async def main() -> None:
        async with shop({"/1": [answer(503), answer(503), OK], "/2": [answer(503)]}) as client:
            budget = Budget(3)
            await client.get("/1", budget)
            refusal = await client.refusal("/2", budget)
            assert refusal.outcome is Outcome.HTTP
            assert client.server.times("/1") == 3
            assert client.server.times("/2") == 2
            assert budget.requests == 5

    asyncio.run(main())


# Retry-After


def test_retry_after_is_honoured(clock: Clock) -> None:
    async def main() -> None:
        async with shop({"/x": [answer(429, retry_after="7"), OK]}) as client:
            started = clock.now
            await client.get("/x", retries=1)
            assert 7 <= clock.now - started <= 7 + 2 * FIRST_WAIT

    asyncio.run(main())


def test_a_date_in_retry_after_is_honoured(clock: Clock) -> None:
    async def main() -> None:
        when = formatdate(time.time() + 30, usegmt=True)
        async with shop({"/x": [answer(503, retry_after=when), OK]}) as client:
            started = clock.now
            await client.get("/x", retries=1)
            assert 25 <= clock.now - started <= 31

    asyncio.run(main())


def test_all_requests_to_the_host_wait_as_one_was_told_to(clock: Clock) -> None:
    async def main() -> None:
        async with shop({"/x": [answer(429, retry_after="50")], "/y": [OK]}) as client:
            await client.get("/y")
            before = clock.now
            await client.refusal("/x")
            assert clock.now == before
            await client.get("/y")
            assert clock.now - before == pytest.approx(50)

    asyncio.run(main())


def test_a_shop_that_asks_for_a_long_pause_is_let_alone(clock: Clock) -> None:
    async def main() -> None:
        answers = {"/x": [answer(429, retry_after="3600"), OK], "/y": [OK]}
        async with shop(answers, policy={"retries": 3}) as client:
            refusal = await client.refusal("/x", retries=3)
            assert (refusal.outcome, refusal.detail) == (Outcome.BLOCKED, "status 429")
            for path in ("/x", "/y"):
                refusal = await client.refusal(path, retries=3)
                assert refusal.outcome is Outcome.BLOCKED
                assert "let alone" in refusal.detail
            assert client.server.times("/x") == 1
            assert client.server.times("/y") == 0
            assert not clock.slept

    asyncio.run(main())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\u00b2", None),
        ("120", 120.0),
        (" 3 ", 3.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 20151515 07:28:00 GMT", None),
    ],
)
def test_what_a_retry_after_header_may_say(header: str | None, seconds: float | None) -> None:
    assert retry_after(header) == seconds


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{1,5} \d\d:\d\d:\d\d (GMT|[+-]\d{4,12})"))
def test_no_retry_after_header_is_an_error(header: str) -> None:
    found = retry_after(header)
    assert found is None or found >= 0


# Rates


class Leap(asyncio.SelectorEventLoop):
    """A loop whose clock leaps to the next thing that is due: hours pass in no time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self.now = max(self.now, self._scheduled[0]._when)
        super()._run_once()


@pytest.fixture
def leap(monkeypatch: pytest.MonkeyPatch) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    def run(main: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=Leap) as runner:
            monkeypatch.setattr("hawker_core.fetch.limits.time.monotonic", runner.get_loop().time)
            return runner.run(main)

    return run


async def turns(limits: HostLimits, host: str, number: int) -> list[float]:
    """The moments at which so many requests that come together may go."""
    loop = asyncio.get_running_loop()
    started = loop.time()

    async def one() -> float:
        await limits.turn(host)
        return loop.time() - started

    return sorted(await asyncio.gather(*(one() for _ in range(number))))


def test_requests_to_a_host_are_spaced(leap: Any) -> None:
    moments = leap(turns(HostLimits(2.0), "a", 50))
    assert 0 <= moments[0] <= 2
    gaps = [later - sooner for sooner, later in pairwise(moments)]
    assert all(1.6 - 1e-6 <= gap <= 2.4 + 1e-6 for gap in gaps)
    assert len({round(gap, 6) for gap in gaps}) > 40


def test_hosts_do_not_wait_for_each_other(leap: Any) -> None:
    async def main() -> list[list[float]]:
        limits = HostLimits(10.0)
        return await asyncio.gather(*(turns(limits, host, 3) for host in "abc"))

    assert all(moments[-1] <= 34 for moments in leap(main()))


def test_no_rate_is_no_wait(leap: Any) -> None:
    assert leap(turns(HostLimits(0.0), "a", 1000))[-1] == 0


@pytest.mark.parametrize("workers", [1, 4, 40])
def test_the_workers_of_a_run_share_its_rate(leap: Any, workers: int) -> None:
    """Each paces itself by its share, so together they keep to the rate, whatever their number."""

    async def main() -> list[float]:
        async with shop({}, policy={"per_second": 2.0}, workers=workers) as client:
            assert client.fetcher._limits._interval == workers / 2.0
        fleet = [HostLimits(workers / 2.0) for _ in range(workers)]
        every = await asyncio.gather(*(turns(limits, "a", 400 // workers) for limits in fleet))
        return sorted(moment for moments in every for moment in moments)

    moments = leap(main())
    assert 400 / moments[-1] == pytest.approx(2.0, rel=0.15)
    first = [moment for moment in moments if moment < workers / 2.0]
    assert len(first) <= workers * 1.5 + 2  # started together, they do not ask together


def test_a_pause_of_one_is_a_pause_of_all(leap: Any) -> None:
    async def main() -> list[float]:
        limits = HostLimits(1.0)
        waiting = asyncio.create_task(turns(limits, "a", 10))
        await asyncio.sleep(0)
        limits.pause("a", 100)
        limits.pause("a", 10)  # a shorter one takes nothing back
        return await waiting

    assert leap(main())[0] >= 100


def test_a_pause_longer_than_a_worker_waits_refuses(leap: Any) -> None:
    async def main() -> None:
        limits = HostLimits(0.0)
        limits.pause("a", LONGEST_RETRY_AFTER * 2)
        with pytest.raises(RefusedError) as refused:
            await limits.turn("a")
        assert refused.value.outcome is Outcome.BLOCKED
        await limits.turn("b")
        await asyncio.sleep(LONGEST_RETRY_AFTER * 1.5)
        await limits.turn("a")

    leap(main())


def test_the_settings_rate_goes_before_the_scrapers() -> None:
    async def main() -> None:
        async with shop({}, policy={"per_second": 0.01}, settings={"per_second": 5.0}) as client:
            assert client.fetcher._limits._interval == pytest.approx(0.2)
        async with shop({}, policy={"per_second": 0.01}, settings={"per_second": 0.0}) as client:
            assert client.fetcher._limits._interval == 0

    asyncio.run(main())


# robots.txt


def test_a_disallowed_page_is_skipped_unasked() -> None:
    async def main() -> None:
        async with shop({"/robots.txt": [DISALLOW], "/private/x": [OK], "/x": [OK]}) as client:
            refusal = await client.refusal("/private/x")
            assert refusal.outcome is Outcome.SKIPPED
            assert refusal.detail == f"robots.txt of {client.server.host} disallows /private/x"
            assert client.server.times("/private/x") == 0
            assert client.statistics.disallowed == 1
            assert (await client.get("/x")).status == 200

    asyncio.run(main())


def test_a_report_counts_what_is_disallowed_and_asks() -> None:
    async def main() -> None:
        answers = {"/robots.txt": [DISALLOW], "/private/x": [OK], "/x": [OK]}
        async with shop(answers, policy={"robots": Robots.REPORT}) as client:
            assert (await client.get("/private/x")).status == 200
            await client.get("/x")
            assert client.statistics.disallowed == 1

    asyncio.run(main())


def test_the_rules_for_our_own_name_go_before_those_for_all() -> None:
    async def main() -> None:
        rules = b"User-agent: *\nDisallow: /\n\nUser-agent: hawker\nDisallow: /private\n"
        async with shop({"/robots.txt": [answer(body=rules)], "/x": [OK]}) as client:
            await client.get("/x")
            assert (await client.refusal("/private")).outcome is Outcome.SKIPPED
        async with shop({"/robots.txt": [answer(body=rules)]}, settings={"user_agent": "Other/1.0"}) as client:
            assert (await client.refusal("/x")).outcome is Outcome.SKIPPED

    asyncio.run(main())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
@pytest.mark.usefixtures("impatient")
def test_no_robots_txt_allows_all(status: int) -> None:
    async def main() -> None:
        async with shop({"/robots.txt": [answer(status)], "/x": [OK]}) as client:
            assert (await client.get("/x")).status == 200

    asyncio.run(main())


@pytest.mark.parametrize("body", [b"", b"<!doctype html><p>Welcome", b"\xff\xfe\x00garbage\x00" * 100, b"Disallow: /"])
def test_a_robots_txt_that_says_nothing_allows_all(body: bytes) -> None:
    async def main() -> None:
        async with shop({"/robots.txt": [answer(body=body)], "/x": [OK]}) as client:
            assert (await client.get("/x")).status == 200

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fault", "outcome", "sign"),
    [
        (answer(503), Outcome.HTTP, "status 503"),
        (answer(429), Outcome.BLOCKED, "status 429"),
        (answer(200, b"captcha"), Outcome.BLOCKED, "captcha"),
        (partly(b""), Outcome.HTTP, "Error"),
        (redirect("https://elsewhere.example/robots.txt"), Outcome.HTTP, "leads off the shop"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_rules_that_cannot_be_had_forbid_for_now(fault: Any, outcome: Outcome, sign: str) -> None:
    async def main() -> None:
        async with shop({"/robots.txt": [fault, fault, DISALLOW], "/x": [OK]}, policy={"retries": 1}) as client:
            refusal = await client.refusal("/x", retries=3)
            assert refusal.outcome is outcome
            assert refusal.outcome.retryable
            assert refusal.detail.startswith("robots.txt: ")
            assert sign in refusal.detail
            assert client.server.times("/x") == 0

    asyncio.run(main())


@pytest.mark.usefixtures("impatient")
def test_rules_that_failed_once_are_asked_for_again() -> None:
    async def main() -> None:
        async with shop({"/robots.txt": [answer(503), DISALLOW], "/x": [OK]}, policy={"retries": 0}) as client:
            assert (await client.refusal("/x")).outcome is Outcome.HTTP
            assert (await client.get("/x")).status == 200

    asyncio.run(main())


@pytest.mark.parametrize("robots", [DISALLOW, answer(404)])
def test_a_host_is_asked_for_its_rules_once(robots: bytes) -> None:
    async def main() -> None:
        async with shop({"/robots.txt": [robots], "/x": [OK]}) as client:
            await asyncio.gather(*(client.get("/x") for _ in range(30)))
            assert client.server.times("/robots.txt") == 1
            assert client.server.times("/x") == 30

    asyncio.run(main())


@pytest.mark.usefixtures("impatient")
def test_many_that_wait_for_rules_that_fail_ask_once() -> None:
    async def main() -> None:
        async with shop({"/robots.txt": [answer(503)]}, policy={"retries": 0}) as client:

            async def twice() -> None:
                await client.refusal("/x")
                await client.refusal("/x")

            await asyncio.gather(*(twice() for _ in range(10)))
            assert client.server.times("/robots.txt") == 2

    asyncio.run(main())


def test_one_targets_time_out_does_not_take_the_rules_from_the_others() -> None:
    async def main() -> None:
        async with shop({"/robots.txt": [DISALLOW], "/x": [OK]}) as client:
            first = asyncio.create_task(client.get("/x"))
            await asyncio.sleep(0)
            second = asyncio.create_task(client.get("/x"))
            await asyncio.sleep(0)
            first.cancel()
            assert (await second).status == 200
            assert client.server.times("/robots.txt") == 1

    asyncio.run(main())


def test_a_crawl_delay_slows_the_run_down(clock: Clock) -> None:
    async def main() -> None:
        rules = answer(body=b"User-agent: *\nCrawl-delay: 5\n")
        async with shop({"/robots.txt": [rules], "/x": [OK]}, workers=3, policy={"per_second": 1000.0}) as client:
            await client.get("/x")
            before = clock.now
            await client.get("/x")
            assert clock.now - before == pytest.approx(5 * 3, rel=0.21)  # meant for all workers together

    asyncio.run(main())


def test_the_rate_goes_before_a_shorter_crawl_delay(clock: Clock) -> None:
    async def main() -> None:
        rules = answer(body=b"User-agent: *\nCrawl-delay: 0.5\n")
        async with shop({"/robots.txt": [rules], "/x": [OK]}, policy={"per_second": 0.1}) as client:
            await client.get("/x")
            before = clock.now
            await client.get("/x")
            assert clock.now - before == pytest.approx(10, rel=0.21)

    asyncio.run(main())


def test_no_rate_limit_lifts_a_crawl_delay_too(clock: Clock) -> None:
    async def main() -> None:
        rules = answer(body=b"User-agent: *\nCrawl-delay: 5\n")
        async with shop({"/robots.txt": [rules], "/x": [OK]}, settings={"per_second": 0.0}) as client:
            await client.get("/x")
            await client.get("/x")
            assert sum(clock.slept) == 0

    asyncio.run(main())


@pytest.mark.parametrize("delay", ["inf", "nan", "-1", "soon"])
def test_a_crawl_delay_that_is_no_number_of_seconds_says_nothing(delay: str, clock: Clock) -> None:
    async def main() -> None:
        rules = answer(body=f"User-agent: *\nCrawl-delay: {delay}\n".encode())
        async with shop({"/robots.txt": [rules], "/x": [OK]}) as client:
            await client.get("/x")
            assert sum(clock.slept) == 0

    asyncio.run(main())


@pytest.mark.parametrize("delay", ["61", "86400", "1e300"])
@pytest.mark.usefixtures("clock")
def test_a_crawl_delay_that_no_chunk_would_end_with_skips(delay: str) -> None:
    async def main() -> None:
        rules = answer(body=f"User-agent: *\nCrawl-delay: {delay}\n".encode())
        async with shop({"/robots.txt": [rules], "/x": [OK]}) as client:
            refusal = await client.refusal("/x")
            assert refusal.outcome is Outcome.SKIPPED
            assert "between requests" in refusal.detail

    asyncio.run(main())


def test_a_large_robots_txt_is_read_to_its_limit() -> None:
    async def main() -> None:
        padding = b"# padding\n" * 60_000
        early = b"User-agent: *\nDisallow: /private\n" + padding + b"Disallow: /late\n"
        async with shop({"/robots.txt": [answer(body=early)], "/late": [OK]}) as client:
            assert (await client.refusal("/private")).outcome is Outcome.SKIPPED
            assert (await client.get("/late")).status == 200

    asyncio.run(main())


# Identity, cookies, gateway, proxy


def test_who_we_are_and_what_we_take() -> None:
    async def main() -> None:
        policy = {"headers": {"X-Policy": "p", "Accept-Language": "de"}}
        settings = {"user_agent": "Acme/1.0 (+https://acme.example)", "headers": {"X-Setting": "s"}}
        async with shop({"/x": [OK]}, policy=policy, settings=settings) as client:
            await client.get("/x", headers={"Accept-Language": "fr", "X-Request": "r"})
            headers = client.server.asked[-1].headers
            assert headers["user-agent"] == "Acme/1.0 (+https://acme.example)"
            assert headers["accept-encoding"] == "gzip, deflate"
            assert headers["accept-language"] == "fr"
            assert (headers["x-policy"], headers["x-setting"], headers["x-request"]) == ("p", "s", "r")
            assert client.server.asked[0].headers["user-agent"] == headers["user-agent"]  # robots.txt

    asyncio.run(main())


def test_cookies_do_not_leak_between_targets() -> None:
    async def main() -> None:
        answers = {"/x": [answer(set_cookie="session=1; Path=/")], "/y": [redirect("/z")], "/z": [OK]}
        async with shop(answers) as client:
            await client.get("/x")
            await client.get("/x")
            await client.get("/y")
            assert not [asked for asked in client.server.asked if "cookie" in asked.headers]
            await client.get("/x", headers={"Cookie": "store=7"})
            assert client.server.asked[-1].headers["cookie"] == "store=7"
            await client.get("/x")
            assert "cookie" not in client.server.asked[-1].headers

    asyncio.run(main())


def test_a_gateway_answers_for_every_host_by_its_name() -> None:
    async def main() -> None:
        async with shop({"/x?q=a%20b": [OK]}, settings={"gateway": "ORIGIN"}) as client:
            page = await client.get("https://m.shop.example/x?q=a%20b#top")
            assert page.url == "https://m.shop.example/x?q=a%20b#top"
            assert [asked.target for asked in client.server.asked] == ["/robots.txt", "/x?q=a%20b"]
            assert {asked.headers["host"] for asked in client.server.asked} == {"m.shop.example"}

    asyncio.run(main())


def test_a_proxy_carries_all_requests() -> None:
    async def main() -> None:
        url = f"http://{HOST}/x"
        async with Server({url: [OK]}) as proxy, shop({}, settings={"proxy": proxy.origin}) as client:
            assert (await client.get(url)).status == 200
            assert [asked.target for asked in proxy.asked] == [f"http://{HOST}/robots.txt", url]
            assert proxy.asked[-1].headers["host"] == HOST
            assert not client.server.asked

    asyncio.run(main())


def test_the_environment_adds_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def main() -> None:
        async with shop({"/x": [OK]}) as client:
            assert (await client.get("/x")).status == 200

    asyncio.run(main())
