"""Reads an answer's body within a size cap that holds on the wire and after decompression."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from isal import igzip, igzip_lib, isal_zlib

from hawker_core.fetch.retry import RefusedError
from hawker_core.model import Outcome

if TYPE_CHECKING:
    from httpx2 import Response

ACCEPTED = "gzip, deflate"  # what inflate() reads
_ZLIB, _RAW = 15, -15  # zlib's window bits per format


async def read(response: Response, most: int) -> bytes:
    """The decompressed body of a streamed response.

    Raises:
        RefusedError: it is larger than `most` bytes, cut short, or in an encoding that was not asked for.
    """
    wire = bytearray()
    async for piece in response.aiter_raw():
        wire += piece
        if len(wire) > most:
            raise _too_large(most)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return bytes(wire)
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise RefusedError(Outcome.HTTP, f"content-encoding {encoding}, not asked for", final=True)
    try:
        inflated = inflate(bytes(wire), most, gzip=encoding != "deflate")
    except (OSError, EOFError, igzip_lib.IsalError) as error:  # type: ignore[misc]  # isal's stub forgets the base class
        raise RefusedError(Outcome.HTTP, f"broken {encoding} body: {error}") from None
    if len(inflated) > most:
        raise _too_large(most)
    return inflated


def inflate(wire: bytes, most: int, *, gzip: bool) -> bytes:
    """Decompress gzip (all members) or deflate, with or without its zlib header as servers send it.

    Stops after `most` bytes and one more.

    Raises:
        OSError, igzip_lib.IsalError: not compressed data.
        EOFError: cut short.
    """
    if gzip:
        return bytes(igzip.IGzipFile(fileobj=BytesIO(wire)).read(most + 1))  # type: ignore[no-untyped-call]  # no stub
    bits = _ZLIB if wire[:1] and wire[0] & 0x0F == 8 else _RAW  # noqa: PLR2004  RFC 1950: method 8
    inflater: Any = isal_zlib.decompressobj(wbits=bits)
    inflated = bytes(inflater.decompress(wire, most + 1))
    if wire and not inflater.eof and len(inflated) <= most:
        raise EOFError("cut short")
    return inflated


def _too_large(most: int) -> RefusedError:
    return RefusedError(Outcome.HTTP, f"page larger than {most} bytes", final=True)
