"""Tiles and lists as other countries and years show them, each cut down to what is read of it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from hawker_core import Empty, Page, Request
from hawker_core.run import read
from hawker_ebay.scrapers.ebay_search.scraper import EbaySearch
from hawker_ebay.search import SearchTarget

if TYPE_CHECKING:
    from hawker_ebay.scrapers.ebay_search.row import SearchTile
    from hawker_ebay.site import Domain

REWRITTEN = '<{tag} class="srp-river-answer srp-river-answer--REWRITE_START">…</{tag}>'


def rows_of(body: str, domain: Domain = "com", pages: int = 1) -> tuple[list[SearchTile], list[Request]]:
    target = SearchTarget(keyword="x", domain=domain, pages=pages)
    rows, further = read(EbaySearch(), Page(f"https://www.ebay.{domain}/sch/i.html", body.encode()), target)
    return rows, further  # type: ignore[return-value]  # rows of this scraper


def listed(*tiles: str, before: str = "", heading: str = "62 results for x") -> str:
    count = f'<h1 class="srp-controls__count-heading">{heading}</h1>'
    results = f'<ul class="srp-results">{"".join(tiles)}</ul>'
    return f'{count}{before}{results}<a class="pagination__next" href="?_pgn=2"></a>'


def card(
    *rows: str,
    number: str = "366347188818",
    title: str = "<span>A thing</span>",
    price: str = '<span class="s-card__price">$5.00</span>',
    query: str = "",
) -> str:
    lines = "".join(f'<div class="s-card__attribute-row">{row}</div>' for row in (price, *rows))
    return (
        f'<li class="s-card" data-listingid="{number}"><a class="s-card__link" href="https://www.ebay.com/itm/{number}{query}">'
        f'<div class="s-card__title">{title}</div></a>'
        f'<div class="su-card-container__attributes__primary">{lines}</div></li>'
    )


def item(details: str = "", *, number: str = "366347188818", title: str = "A thing", price: str = "$5.00") -> str:
    return (
        f'<li class="s-item"><a class="s-item__link" href="https://www.ebay.com/itm/{number}?hash=item1:g:x">'
        f'<div class="s-item__title">{title}</div></a>'
        f'<div class="s-item__detail"><span class="s-item__price">{price}</span></div>{details}</li>'
    )


def one(tile: str, domain: Domain = "com") -> SearchTile:
    (row,) = rows_of(listed(tile), domain)[0]
    return row


@pytest.mark.parametrize("name", ["Shop on eBay", "Boutique sur eBay", "Acquista su eBay"])
def test_a_filler_is_none_in_any_language(name: str) -> None:
    filler = card(number="2500219655424533", title=name).replace("/itm/2500219655424533", "/itm/123456?hash=x")
    assert len(rows_of(listed(filler, item(number="123456", title=name), card()))[0]) == 1


def test_a_tile_whose_links_lead_to_the_filler_is_its_listing() -> None:
    assert one(card().replace("/itm/366347188818", "/itm/123456")).item_id == "366347188818"


@pytest.mark.parametrize(
    ("domain", "shown", "low", "high", "currency"),
    [
        ("com", "$5.00 to $9.00", "5.00", "9.00", "USD"),
        ("ca", "C $5.00 to C $1,009.00", "5.00", "1009.00", "CAD"),
        ("com.au", "AU $5.00 to AU $9.00", "5.00", "9.00", "AUD"),
        ("com.au", "$5.00", "5.00", None, "AUD"),
        ("co.uk", "£5.00 to £9.00", "5.00", "9.00", "GBP"),
        ("co.uk", "US $12.00", "12.00", None, "USD"),
        ("de", "EUR 5,00 bis EUR 1.009,00", "5.00", "1009.00", "EUR"),
        ("fr", "5,00 EUR à 2\u202f499,00 EUR", "5.00", "2499.00", "EUR"),
        ("fr", "2\xa0499,00 EUR", "2499.00", None, "EUR"),
        ("it", "EUR 5,00 a EUR 9,00", "5.00", "9.00", "EUR"),
        ("es", "5,00 EUR a 9,00 EUR", "5.00", "9.00", "EUR"),
        ("ch", "CHF 1'234.50", "1234.50", None, "CHF"),
        ("pl", "1 234,50 zł", "1234.50", None, "PLN"),
        ("com", "JPY 4,000", "4000", None, "JPY"),
        ("com", "1,200.00 VND to 1,500.00 VND", "1200", "1500", "VND"),
        ("com", "$9.00 $5.00", "9.00", None, "USD"),  # no range falls
        ("com", "Tap item to see current price", None, None, None),
    ],
)
def test_prices(domain: Domain, shown: str, low: str | None, high: str | None, currency: str | None) -> None:
    for row in (
        one(item(price=shown), domain),
        one(item(price=f'<span class="POSITIVE">{shown}</span>'), domain),
        one(card(price=f'<span class="su-styled-text s-card__price">{shown}</span>'), domain),
    ):
        assert (row.price, row.currency) == (None if low is None else Decimal(low), currency)
        assert row.price_high == (None if high is None else Decimal(high))


def test_what_a_price_was_is_no_end_of_a_range() -> None:
    was = '<div class="s-item__detail"><span>Was: <span class="STRIKETHROUGH">$9.00</span></span></div>'
    inside = '$5.00 <span class="STRIKETHROUGH">$9.00</span>'
    beside = '<span class="s-card__price">$5.00</span><span class="strikethrough s-card__price">$9.00</span>'
    for row in (one(item(was)), one(item(price=inside)), one(card(price=beside))):
        assert (row.price, row.price_high) == (Decimal("5.00"), None)


def test_the_asking_price_of_an_accepted_offer_is_all_that_is_shown() -> None:
    assert one(item(price='<span class="STRIKETHROUGH POSITIVE">$30.00</span>')).price == Decimal("30.00")


@pytest.mark.parametrize(
    "title",
    [
        '<i class="s-card__new-listing">Nuova inserzione</i><span>A thing</span><span class="clipped">Si apre</span>',
        '<span class="clipped">Wird in neuem Fenster oder Tab geöffnet</span><span role="heading">A thing</span>',
        '<span role="heading"><span class="LIGHT_HIGHLIGHT">Nouvelle annonce</span>A thing</span>',
        "<span>A  \u200bthing</span>",
    ],
)
def test_a_title_is_without_flags(title: str) -> None:
    assert one(card(title=title)).title == one(item(title=title)).title == "A thing"


def test_an_auction() -> None:
    time = '<span class="clipped">Time left</span><span class="{0}__time-left">2d 23h left</span>'
    end = '<span class="{0}__time-end">(Thu, 07:46 PM)</span>'
    row = one(card(f"<span>0 bids</span> · {(time + end).format('s-card')}", "+$28.44 delivery"))
    assert (row.bids, row.time_left, row.shipping) == (0, "2d 23h left", Decimal("28.44"))
    bids = f'<div class="s-item__detail"><span class="s-item__bids">1 bid</span> · {time.format("s-item")}</div>'
    row = one(item(bids))
    assert (row.bids, row.time_left) == (1, "2d 23h left")


@pytest.mark.parametrize(
    ("domain", "lines", "shipping", "location"),
    [
        ("co.uk", ("Buy it now", "+ £3.50 postage", "from China"), "3.50", "China"),
        ("com.au", ("or Best Offer", "+AU $9.95 postage", "from Australia"), "9.95", "Australia"),
        ("ca", ("+C $1,015.00 shipping", "from United States"), "1015.00", "United States"),
        ("de", ("oder Preisvorschlag", "Gratis Lieferung in 2 - 4 Tagen", "aus China"), "0", "China"),
        ("de", ("Gratis-Versand", "Kostenloser Rückversand"), "0", None),
        ("fr", ("ou Offre directe", "+2,78 EUR pour la livraison", "de Allemagne"), "2.78", "Allemagne"),
        ("fr", ("+12,00 EUR de frais de port", "Provenance : États-Unis"), "12.00", "États-Unis"),
        ("it", ("o Proposta d'acquisto", "Spedizione espresso gratis", "da Cina"), "0", "Cina"),
        ("it", ("+EUR 1.009,50 di spedizione", "Spedizione internazionale"), "1009.50", None),
        ("es", ("o Mejor oferta", "+3,00 EUR por el envío", "de China"), "3.00", "China"),
        ("es", ("Envío internacional gratis", "Devoluciones gratis"), "0", None),
    ],
)
def test_lines(domain: Domain, lines: tuple[str, ...], shipping: str, location: str | None) -> None:
    details = "".join(f'<div class="s-item__detail"><span>{line}</span></div>' for line in lines)
    for row in (one(card(*lines), domain), one(item(details), domain)):
        assert (row.shipping, row.location, row.seller, row.bids) == (Decimal(shipping), location, None, None)


@pytest.mark.parametrize(
    ("query", "sponsored"),
    [
        ("?itmprp=enc%3AAQ%7Ctkp%3A" + urlsafe_b64encode(b"\x06PLP\xf9\xde\xbe").decode(), True),
        ("?itmprp=enc%3AAQ%7Ctkp%3A" + urlsafe_b64encode(b"\x06ORG\xf9\xde\xbe").decode(), False),
        ("?itmprp=enc%3AAQ%7Ctkp%3A" + urlsafe_b64encode(b"\x06XYZ\xf9\xde\xbe").decode(), None),
        ("?_trkparms=ispr%3D1&amp;hash=item1:g:x", True),
        ("?hash=item1:g:x&amp;amdata=enc%3AAQ%7Campid%3APL_CLK", True),
        ("?hash=item1:g:x", False),
        ("", None),
    ],
)
def test_who_pays_for_his_place(query: str, sponsored: bool | None) -> None:
    assert one(card(query=query)).sponsored is sponsored


def test_a_list_ends_where_fewer_words_match() -> None:
    rows, further = rows_of(listed(card(), REWRITTEN.format(tag="li"), card(number="366347188819")), pages=2)
    assert ([row.item_id for row in rows], further) == (["366347188818"], [])


def test_a_page_of_other_words_for_nothing_is_empty() -> None:
    notice = '<div class="srp-save-null-search">No exact matches found</div>'
    with pytest.raises(Empty, match="No exact matches found"):
        rows_of(listed(card(), before=notice + REWRITTEN.format(tag="div"), heading="12 results"))


def test_words_that_the_shop_has_mended_have_results() -> None:
    rows, further = rows_of(listed(card(), card(number="366347188819"), before=REWRITTEN.format(tag="div")), pages=2)
    assert (len(rows), len(further)) == (2, 1)


def test_what_a_badge_means_is_no_shipping() -> None:
    means = '<span class="tooltip__overlay">Top Rated<ul><li>A free delivery option</li></ul></span>'
    row = one(card("Postage not specified", f"<span>kiztrading 99.9% positive (5.3K)</span>{means}"))
    assert (row.shipping, row.seller) == (None, "kiztrading")


@pytest.mark.parametrize(
    "heading",
    ["0 results for <span class=BOLD>x 90</span>", "", "<b>0</b> Ergebnisse für x", "Nessun risultato per x 90"],
)
def test_nothing_but_what_fewer_words_match_is_empty(heading: str) -> None:
    with pytest.raises(Empty):
        rows_of(listed(card(), before=REWRITTEN.format(tag="div"), heading=heading))
