"""Lambda's Runtime API, as much of it as `awslambdaric` uses: next, response, error, init error.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. One server per sandbox, as on AWS. An answer and an
error differ by the path they are posted to, never by their body.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Final

_VERSION: Final = "/2018-06-01/runtime"


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event on its way to a runtime."""

    request_id: str
    payload: bytes
    function_arn: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Started:
    """The runtime took the event: its time runs from here."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The handler returned; `body` is its answer as JSON."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """The handler raised, or the module could not be loaded (`init`); `body` is Lambda's error document as JSON."""

    body: bytes
    init: bool


@dataclass(frozen=True, slots=True)
class Exited:
    """The process is gone; `code` as in `subprocess.Popen.returncode`."""

    code: int


Event = Started | Answered | Failed | Exited


class RuntimeApi:
    """Serves one runtime on 127.0.0.1 and tells `events` what it says."""

    def __init__(self, events: SimpleQueue[Event]) -> None:
        self.events = events
        self._offered: SimpleQueue[Invocation | None] = SimpleQueue()
        self._current = ""
        self._closed = False
        self._server = _Server(self)
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._serve, name=f"runtime-api-{self.address}", daemon=True).start()

    def offer(self, invocation: Invocation) -> None:
        """Hand over the next event; the runtime takes it when it asks for one."""
        self._current = invocation.request_id
        self._offered.put(invocation)

    def take(self) -> Invocation | None:
        """Wait for an event; None when the API closes."""
        invocation = self._offered.get()
        if invocation is not None:
            self.events.put(Started())
        return invocation

    def is_current(self, request_id: str) -> bool:
        """Whether `request_id` is the invocation under way."""
        return request_id == self._current

    def close(self) -> None:
        """Stop serving. The runtime must be dead: a waiting one is told nothing."""
        self._closed = True
        self._offered.put(None)
        # `handle_request` sleeps without a timeout, so that forty idle sandboxes cost nothing: a connection wakes it.
        socket.create_connection(("127.0.0.1", self._server.server_port)).close()

    def _serve(self) -> None:
        with self._server:
            while not self._closed:
                self._server.handle_request()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    server: _Server

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            # A sandbox killed in mid-request; its exit is reported by whoever waits for the process.
            self.close_connection = True

    def handle_expect_100(self) -> bool:
        # libcurl holds a body back until it hears this, or for a second: the buffer must not keep it.
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def do_GET(self) -> None:
        if self.path != f"{_VERSION}/invocation/next":
            self._answer(HTTPStatus.NOT_FOUND)
            return
        invocation = self.server.api.take()
        if invocation is None:
            self.close_connection = True
            return
        self._answer(
            HTTPStatus.OK,
            invocation.payload,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + invocation.timeout_s) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            },
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        api = self.server.api
        match self.path.removeprefix(f"{_VERSION}/").split("/"):
            case ["init", "error"]:
                api.events.put(Failed(body, init=True))
            case ["invocation", request_id, "response"] if api.is_current(request_id):
                api.events.put(Answered(body))
            case ["invocation", request_id, "error"] if api.is_current(request_id):
                api.events.put(Failed(body, init=False))
            case ["invocation", _, "response" | "error"]:
                self._answer(HTTPStatus.BAD_REQUEST, b'{"errorType":"InvalidRequestID"}')
                return
            case _:
                self._answer(HTTPStatus.NOT_FOUND)
                return
        self._answer(HTTPStatus.ACCEPTED, b'{"status":"OK"}')

    def _answer(self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Say nothing: the sandbox keeps the log."""
