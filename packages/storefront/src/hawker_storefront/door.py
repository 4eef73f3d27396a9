"""The server's door: plain requests go straight in; a CONNECT, as browsers send to a proxy, opens a TLS tunnel.

Browsers do not speak plain HTTP to every shop: Amazon's hosts stand on Chromium's list of those to reach by HTTPS
alone. So the server is an HTTPS proxy too, under a certificate of its own making, which the browser must be told to
accept (`--ignore-certificate-errors`). Format of CONNECT: RFC 9110, section 9.3.6.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import cached_property
from typing import TYPE_CHECKING, cast

from hawker_storefront.routes import is_shop

if TYPE_CHECKING:
    from collections.abc import Callable

_CONNECT = b"CONNECT "
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_UNKNOWN = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_HEAD_LIMIT = 16_384  # bytes
_HANDSHAKE_S = 20.0


class Certificate:
    """A certificate, made when the first browser needs it: its library takes a while to load."""

    @cached_property
    def context(self) -> ssl.SSLContext:
        """What a TLS server needs."""
        import trustme  # noqa: PLC0415 - see above

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("storefront.example").configure_cert(context)
        return context


class _Held(asyncio.Protocol):
    """Keeps what comes through a tunnel until somebody reads it."""

    def __init__(self) -> None:
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data


class Door(asyncio.Protocol):
    """A new connection, until its first bytes tell what it is.

    Args:
        inside: makes the protocol that answers requests.
        certificate: what to show in tunnels.
    """

    def __init__(self, inside: Callable[[], asyncio.Protocol], certificate: Certificate) -> None:
        self._inside = inside
        self._certificate = certificate
        self._head = b""
        self._tunnelling: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Let a request in; open a tunnel where one is asked for."""
        self._head += data
        if not self._head.startswith(_CONNECT[: len(self._head)]):
            self._let_in(self._transport, self._head)
        elif b"\r\n\r\n" in self._head:
            self._connect()
        elif len(self._head) > _HEAD_LIMIT:
            self._transport.abort()

    def _let_in(self, transport: asyncio.Transport, data: bytes) -> None:
        protocol = self._inside()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if data:
            protocol.data_received(data)

    def _connect(self) -> None:
        host = self._head[len(_CONNECT) :].partition(b":")[0].decode("ascii", "replace").lower()
        if not is_shop(host):
            self._transport.write(_UNKNOWN)
            self._transport.close()
            return
        # Nothing may be read before TLS reads it.
        self._transport.pause_reading()
        self._transport.write(_ESTABLISHED)
        self._tunnelling = asyncio.ensure_future(self._tunnel())

    async def _tunnel(self) -> None:
        held = _Held()
        try:
            tunnel = await asyncio.get_running_loop().start_tls(
                self._transport, held, self._certificate.context, server_side=True, ssl_handshake_timeout=_HANDSHAKE_S
            )
        except (OSError, ssl.SSLError):
            return  # the client does not accept the certificate, or is gone; the transport is closed
        if tunnel is not None and not tunnel.is_closing():
            self._let_in(tunnel, held.data)
