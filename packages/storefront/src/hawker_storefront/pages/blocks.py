"""How the shops say no: captchas, interstitials, sign-in walls, error pages; and shells with the main part missing."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from hawker_storefront import filler
from hawker_storefront.catalogue import amazon_lists
from hawker_storefront.pages.render import Page, raw, render
from hawker_storefront.words import LANGUAGES, MARKETS

if TYPE_CHECKING:
    from hawker_storefront.routes import Ask

_AMAZON = ("image", "button", "robot", "signin")
_EBAY = ("ebay_pardon", "ebay_captcha", "ebay_error")
_STATUSES = {
    "amazon": {"image": (200, 503), "button": (200, 503), "robot": (200, 503), "signin": (200, 200)},
    "walmart": {"walmart_px": (200, 403)},
    "ebay": {"ebay_pardon": (200, 403), "ebay_captcha": (200, 503), "ebay_error": (200, 503)},
}


def captcha(ask: Ask, variety: int) -> Page:
    """A block page of the asked shop; `variety` picks its kind and its status."""
    common = {
        "styles": raw(filler.styles("block", 4)),
        "scripts": raw(filler.scripts("block", 8)),
        "domain": ask.domain,
    }
    status = variety // 16 % 2
    if ask.shop == "walmart":
        return Page(render("blocks/walmart_px.html", **common), status=_STATUSES["walmart"]["walmart_px"][status])
    if ask.shop == "ebay":
        kind = _EBAY[variety % len(_EBAY)]
        return Page(render(f"blocks/{kind}.html", **common), status=_STATUSES["ebay"][kind][status])
    kind = _AMAZON[variety % len(_AMAZON)]
    language = _language(ask)
    if kind == "signin":
        text = render("blocks/amazon_signin.html", lang=language, **common)
    else:
        title = "Robot Check" if kind == "robot" else f"Amazon.{ask.domain}"
        text = render(
            "blocks/amazon_captcha.html", lang=language, title=title, button=kind == "button", domain=ask.domain
        )
    return Page(text, status=_STATUSES["amazon"][kind][status])


def missing(ask: Ask) -> Page:
    """The shop's page for a product or a page that is not there: 404."""
    return not_found(ask.shop, ask.domain)


def not_found(shop: str, domain: str) -> Page:
    """The 404 page of a shop."""
    if shop == "amazon":
        title = LANGUAGES[MARKETS[domain].language]["missing"] if domain in MARKETS else "Page Not Found"
        return Page(render("blocks/amazon_dog.html", title=title, status=404), status=404)
    name = "walmart_404" if shop == "walmart" else "ebay_404"
    return Page(render(f"blocks/{name}.html"), status=404)


def failure(ask: Ask, status: int) -> Page:
    """A server error: 503 on a page that Amazon draws itself; 500 from what stands before a shop."""
    if ask.shop == "amazon" and status == HTTPStatus.SERVICE_UNAVAILABLE:
        return Page(render("blocks/amazon_dog.html", title=_language(ask)["wrong"], status=status), status=status)
    return Page(f"<html><head><title>{status}</title></head><body><h1>Service error</h1></body></html>", status=status)


def refusal(status: int) -> Page:
    """A bare 403 or 429."""
    text = {403: "Access Denied", 429: "Too Many Requests"}[status]
    return Page(f"<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>", status=status)


def garbled(ask: Ask) -> Page:  # noqa: PLR0911 - one for each kind of page
    """A page of the right status and setting whose main part is missing."""
    setting = {"styles": filler.styles("garbled", 6), "scripts": filler.scripts("garbled", 20)}
    if ask.shop == "walmart":
        data = '{"props":{"pageProps":{"initialData":{"data":{}}}}}'
        script = f'<script id="__NEXT_DATA__" type="application/json">{data}</script>'
        return Page(_shell("Walmart.com", f'<div id="__next"><main></main></div>{script}', setting))
    if ask.shop == "ebay":
        return Page(_shell("eBay", '<div id="mainContent" class="srp-main-content"></div>', setting))
    if ask.scraper == "amazon_bestsellers":
        body = f'<div id="zg" class="a-container"></div><div id="navFooter">{filler.links("b", 90, "nav_a")}</div>'
        return Page(_shell(f"Amazon.{ask.domain}", body, setting))
    if ask.scraper in amazon_lists.SCRAPERS:
        body = f'<div id="search"></div><div id="navFooter">{filler.links("b", 90, "nav_a")}</div>'
        return Page(_shell(f"Amazon.{ask.domain}", body, setting))
    if ask.scraper == "amazon_autocomplete":
        return Page('{"alias": "aps", "prefix": null}')
    if ask.scraper == "amazon_offers":
        return Page('<div class="a-section"><div class="a-spinner-wrapper"><span class="a-spinner"></span></div></div>')
    body = f'<div id="dp"><div id="dp-container"></div></div><div id="navFooter">{filler.links("b", 90, "nav_a")}</div>'
    return Page(_shell(f"Amazon.{ask.domain}", body, setting))


def _shell(title: str, body: str, setting: dict[str, str]) -> str:
    head = f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>{setting["styles"]}</head>'
    return f"{head}<body>{body}{setting['scripts']}</body></html>"


def _language(ask: Ask) -> dict[str, Any]:
    return LANGUAGES[MARKETS[ask.domain].language]
