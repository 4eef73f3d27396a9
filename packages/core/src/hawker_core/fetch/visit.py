"""One page in a browser, from asking for it to reading it out. All of it blocks: for a thread."""

from __future__ import annotations

import base64
import math
import re
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
from selenium.common.exceptions import WebDriverException

from hawker_core.fetch.retry import RefusedError
from hawker_core.model import Outcome, Request
from hawker_core.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from hawker_core.fetch.chromium import Chromium
    from hawker_core.scraper import Browser

PATIENCE = 1.0  # seconds after which a page that shows nothing yet may be a refusal
STILL = 2.0  # seconds without a change after which no more is expected to come
_POLL = 0.1
_OK = 200
_PASSING = re.compile("context|navigat")  # how Chromium says that a document went away while it was asked

# Functions of a world of our own in the page: what its scripts do to the language's own objects does not reach them.
_STATE = "css => [document.readyState, document.querySelectorAll(css).length]"
_CLICK = "css => { const found = document.querySelector(css); if (found) found.click(); return !!found }"
_COUNT = "css => [document.querySelectorAll(css).length, 0]"
# At its end a page is left and reached again: some tell by that alone that more is wanted.
_SCROLL = """css => {
    const from = scrollY, by = sign => scrollBy({top: sign * innerHeight, behavior: 'instant'})
    by(1)
    if (scrollY === from) by(-1)
    return [document.querySelectorAll(css).length, scrollY]
}"""
_TEXT = """(markup, most) => {
    const root = document.documentElement, text = markup ? root.outerHTML : root.textContent
    return text.length > most ? text.length : text.toWellFormed()
}"""


