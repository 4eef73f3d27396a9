"""Reads an answer's body within a size cap that holds on the wire and after decompression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isal import igzip_lib, isal_zlib

from hawker_core.fetch.retry import RefusedError
from hawker_core.model import Outcome

if TYPE_CHECKING:
    from httpx2 import Response

ACCEPTED = "gzip, deflate"  # what inflate() reads
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's window bits per format


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
        return inflate(bytes(wire), most, gzip=encoding != "deflate")
    except igzip_lib.IsalError as error:  # type: ignore[misc]  # its stub forgets the base class
        raise RefusedError(Outcome.HTTP, f"broken {encoding} body: {error}") from None


def inflate(wire: bytes, most: int, *, gzip: bool) -> bytes:
    """Decompress gzip (all members) or deflate, with or without its zlib header as servers send it.

    Raises:
        RefusedError: larger than `most` bytes, or cut short.
        igzip_lib.IsalError: not compressed data.
    """
    bits = _GZIP if gzip else _ZLIB if wire[:1] and wire[0] & 0x0F == 8 else _RAW  # noqa: PLR2004  RFC 1950: method 8
    body = b""
    while wire:
        inflater: Any = isal_zlib.decompressobj(wbits=bits)
        body += inflater.decompress(wire, most + 1 - len(body))
        if len(body) > most:
            raise _too_large(most)
        if not inflater.eof:
            raise RefusedError(Outcome.HTTP, "compressed body cut short")
        wire = inflater.unused_data
    return body


def _too_large(most: int) -> RefusedError:
    return RefusedError(Outcome.HTTP, f"page larger than {most} bytes", final=True)
