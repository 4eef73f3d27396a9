"""How a browser is found and set up, and what it says to anybody but the shop: nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from awkward import answer
from shopping import html, shopper

from hawker_core import Outcome
from hawker_core.settings import BadSettingError

if TYPE_CHECKING:
    from pathlib import Path


def failure(**settings: Any) -> str:
    """Why a fetcher with these settings cannot be entered."""

    async def main() -> None:
        async with shopper({}, settings=settings):
            raise AssertionError("it was entered")

    with pytest.raises(BadSettingError) as caught:
        asyncio.run(main())
    return str(caught.value)


def test_no_browser_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))  # where Selenium Manager keeps what it has loaded
    monkeypatch.setenv("SE_OFFLINE", "true")
    assert (
        failure() == "no Chromium: install chromium and chromium-driver, or set HAWKER_CHROMIUM and HAWKER_CHROMEDRIVER"
    )


def test_a_browser_that_is_not_there() -> None:
    assert failure(chromium="/opt/chromium") == "HAWKER_CHROMIUM='/opt/chromium': no such program"
    assert failure(chromedriver="nodriver") == "HAWKER_CHROMEDRIVER='nodriver': no such program"


def test_a_browser_that_does_not_start() -> None:
    assert failure(chromium="/bin/false").startswith("/bin/false does not start: browser: session not created")
    assert failure(chromedriver="/bin/false").endswith("browser: /bin/false ended at once: it said nothing")


def test_a_proxy_with_a_password() -> None:
    text = failure(proxy="http://user:secret@127.0.0.1:1")
    assert text.startswith("HAWKER_PROXY: Chromium sends no password")
    assert "secret" not in text


def test_by_a_proxy_nothing_but_the_shop_is_asked_for() -> None:
    shop = "http://www.shop.example"

    async def main() -> None:
        answers: dict[str, list[Any]] = {f"{shop}/x": [html("<p>hello")], f"{shop}/robots.txt": [answer(404)]}
        async with shopper(answers, settings={"proxy": "ORIGIN"}, hosts=("www.shop.example",)) as work:
            await asyncio.sleep(2)  # Chromium's own errands begin within a second of its start
            page = await work.page(f"{shop}/x")
            assert (page.url, page.root.text("p")) == (f"{shop}/x", "hello")
            await asyncio.sleep(1)
            assert [asked.target for asked in work.server.asked] == [f"{shop}/robots.txt", f"{shop}/x"]

    asyncio.run(main())


def test_behind_a_gateway_pages_have_their_real_urls() -> None:
    shop = "www.amazon.com"  # on Chromium's list of hosts that it asks by https alone
    at = f"http://{shop}.localhost"

    async def main() -> None:
        answers: dict[str, list[Any]] = {
            "/robots.txt": [answer(404)],
            f"{at}/x?a=1": [html("<script>location.replace('/y#z')</script>")],
            f"{at}/y": [html("<p>here<a href=/more>more</a>")],
            f"{at}/off": [answer(302, b"", location="https://elsewhere.example/")],
        }
        async with shopper(answers, settings={"gateway": "ORIGIN"}, hosts=(shop,), wait_for="p", total=6.0) as work:
            page = await work.page(f"https://{shop}/x?a=1", cookies={"store": "1"})
            assert page.url == f"https://{shop}/y"
            asked = work.server.asked[-1]
            assert asked.headers["host"] == f"{shop}.localhost"
            assert asked.headers["cookie"] == "store=1"
            refused = await work.refusal(f"https://{shop}/off")
            assert (refused.outcome, refused.detail) == (
                Outcome.HTTP,
                "leads off the shop, to https://elsewhere.example",
            )

    asyncio.run(main())


def test_images_and_fonts_where_they_are_wanted() -> None:
    style = "<style>@font-face{font-family:f;src:url(/font)} p{font-family:f}</style>"

    async def main() -> None:
        async with shopper({"/x": [html(style + "<img src=/image><p>here")]}, images=True) as work:
            await work.page()
            await asyncio.sleep(0.5)
            assert {"/image", "/font"} < {asked.target for asked in work.server.asked}

    asyncio.run(main())


def test_languages_and_user_agent_are_the_scrapers() -> None:
    show = html("<script>document.write(`<p>${navigator.language} ${navigator.userAgent}`)</script>")
    headers = {"Accept-Language": "de-DE, de;q=0.5", "user-agent": "Shopper/1"}

    async def main() -> None:
        settings = {"headers": {"From": "team@example.com"}, "chromium": "chromium", "chromedriver": "chromedriver"}
        async with shopper({"/x": [show]}, headers=headers, settings=settings) as work:
            assert (await work.page()).root.text("p") == "de-DE Shopper/1"
            asked = work.server.asked[-1].headers
            assert (asked["user-agent"], asked["accept-language"]) == ("Shopper/1", "de-DE, de;q=0.5")
            assert asked["from"] == "team@example.com"

    asyncio.run(main())


def test_robots_txt_is_asked_by_http_and_obeyed() -> None:
    async def main() -> None:
        rules = answer(body=b"User-agent: *\nDisallow: /x", content_type="text/plain")
        async with shopper({"/robots.txt": [rules], "/x": [html("<p>hello")]}) as work:
            refused = await work.refusal()
            assert (refused.outcome, work.statistics.disallowed) == (Outcome.SKIPPED, 1)
            assert [asked.target for asked in work.server.asked] == ["/robots.txt"]

    asyncio.run(main())


def test_tries_again_and_one_at_a_time() -> None:
    async def main() -> None:
        answers: dict[str, list[Any]] = {
            "/x": [answer(503, b""), html("<p>x")],
            "/y": [html("<p>y")],
        }
        async with shopper(answers) as work:
            pages = await asyncio.gather(work.page("/x", retries=1), work.page("/y"), work.page("/y"))
            assert [page.root.text("p") for page in pages] == ["x", "y", "y"]
            assert work.statistics.retries == 1

    asyncio.run(main())
