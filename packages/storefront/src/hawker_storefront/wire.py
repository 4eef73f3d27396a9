"""Answers as bytes on the wire, sound and broken."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from aiohttp import web
from isal import igzip, isal_zlib

if TYPE_CHECKING:
    from hawker_storefront.pages.render import Page

FOR_EVER_S = 3600.0
"""How long an answer that never comes is waited with, should the client wait as long."""
_BOMB_MIB = 256
_MIB = bytes(1 << 20)
_DRIBBLES = 20


@dataclass(frozen=True, slots=True)
class Body:
    """An encoded answer: its status, headers and bytes, and how many rows it holds where that is known."""

    status: int
    headers: dict[str, str]
    content: bytes
    rows: int | None = None


def encode(page: Page, *, gzip: bool) -> Body:
    """A page in its own charset, compressed when the client takes gzip."""
    content = page.text.encode(page.charset, "xmlcharrefreplace")
    content_type = "text/html" + (f";charset={page.charset.upper()}" if page.declared else "")
    return replace(pack(content, page.status, content_type, gzip=gzip), rows=len(page.rows))


def pack(content: bytes, status: int, content_type: str, *, gzip: bool) -> Body:
    """Bytes with the headers that describe them."""
    headers = {"Content-Type": content_type, "Vary": "Accept-Encoding"}
    if gzip:
        headers["Content-Encoding"] = "gzip"
        content = igzip.compress(content, compresslevel=1, mtime=0)
    return Body(status, headers, content)


def accepts_gzip(request: web.BaseRequest) -> bool:
    """Whether the client's Accept-Encoding names gzip."""
    return "gzip" in request.headers.get("Accept-Encoding", "").lower()


def send(body: Body) -> web.Response:
    """A sound answer."""
    return web.Response(status=body.status, headers=body.headers, body=body.content)


async def never(request: web.BaseRequest, body: Body, *, halfway: bool) -> web.StreamResponse:
    """No answer at all, or one that stops in the middle of its body and stays open."""
    response = web.StreamResponse(status=body.status, headers=body.headers)
    if halfway:
        response.content_length = len(body.content)
        await response.prepare(request)
        await response.write(body.content[: len(body.content) // 2])
    await asyncio.sleep(FOR_EVER_S)
    return response


async def reset(request: web.BaseRequest) -> web.StreamResponse:
    """A connection reset: RST instead of an answer."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def cut(request: web.BaseRequest, body: Body, *, inside: bool) -> web.StreamResponse:
    """A truncated body: fewer bytes than Content-Length says, or (`inside`) a whole answer whose gzip stream is cut."""
    part = body.content[: len(body.content) * 2 // 3]
    if inside and "Content-Encoding" in body.headers:
        return web.Response(status=body.status, headers=body.headers, body=part)
    response = web.StreamResponse(status=body.status, headers=body.headers)
    response.content_length = len(body.content)
    await response.prepare(request)
    await response.write(part)
    if request.transport is not None:
        request.transport.close()
    return response


async def dribble(request: web.BaseRequest, body: Body, seconds: float) -> web.StreamResponse:
    """The whole body, in small pieces over some seconds."""
    response = web.StreamResponse(status=body.status, headers=body.headers)
    response.content_length = len(body.content)
    await response.prepare(request)
    step = -(-len(body.content) // _DRIBBLES)
    for start in range(0, len(body.content), step):
        await response.write(body.content[start : start + step])
        await asyncio.sleep(seconds / _DRIBBLES)
    await response.write_eof()
    return response


def misdeclared(body: Body) -> web.Response:
    """A body that says it is gzip and is not. `body` must not be compressed."""
    return web.Response(status=body.status, headers=body.headers | {"Content-Encoding": "gzip"}, body=body.content)


@cache
def _bomb() -> bytes:
    packer = isal_zlib.compressobj(3, wbits=31)
    packed = b"".join(packer.compress(_MIB) for _ in range(_BOMB_MIB))
    return packed + packer.flush()


def bomb() -> web.Response:
    """A small gzip body that inflates to 256 MiB of zeros."""
    return web.Response(headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}, body=_bomb())


def download(body: Body) -> web.Response:
    """A page that the browser must not draw but save."""
    headers = body.headers | {"Content-Type": "application/octet-stream"}
    headers["Content-Disposition"] = 'attachment; filename="page.bin"'
    return web.Response(status=body.status, headers=headers, body=body.content)


def offsite() -> web.Response:
    """A redirect to a host that is none of the shop's."""
    return web.Response(status=302, headers={"Location": "https://elsewhere.example/landing"})
