"""A Chromium of our own and its chromedriver: found, started, measured, and ended with all its processes and files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import websocket
from selenium.common.exceptions import UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver import ChromeOptions, ChromeService, Remote
from selenium.webdriver.chromium.remote_connection import ChromiumRemoteConnection
from selenium.webdriver.common.driver_finder import DriverFinder
from selenium.webdriver.remote.client_config import ClientConfig
from urllib3.exceptions import HTTPError

from hawker_core.fetch import guard
from hawker_core.settings import BadSettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.settings import Settings

BROKEN = (WebDriverException, HTTPError, websocket.WebSocketException, OSError)  # what a browser that fails raises
# Debian's headless shell first, where it is installed: the same engine without a window's user interface.
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_NOWHERE = "http://127.0.0.1:9/"  # a port that Chromium refuses to ask
_FEATURES = (
    "AutofillServerCommunication",
    "CertificateTransparencyComponentUpdater",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationGuideModelDownloading",
    "OptimizationHints",
    "Translate",
    # A URL is asked for as it is written.
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    # Parts of a window that nobody sees, which would be pages of their own: half of a small page's CPU.
    "InitialWebUI",
    "PreloadTopChromeWebUI",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxPopup",
    "WebUIReloadButton",
)
_ARGUMENTS = (
    "--headless=new",
    "--window-size=1366,900",
    "--mute-audio",
    "--disable-dev-shm-usage",  # a container has 64 MB of it; the profile's folder instead
    "--disable-quic",
    # It asks for nothing that a page did not ask for.
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    f"--component-updater=url-source={_NOWHERE}",
    f"--gaia-url={_NOWHERE}",
    f"--disable-features={','.join(_FEATURES)}",
)


class Programs(NamedTuple):
    """The paths of browser and driver."""

    browser: str
    driver: str


def find(settings: Settings) -> Programs:
    """The programs that the settings name, else those on PATH, else Selenium Manager's.

    Raises:
        BadSettingError: there are none.
    """
    browser = _program("HAWKER_CHROMIUM", settings.chromium, *_BROWSERS)
    driver = _program("HAWKER_CHROMEDRIVER", settings.chromedriver, "chromedriver")
    if browser and driver:
        return Programs(browser, driver)
    os.environ.setdefault("SE_AVOID_STATS", "true")  # or Selenium Manager reports that it was used
    options = ChromeOptions()
    options.binary_location = browser or ""
    finder = DriverFinder(ChromeService(executable_path=driver), options)
    try:
        return Programs(browser or finder.get_browser_path(), driver or finder.get_driver_path())
    except WebDriverException:
        what = "Chromium" if not browser else "chromedriver"
        raise BadSettingError(
            f"no {what}: install chromium and chromium-driver, or set HAWKER_CHROMIUM and HAWKER_CHROMEDRIVER"
        ) from None


def _program(variable: str, named: str, *names: str) -> str | None:
    found = next((path for name in ([named] if named else names) if (path := shutil.which(name))), None)
    if named and not found:
        raise BadSettingError(f"{variable}={named!r}: no such program")
    return found


class Chromium:
    """A browser, from its first process to its last file. All but `kill` and `memory` block: for a thread.

    Args:
        programs: as `find` found them.
        arguments: Chromium's, beside those that every page needs.
    """

    def __init__(self, programs: Programs, arguments: list[str]) -> None:
        self.pages = 0
        self.dead = False
        self._programs, self._arguments = programs, arguments
        self._folder = Path(tempfile.mkdtemp(prefix="hawker-"))
        command = [sys.executable, "-I", "-S", guard.__file__, str(self._folder), programs.driver, "--port=0"]
        # Pages are hostile: their processes get none of our variables, which may hold secrets.
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "LANG", "TZ") if name in os.environ}
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed when all is over
        self._guard = subprocess.Popen(  # noqa: S603  programs that the operator installed
            command,
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            env={**kept, "HOME": str(self._folder), "TMPDIR": str(self._folder)},
        )

    def start(self) -> None:
        """Open the browser; one of BROKEN when that fails."""
        options = ChromeOptions()
        options.binary_location = self._programs.browser
        options.page_load_strategy = "none"
        options.unhandled_prompt_behavior = "dismiss"
        options.timeouts = {"script": 86_400_000}
        # Popups stay blocked, and what a page writes to its console stays off the disk.
        options.add_experimental_option("excludeSwitches", ["disable-popup-blocking", "enable-logging"])
        options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True, "enablePage": False})
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        for argument in (*_ARGUMENTS, *self._arguments):
            options.add_argument(argument)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # Chromium refuses to start as root with it
        address = f"http://127.0.0.1:{self._port()}"
        without_limit = ClientConfig(address)  # a page is ended from outside
        connection = ChromiumRemoteConnection(address, "goog", "chrome", ignore_proxy=True, client_config=without_limit)
        self.driver = Remote(command_executor=connection, options=options)
        self._home = self.driver.current_window_handle
        # Contexts are made by the browser's own endpoint: chromedriver speaks to pages alone.
        profile = Path(self.driver.capabilities["chrome"]["userDataDir"])  # in our folder, as TMPDIR says
        port, path = (profile / "DevToolsActivePort").read_text("ascii").split()
        self._browser = websocket.create_connection(f"ws://127.0.0.1:{port}{path}", suppress_origin=True)

    def _port(self) -> int:
        log, ended = b"", False
        while not ended:
            time.sleep(0.01)
            ended = self._guard.poll() is not None
            log = os.pread(self._log.fileno(), 1 << 16, 0)
            if found := re.search(rb"started successfully on port (\d+)", log):
                return int(found[1])
        said = log.decode(errors="replace").strip().splitlines()
        raise OSError(f"{self._programs.driver} ended at once: {said[-1] if said else 'it said nothing'}")

    @contextmanager
    def tab(self) -> Iterator[str]:
        """A tab's id, the driver's window for a while. Its cookies, storage and cache are gone after it."""
        self.pages += 1
        context = self._call("Target.createBrowserContext", disposeOnDetach=True)["browserContextId"]
        self._call("Browser.setDownloadBehavior", behavior="deny", browserContextId=context)
        tab = self._call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self.driver.switch_to.window(tab)
        try:
            yield tab
        finally:
            self.driver.switch_to.window(self._home)
            self._call("Target.disposeBrowserContext", browserContextId=context)

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What a command of the DevTools protocol answers in the present tab; nothing when a dialog came between."""
        answer: dict[str, Any] = self._ask("executeCdpCommand", {"cmd": method, "params": parameters}) or {}
        return answer

    def log(self) -> list[dict[str, Any]]:
        """The protocol's Network events since the last call, as chromedriver wraps them, of all tabs."""
        return self._ask("getLog", {"type": "performance"}) or []

    def _ask(self, command: str, parameters: dict[str, Any]) -> Any:
        with suppress(UnexpectedAlertPresentException):  # it is dismissed
            return self.driver.execute(command, parameters)["value"]

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._browser.send(orjson.dumps({"id": self.pages, "method": method, "params": parameters}).decode())
        answer: dict[str, Any] = {}
        while "id" not in answer:  # events come between
            answer = orjson.loads(self._browser.recv())
        if "error" in answer:
            raise WebDriverException(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def memory(self) -> int:
        """Bytes of resident memory that its processes have each to themselves, which leaves out shared programs."""
        pages = 0
        for pid in guard.descendants(self._guard.pid):
            with suppress(OSError, IndexError):
                status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
                pages += int(status.partition("RssAnon:")[2].split(None, 1)[0])
        return pages * 1024

    def kill(self) -> None:
        """End all its processes and remove its files, at once; can be called at any time, from any thread."""
        self.dead = True
        if self._guard.stdin:
            self._guard.stdin.close()

    def wait(self) -> None:
        """Wait until all is gone."""
        self._guard.wait()
        self._log.close()
