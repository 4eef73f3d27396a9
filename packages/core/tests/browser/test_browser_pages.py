"""What a browser makes of pages, and that nothing of one page reaches the next."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from awkward import answer, hang, redirect, reset
from shopping import html, text

from hawker_core import Outcome

if TYPE_CHECKING:
    from awkward import Answer
    from shopping import Lab

MORE = "document.body.insertAdjacentHTML('beforeend', `{}`)"


def late(milliseconds: int, markup: str) -> str:
    """A script that adds markup to the page after a while."""
    return f"<script>setTimeout(() => {MORE.format(markup)}, {milliseconds})</script>"


def javascript(code: str) -> bytes:
    return text(code, "text/javascript")


def slowly(told: bytes, seconds: float) -> Answer:
    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(told)

    return send


# Waiting


def test_content_that_a_script_adds(lab: Lab) -> None:
    page = lab.page({"/x": [html("<body>" + late(300, "<p class=late>héré €</p>"))]}, wait_for=".late")
    assert (page.status, page.url) == (200, lab.origin + "/x")
    assert page.root.text(".late") == "héré €"


def test_what_a_page_waits_for_may_be_there_before_all_of_it_is(lab: Lab) -> None:
    tiles = "<p class=tile>1</p><script src=/s></script><p class=tile>2"
    page = lab.page({"/x": [html(tiles)], "/s": [slowly(javascript("a = 1"), 0.5)]}, wait_for=".tile")
    assert page.root.texts(".tile") == ["1", "2"]


def test_what_never_comes_leaves_the_page_to_the_parser(lab: Lab) -> None:
    started = time.monotonic()
    page = lab.page({"/x": [html("<p>sold out")]}, wait_for=".offer", total=3.0)
    assert page.root.text("p") == "sold out"
    assert 2.0 < time.monotonic() - started < 3.0


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (html("<p>captcha"), Outcome.BLOCKED),
        (answer(404, b"<p>none", content_type="text/html"), Outcome.GONE),
    ],
)
def test_a_refusal_is_not_waited_out(lab: Lab, told: bytes, outcome: Outcome) -> None:
    started = time.monotonic()
    refused = lab.refusal({"/x": [told]}, wait_for=".offer", total=60.0)
    assert refused.outcome is outcome
    assert refused.page
    assert time.monotonic() - started < 15


def test_parts_that_hang_hold_up_nothing(lab: Lab) -> None:
    started = time.monotonic()
    parts = "<img src=/hang><iframe src=/hang></iframe><script async src=/hang></script>"
    page = lab.page({"/x": [html(parts + late(1, "<p>here"))], "/hang": [hang]}, wait_for="p")
    assert page.root.text("p") == "here"
    assert time.monotonic() - started < 10


def test_a_script_that_holds_up_the_rest_costs_the_rest(lab: Lab) -> None:
    answers: dict[str, list[Answer]] = {"/x": [html("<p>1<script src=/hang></script><p>2")], "/hang": [hang]}
    assert lab.page(answers, wait_for="p", total=3.0).root.texts("p") == ["1"]


def test_a_selector_that_is_none_is_a_bug_of_the_scraper(lab: Lab) -> None:
    with pytest.raises(ValueError, match=r"'p\[\[' on the page: SyntaxError: .*not a valid selector"):
        lab.page({"/x": [html("<p>1")]}, wait_for="p[[")


# Clicking and scrolling


BUTTONS = """<body><button id=one></button><script>
const add = (id, text, more) => setTimeout(() => {
    document.body.insertAdjacentHTML('beforeend', `<button id=${id}>${text}</button>`)
    document.getElementById(id).onclick = more
}, 300)
one.onclick = () => add('two', '', () => add('three', 'deep'))</script>"""


def test_clicks_one_after_the_other(lab: Lab) -> None:
    page = lab.page({"/x": [html(BUTTONS)]}, click=("#none", "#one", "#two"))
    assert page.root.content == "deep"


def shelf(most: int) -> bytes:
    """A page that shows three more tiles when its end is seen."""
    return html(f"""<body><div id=shelf></div><div id=end style="margin-top:3000px">.</div><script>
    let n = 0; new IntersectionObserver(seen => {{
        if (seen[0].isIntersecting && n < {most})
            setTimeout(() => {{ for (let i = 0; i < 3; i++) {{
                shelf.insertAdjacentHTML('beforeend', '<p class=tile style="height:600px">' + ++n)
            }} }}, 200)
    }}).observe(end)</script>""")


def test_scrolls_until_there_are_enough(lab: Lab) -> None:
    page = lab.page({"/x": [shelf(1000)]}, scroll_for=".tile", scroll_to=9)
    assert 9 <= len(page.root.all(".tile")) <= 12


def test_scrolls_until_no_more_come(lab: Lab) -> None:
    page = lab.page({"/x": [shelf(12)]}, scroll_for=".tile", scroll_to=100)
    assert len(page.root.all(".tile")) == 12


def test_a_page_without_end_is_scrolled_until_its_time_is_up(lab: Lab) -> None:
    page = lab.page({"/x": [shelf(10**6)]}, scroll_for=".tile", total=4.0)
    assert len(page.root.all(".tile")) >= 3


# Answers


@pytest.mark.parametrize(
    ("told", "outcome", "detail"),
    [
        (answer(404, b""), Outcome.GONE, "status 404"),
        (answer(503, b""), Outcome.HTTP, "status 503"),
        (answer(204, b""), Outcome.HTTP, "status 204"),
        (answer(403, b"captcha", content_type="text/html"), Outcome.BLOCKED, "captcha"),
        (reset, Outcome.HTTP, "net::ERR_CONNECTION_RESET"),
        (redirect("/x"), Outcome.HTTP, "net::ERR_TOO_MANY_REDIRECTS"),
        (html("x", content_disposition="attachment; filename=x.html"), Outcome.HTTP, "a download, no page"),
        (html("<script>location = 'http://127.0.0.1:1/'</script>"), Outcome.HTTP, "leads off the shop, to http://127.0.0.1:1"),
        (html("<script>location = 'about:blank'</script>"), Outcome.HTTP, "leads off the shop, to about://"),
        (redirect("http://elsewhere.example/"), Outcome.HTTP, "leads off the shop, to http://elsewhere.example"),
    ],
)  # fmt: skip
def test_what_is_no_page(lab: Lab, told: Answer, outcome: Outcome, detail: str) -> None:
    refused = lab.refusal({"/x": [told]}, wait_for=".never", total=4.0)
    assert (refused.outcome, refused.detail) == (outcome, detail)


def test_retry_after_pauses_the_host(lab: Lab) -> None:
    refused = lab.refusal({"/x": [answer(429, b"", retry_after="7")]})
    assert (refused.outcome, refused.retry_after) == (Outcome.BLOCKED, 7.0)
    assert lab.shopper.fetcher._limits._paused


def test_nothing_is_downloaded(lab: Lab) -> None:
    marks = "MZ" * 5000
    lab.refusal({"/x": [answer(body=marks.encode(), content_type="application/octet-stream")]})
    files = [path for path in lab.shopper.folder.rglob("*") if path.is_file() and path.stat().st_size >= len(marks)]
    assert not [path for path in files if marks.encode() in path.read_bytes()]


def test_redirects_and_scripts_may_lead_to_another_page_of_the_shop(lab: Lab) -> None:
    moved = html("<script>setTimeout(() => location.replace('/z?a=1#b'), 300)</script>")
    page = lab.page({"/x": [redirect("/y")], "/y": [moved], "/z?a=1": [html("<p>there")]}, wait_for="p")
    assert (page.url, page.status, page.root.text("p")) == (lab.origin + "/z?a=1", 200, "there")


def test_the_status_is_that_of_the_page_that_is_left_to_see(lab: Lab) -> None:
    answers: dict[str, list[Answer]] = {
        "/x": [html("<script>location.replace('/z')</script>")],
        "/z": [answer(410, b"<p>over", content_type="text/html")],
    }
    assert lab.refusal(answers, wait_for="p").status == 410
    assert lab.statistics.statuses == {"410": 1}


def test_json_and_text_are_read_as_they_are(lab: Lab) -> None:
    page = lab.page({"/x": [text('{"a": "<b>é"}', "application/json")]})
    assert page.body == '{"a": "<b>é"}'.encode()
    assert lab.page({"/x": [text("<a> & <b>")]}).body == b"<a> & <b>"


def test_a_page_may_say_any_charset_and_hold_half_an_emoji(lab: Lab) -> None:
    script = "<script>document.querySelector('p').append('\\ud83d')</script>"
    told = answer(body=f"<meta charset=windows-1252><p>é€{script}".encode("cp1252"), content_type="text/html")
    assert lab.page({"/x": [told]}).root.text("p").startswith("é€")


def test_a_page_larger_than_allowed(lab: Lab) -> None:
    grown = html("<body><script>document.body.append('é'.repeat(100000))</script>")
    refused = lab.refusal({"/x": [grown]}, max_bytes=150_000)
    assert (refused.outcome, refused.detail, refused.final) == (Outcome.HTTP, "page larger than 150000 bytes", True)
    assert lab.page({"/x": [grown]}, max_bytes=300_000).status == 200


def test_a_flood_of_which_nothing_is_drawn_is_large_too(lab: Lab) -> None:
    refused = lab.refusal({"/x": [html("<p>1" + "\0" * 200_000)]}, max_bytes=150_000)
    assert (refused.outcome, refused.detail, refused.final) == (Outcome.HTTP, "page larger than 150000 bytes", True)


def test_a_picture_of_every_page_where_evidence_is_kept(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that fails on a page comes after its tab is gone."""
    page = lab.page({"/x": [html("<p>1")]})
    assert page.screenshot
    assert page.screenshot.startswith(b"\x89PNG")
    fetcher = lab._inside.fetcher
    monkeypatch.setattr(fetcher, "_settings", msgspec.structs.replace(fetcher._settings, evidence=0))
    assert lab.page({"/x": [html("<p>1")]}).screenshot is None


