"""S3, Step Functions, Lambda and ECS in this process: moto's server on 127.0.0.1, with Hawker's processes behind it.

One at a time per process: moto's state is the process's own. S3's objects and state machines live as long as the cloud.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs

from moto.awslambda_simple.models import LambdaSimpleBackend, lambda_simple_backends
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends
from moto.moto_server import werkzeug_app
from werkzeug.serving import make_server

from . import moto_fixes, rootfs
from .endpoint import DEFAULT_REGION, HEALTH_PATH, IMAGES_PATH, INTERRUPT_PATH, LAMBDAS_PATH, TASKS_PATH
from .errors import LocalCloudError
from .fleet import DEFAULT_CONCURRENCY, Fleet
from .image import Image, images_from_json
from .lambdas import ProcessLambdaBackend
from .task_fleet import DEFAULT_SLOTS, TaskFleet
from .tasks import ProcessEcsBackend

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["Image", "LocalCloud", "start"]

_one_per_process = threading.Lock()


class LocalCloud:
    """A running cloud; `endpoint` is what `AWS_ENDPOINT_URL` must be. Close it, or use it in a `with`."""

    def __init__(self, endpoint: str, fleet: Fleet, tasks: TaskFleet, listener: socket.socket) -> None:
        self.endpoint = endpoint
        self.logs = fleet.logs
        self._fleet = fleet
        self._tasks = tasks
        self._listener = listener
        host, port = listener.getsockname()
        self._server = make_server(
            host,
            port,
            _Application(fleet, tasks),
            threaded=True,
            request_handler=werkzeug_app.MotoRequestHandler,
            fd=listener.fileno(),
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="local-cloud", daemon=True)
        self._thread.start()

    def stats(self) -> dict[str, Any]:
        """Return what GET {endpoint}/_hawker/lambdas answers: see `Fleet.stats`."""
        return self._fleet.stats()

    def close(self) -> None:
        """Stop serving, kill every sandbox and task and forget all state. A second call does nothing."""
        if not self._thread.is_alive():
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._listener.close()
        self._fleet.close()
        self._tasks.close()
        _uninstall()
        _one_per_process.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start(
    images: Mapping[str, Image],
    logs: Path,
    *,
    port: int = 0,
    region: str = DEFAULT_REGION,
    concurrency: int = DEFAULT_CONCURRENCY,
    task_slots: int = DEFAULT_SLOTS,
) -> LocalCloud:
    """Start the cloud on 127.0.0.1.

    Args:
        images: what each image repository's name stands for; where functions and tasks find theirs.
        logs: folder of the logs, `lambda-<function>.log` and `task-<family>.log`.
        port: TCP port, 0 for a free one.
        region: the region of the sandboxes; the endpoint itself answers for every region.
        concurrency: how many invocations may run at once.
        task_slots: how many tasks may run at once; further ones wait.

    Raises:
        LocalCloudError: the port is taken, an image's interpreter or folder is missing, this process has a cloud
            already, or moto is of another release.
    """
    _check(images)
    if not _one_per_process.acquire(blocking=False):
        raise LocalCloudError("this process has a local cloud already: close it first")
    try:
        listener = _listen(port)
        endpoint = "http://{}:{}".format(*listener.getsockname())
        moto_fixes.apply(endpoint)
        logs.mkdir(parents=True, exist_ok=True)
        fleet = Fleet(images, logs, region, endpoint, concurrency)
        tasks = TaskFleet(images, logs, endpoint, task_slots)
        _install(fleet, tasks)
        return LocalCloud(endpoint, fleet, tasks, listener)
    except BaseException:
        _one_per_process.release()
        raise


def _check(images: Mapping[str, Image]) -> None:
    for name, image in images.items():
        if image.root is not None:
            rootfs.check(image.root)
            continue
        if shutil.which(image.python) is None:
            raise LocalCloudError(f"image {name}: there is no interpreter {image.python}")
        if not image.cwd.is_dir():
            raise LocalCloudError(f"image {name}: there is no folder {image.cwd}")


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=512)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise LocalCloudError(f"cannot listen on 127.0.0.1:{port}: {reason}; choose another port") from error


def _install(fleet: Fleet, tasks: TaskFleet) -> None:
    """Put Hawker's backends behind moto's API."""
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    default_user_config["lambda"] = {"use_docker": False}
    ProcessLambdaBackend.fleet = fleet
    lambda_simple_backends.backend = ProcessLambdaBackend
    ProcessEcsBackend.fleet = tasks
    ecs_backends.backend = ProcessEcsBackend
    # No page that the user's browser shows may call the cloud: moto invites every origin.
    vars(werkzeug_app)["DISABLE_GLOBAL_CORS"] = True
    # Each request, and each error that a state machine goes on to catch, would be a line or a traceback.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)


def _uninstall() -> None:
    """Leave moto to others in this process as it was, but for the mended interpreter."""
    BackendDict.reset()
    lambda_simple_backends.backend = LambdaSimpleBackend
    ecs_backends.backend = EC2ContainerServiceBackend
    default_user_config.pop("stepfunctions", None)
    default_user_config.pop("lambda", None)


class _Dispatcher(werkzeug_app.DomainDispatcherApplication):
    """moto's dispatcher, remembering which service a host is: moto tries 150 patterns per request, under a lock."""

    def __init__(self, create_app: Any) -> None:
        super().__init__(create_app)
        self._services: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._services:
            self._services[host] = super().get_backend_for_host(host)
        return self._services[host]


class _Application:
    """moto's WSGI application and, beside it, the cloud's own pages."""

    def __init__(self, fleet: Fleet, tasks: TaskFleet) -> None:
        self._fleet, self._tasks = fleet, tasks
        self._moto = _Dispatcher(werkzeug_app.create_backend_app)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        gauges: dict[str, Fleet | TaskFleet] = {LAMBDAS_PATH: self._fleet, TASKS_PATH: self._tasks}
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", path if path == HEALTH_PATH:
                return self._answer(start_response, {"pid": os.getpid()})
            case "GET", path if path in gauges:
                return self._answer(start_response, gauges[path].stats())
            case "DELETE", path if path in gauges:
                gauges[path].reset_stats()
                return self._answer(start_response, gauges[path].stats())
            case "PUT", path if path == IMAGES_PATH:
                body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
                images = images_from_json(json.loads(body))
                self._fleet.push(images)
                self._tasks.images = images
                return self._answer(start_response, {})
            case "POST", path if path == INTERRUPT_PATH:
                return self._interrupt(start_response, parse_qs(environ["QUERY_STRING"]).get("task", ["random"])[0])
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer

    def _interrupt(self, start_response: StartResponse, task: str) -> Iterable[bytes]:
        try:
            return self._answer(start_response, {"task": self._tasks.interrupt(task)})
        except LookupError as error:
            return self._answer(start_response, {"error": str(error)}, HTTPStatus.NOT_FOUND)

    @staticmethod
    def _answer(start_response: StartResponse, document: object, status: HTTPStatus = HTTPStatus.OK) -> Iterable[bytes]:
        body = json.dumps(document).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]
