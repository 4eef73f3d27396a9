"""A Hawker whose eBay functions and tasks are the built images' instead of processes of this environment."""

from __future__ import annotations

import asyncio
import os
import shlex
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from hawker_orchestrator.local import daemon
from hawker_orchestrator.local.endpoint import client
from hawker_orchestrator.local.image import Image
from hawker_orchestrator.local.stack import deploy_all, images
from tests.pipeline.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.images.buildah import Root


class ImageLab(Lab):
    """A lab that leaves the schema to the migrating function of the images."""

    def __init__(self, roots: Mapping[str, Root]) -> None:
        super().__init__()
        built = {
            "hawker-ebay": as_image(roots["lambda"]),
            "hawker-ebay-browser": as_image(roots["fargate"]),
        }
        self._images = images() | built

    def up(self) -> None:
        self.state = daemon.up(daemon.Options(images=self._images, data_dir=self.folder))

    def deploy_over(self, database_url: str, settings: Mapping[str, str]) -> None:
        """Deploy as `deploy` does; the functions reach the database by this URL."""
        with mock.patch.dict(os.environ, {f"HAWKER_{name.upper()}": value for name, value in settings.items()}):
            deploy_all(self.endpoint, database_url)

    def invoke(self, function: str, event: bytes) -> dict[str, Any]:
        answer = client("lambda", self.endpoint, "eu-central-1").invoke(FunctionName=function, Payload=event)
        return {"error": answer.get("FunctionError"), "body": answer["Payload"].read()}

    def log(self, name: str) -> str:
        assert self.state is not None
        return (self.state.logs / name).read_text("utf-8")


def as_image(root: Root) -> Image:
    """A built image as the local cloud runs it: by its own ENTRYPOINT, CMD, ENV, USER and WORKDIR."""
    config = root.config
    return Image(
        python="python",
        cwd=Path(config.get("WorkingDir") or "/"),
        # The task's scratch folder is one of this machine's folders.
        env={"TMPDIR": "/tmp", **dict(pair.split("=", 1) for pair in config["Env"])},  # noqa: S108
        command=shlex.join(config["Cmd"]),
        entry_point=tuple(config.get("Entrypoint") or ()),
        root=root.path,
        user=config["User"],
    )


@contextmanager
def over_tcp(url: str) -> Iterator[str]:
    """The embedded database, on a socket for its own users, over TCP as Aurora is; gives its URL there."""
    parts = urlsplit(url)
    socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
    loop = asyncio.new_event_loop()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(socket)
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    server = loop.run_until_complete(asyncio.start_server(relay, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        port = server.sockets[0].getsockname()[1]
        yield parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}", query="").geturl()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.1))
        loop.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # a killed worker's
    finally:
        writer.close()