@pytest.mark.parametrize(
    "script",
    [
        "alert('a'); while (!confirm('sure?') && !window.asked) window.asked = true; prompt('who?'); print()",
        "setTimeout(() => alert('late'), 400)",
        "onbeforeunload = event => { alert('stay'); event.preventDefault(); return 'stay' }; location = '/x#y'",
    ],
)
def test_dialogs_hide_nothing(lab: Lab, script: str) -> None:
    page = lab.page({"/x": [html(f"<script>{script}</script>" + late(600, "<p>here"))]}, wait_for="p")
    assert page.root.text("p") == "here"


def test_a_page_that_spoils_the_language_is_read_all_the_same(lab: Lab) -> None:
    spoil = "Array.prototype.toJSON = () => 'x'; document.querySelectorAll = JSON.stringify = Promise = null"
    page = lab.page({"/x": [html(f"<script>{spoil}</script><p>here")]}, wait_for="p", total=6.0)
    assert page.root.text("p") == "here"


# What is sent


def test_headers_of_request_scraper_and_settings(lab: Lab) -> None:
    show = "<script>document.write(`<p>${navigator.languages}|${navigator.userAgent}`)</script><script src=/s></script>"
    answers: dict[str, list[Answer]] = {"/x": [html(show)], "/s": [javascript("a = 1")]}
    page = lab.page(answers, request={"headers": {"x-one": "1", "accept-language": "de-DE,de;q=0.5"}})
    (asked,) = lab.asked()
    assert asked.headers["accept-language"] == "de-DE,de;q=0.5"
    assert asked.headers["user-agent"].startswith("Hawker/")
    assert asked.headers["x-one"] == "1"
    assert lab.asked("/s")[0].headers["x-one"] == "1"
    assert re.fullmatch(r"en-US,en\|Hawker/\S+ \(\+\S+\)", page.root.text("p"))


