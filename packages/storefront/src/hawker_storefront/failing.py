"""What a fault answers instead of the page: another page, or a broken way of sending the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_storefront import routes, wire
from hawker_storefront.pages import blocks, spoilt

if TYPE_CHECKING:
    from aiohttp import web

    from hawker_storefront.config import Config
    from hawker_storefront.faults import Fault
    from hawker_storefront.pages.render import Page
    from hawker_storefront.routes import Ask


def page_instead(config: Config, ask: Ask, fault: Fault) -> Page | None:
    """The page that a fault puts in the place of the one asked for; None when the fault is in the sending."""
    match fault.kind:
        case "captcha":
            page = blocks.captcha(ask, fault.variety)
        case "forbidden":
            page = blocks.refusal(403 if _heads(fault) else 429)
        case "throttled":
            page = blocks.refusal(429)
        case "gone":
            page = blocks.missing(ask)
        case "error":
            page = blocks.failure(ask, 500)
        case "unavailable":
            page = blocks.failure(ask, 503)
        case "garbled":
            page = blocks.garbled(ask)
        case "empty":
            page = routes.draw_empty(config.seed, ask)
        case "endless_script" | "crash" | "dialogs" | "resource":
            page = spoilt.spoil(routes.draw(config.seed, ask), fault.kind)
        case _:
            return None
    return page


async def send_broken(
    config: Config, request: web.BaseRequest, fault: Fault, body: wire.Body, plain: wire.Body
) -> web.StreamResponse:
    """Send a page the way its fault does.

    Args:
        config: says how slow a slow body is.
        request: the request to answer.
        fault: one for which `page_instead` is None.
        body: the page asked for, in the encoding that the client takes.
        plain: the same, not compressed.
    """
    response: web.StreamResponse
    match fault.kind:
        case "bomb":
            response = wire.bomb()
        case "download":
            response = wire.download(body)
        case "offsite":
            response = wire.offsite()
        case "reset":
            response = await wire.reset(request)
        case "truncated":
            response = await wire.cut(request, body, inside=_heads(fault))
        case "slow_body":
            response = await wire.dribble(request, body, config.transient.slow_body_s)
        case "encoding":
            response = wire.misdeclared(plain)
        case _:
            response = await wire.never(request, body, halfway=_heads(fault))
    return response


def _heads(fault: Fault) -> bool:
    """Which of its two varieties a fault has."""
    return fault.variety % 2 == 0