class Visit:
    """A visit to one page.

    Args:
        chromium: the browser.
        policy: what to wait for, and what to do then.
        until: when, by time.monotonic(), to take the page as it is.
        check: raises RefusedError for a URL that must not be shown.
        refuses: whether a page is the shop's way to say no.
        real: a page's URL from the one that the browser shows.
        pictures: whether to take one of every page: what its parser makes of it shows only when the tab is gone.
    """

    def __init__(
        self,
        chromium: Chromium,
        policy: Browser,
        until: float,
        *,
        check: Callable[[str], None],
        refuses: Callable[[Page], bool],
        real: Callable[[str], str],
        pictures: bool,
    ) -> None:
        self._chromium, self._policy, self._until = chromium, policy, until
        self._check, self._refuses, self._real, self._pictures = check, refuses, real, pictures
        self._cut: dict[str, str] = {}  # why a request's answer broke off, by request; a document's is its loader
        self._sizes: Counter[str] = Counter()  # decompressed bytes, by request
        self._answers: dict[str, dict[str, Any]] = {}  # the protocol's Network.Response of each document's loader
        self.received = 0  # bytes on the wire, of all that the page loaded
        self.retry_after: str | None = None
        self.ready = True  # whether what the policy waits for has come

    def page(self, request: Request, url: str, headers: dict[str, str], cookies: list[dict[str, str]]) -> Page:
        """The page, once it shows what the policy waits for, or as it is when that does not come.

        Args:
            request: what is asked for.
            url: where it is.
            headers: sent with all that it loads.
            cookies: the protocol's Network.CookieParam.

        Raises:
            RefusedError: there is no page.
            one of BROKEN: the browser failed.
        """
        self._number = request.page
        command = self._chromium.command
        with self._chromium.tab() as self._tab:
            command("Network.enable", maxTotalBufferSize=0, maxResourceBufferSize=0)  # keep no bodies
            command("Network.setBlockedURLs", urls=["*/favicon.ico"])
            command("Network.setExtraHTTPHeaders", headers=headers)
            command("Network.setCookies", cookies=cookies)
            try:
                reached = command("Page.navigate", url=url)  # answers when the document begins
                if error := reached.get("errorText"):
                    return self._failed(reached, error)
                self.ready = self._wait()
                self._unfold()
                page = self._read()
                if self._pictures:
                    page.screenshot = self._picture()
                return page
            finally:
                self._read_log()

    def _failed(self, reached: dict[str, Any], error: str) -> Page:
        """The empty page of an answer without content, if there was an answer."""
        self._read_log()
        if reached.get("isDownload"):
            raise RefusedError(Outcome.HTTP, "a download, no page", final=True)
        answer = self._answers.get(reached.get("loaderId", ""))
        if answer is None or answer["status"] == _OK:
            raise RefusedError(Outcome.TIMEOUT if "TIMED_OUT" in error else Outcome.HTTP, error)
        return self._answered(answer, answer["url"], b"", answer["mimeType"])

    def _picture(self) -> bytes | None:
        """What the page looks like; None when a dialog comes between."""
        picture = self._chromium.command("Page.captureScreenshot", format="png") or {}
        return base64.b64decode(picture["data"]) if "data" in picture else None

    def _wait(self) -> bool:
        """Wait for what the policy wants; whether it came."""
        suspected = time.monotonic() + PATIENCE
        while True:
            state, found = self._script(_STATE, self._policy.wait_for)
            now = time.monotonic()
            if (found and state != "loading") or now >= self._until:
                return bool(found)
            if state != "loading" and now >= suspected:
                suspected = math.inf
                page = self._read()
                if page.status != _OK or self._refuses(page):
                    return False
            time.sleep(_POLL)

    def _unfold(self) -> None:
        """Click and scroll, each until enough has come or nothing more does."""
        for css in self._policy.click:
            if self._script(_CLICK, css):
                self._settle(_COUNT, "*", math.inf)
        if self._policy.scroll_for:
            self._settle(_SCROLL, self._policy.scroll_for, self._policy.scroll_to or math.inf)

    def _settle(self, measure: str, css: str, enough: float) -> None:
        before, farthest, since = -1, -1, time.monotonic()
        while (now := time.monotonic()) < self._until:
            count, place = self._script(measure, css)
            if count >= enough:
                return
            if count != before or place > farthest:
                before, farthest, since = count, max(place, farthest), now
            elif now - since > STILL:
                return
            time.sleep(_POLL)

    def _read(self) -> Page:
        self._read_log()
        while not (shown := self._chromium.command("Page.getFrameTree")):
            time.sleep(_POLL)
        frame = shown["frameTree"]["frame"]
        self._check(self._real(frame["url"]))
        if frame.get("unreachableUrl"):
            raise RefusedError(Outcome.HTTP, "left for a page that cannot be reached")
        if why := self._cut.get(frame["loaderId"]):  # what has come of it is drawn, as if it were all
            raise RefusedError(Outcome.HTTP, f"cut short: {why}")
        kind, most = frame["mimeType"], self._policy.max_bytes
        # What came is measured as well as what it was made into: of a flood of NULs, for one, nothing is drawn.
        text = (
            self._script(_TEXT, "html" in kind or "xml" in kind, most) if self._sizes[frame["loaderId"]] <= most else 0
        )
        body = text.encode("utf-8", "replace") if isinstance(text, str) else None
        if body is None or len(body) > most:
            raise RefusedError(Outcome.HTTP, f"page larger than {most} bytes", final=True)
        return self._answered(self._answers.get(frame["loaderId"], {"status": _OK}), frame["url"], body, kind)

    def _answered(self, answer: dict[str, Any], url: str, body: bytes, kind: str) -> Page:
        headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
        self.retry_after = headers.get("retry-after")
        content_type = f"{kind}; charset=utf-8"
        return Page(self._real(url), body, status=answer["status"], content_type=content_type, number=self._number)

    def _script(self, function: str, *arguments: Any) -> Any:
        """What a function returns in the page; asked again when a dialog or a navigation comes between."""
        call = f"({function})(...{orjson.dumps(arguments).decode()})"
        while True:
            try:
                world = self._chromium.command("Page.createIsolatedWorld", frameId=self._tab, worldName="hawker")
                answer = world and self._chromium.command(
                    "Runtime.evaluate", expression=call, contextId=world["executionContextId"], returnByValue=True
                )
            except WebDriverException as error:
                if not _PASSING.search(error.msg or ""):
                    raise
                answer = None
            if answer and "exceptionDetails" in answer:
                why = answer["exceptionDetails"]["exception"]["description"].partition("\n")[0]
                raise ValueError(f"{arguments[0]!r} on the page: {why}")
            if answer:
                return answer["result"]["value"]
            time.sleep(_POLL)

    def _read_log(self) -> None:
        for entry in self._chromium.log():
            event = orjson.loads(entry["message"])
            method, detail = event["message"]["method"], event["message"]["params"]
            if event["webview"] != self._tab:
                continue
            if method == "Network.loadingFinished":
                self.received += int(detail["encodedDataLength"])
            elif method == "Network.dataReceived":
                self._sizes[detail["requestId"]] += int(detail["dataLength"])
            elif method == "Network.loadingFailed":
                self._cut[detail["requestId"]] = detail["errorText"]
            elif detail.get("type") == "Document" and detail.get("frameId") == self._tab:
                if method == "Network.requestWillBeSent":
                    self._check(self._real(detail["request"]["url"]))
                elif method == "Network.responseReceived":
                    self._answers[detail["loaderId"]] = detail["response"]