def test_only_the_page_and_its_parts_are_asked_for(lab: Lab) -> None:
    body = "<link rel=icon href=/favicon.ico><style>@font-face{font-family:f;src:url(/font)} p{font-family:f}</style>"
    lab.page({"/x": [html(body + "<img src=/i><p>here<script src=/s></script>")], "/s": [javascript("a = 1")]})
    time.sleep(0.3)
    assert {asked.target for asked in lab.shopper.server.asked} == {"/x", "/s"}


def test_cookies_are_those_of_the_request(lab: Lab) -> None:
    lab.page(
        {"/x": [html("<script src=/s></script>")], "/s": [javascript("")]},
        request={"cookies": {"store": "42", "a": "b"}},
    )
    for path in ("/x", "/s"):
        assert sorted(lab.asked(path)[0].headers["cookie"].split("; ")) == ["a=b", "store=42"]


LEAVE = """<script>document.cookie = 'mine=1'; localStorage.a = sessionStorage.a = 1; window.name = 'named'
indexedDB.open('base').onsuccess = async () => {
    await (await caches.open('kept')).put('/kept', new Response('kept'))
    await navigator.serviceWorker.register('/worker.js')
    document.body.append(document.createElement('hr'))
}</script>"""
FIND = """<script>
Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()]).then(all =>
document.body.insertAdjacentHTML('beforeend', `<p>${[document.cookie, localStorage.length, sessionStorage.length,
    window.name, ...all.map(each => each.length)]}`))</script>"""


def test_nothing_of_a_page_reaches_the_next(lab: Lab) -> None:
    answers: dict[str, list[Answer]] = {
        "/x": [html(LEAVE, set_cookie="theirs=1; Max-Age=1000")],
        "/worker.js": [javascript("")],
    }
    lab.page(answers, wait_for="hr", request={"cookies": {"store": "42"}})
    page = lab.page({"/x": [html("<body>" + FIND)]}, wait_for="p")
    assert "cookie" not in lab.asked()[0].headers
    assert page.root.text("p") == ",0,0,,0,0,0"


def test_a_page_kept_by_the_browser_is_asked_for_again(lab: Lab) -> None:
    answers: dict[str, list[Answer]] = {
        "/x": [html("<script src=/s></script>", cache_control="max-age=1000", etag='"1"')],
        "/s": [answer(body=b"", content_type="text/javascript", cache_control="max-age=1000")],
    }
    lab.page(answers)
    lab.page(answers)
    assert len(lab.asked("/x")) == len(lab.asked("/s")) == 1  # of the second time alone
    assert "if-none-match" not in lab.asked()[0].headers


def test_popups_end_with_their_page(lab: Lab) -> None:
    lab.page({"/x": [html("<script>open('/pop'); open('/pop', 'a', 'width=100')</script><p>here")]}, wait_for="p")
    assert len(lab.shopper.fetcher._chromium.driver.window_handles) == 1  # type: ignore[union-attr]


def test_statistics(lab: Lab) -> None:
    lab.page({"/x": [html("<script src=/s></script>" + "x" * 1000)], "/s": [javascript("//" + "y" * 5000)]})
    statistics = lab.statistics
    assert (statistics.requests, statistics.statuses) == (1, {"200": 1})
    assert 6000 < statistics.received < 7000
    assert sum(statistics.latency.bins.values()) == 1
