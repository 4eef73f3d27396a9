"""Sellers' profiles: what must never be kept of them, and what is no profile."""

from __future__ import annotations

import random
import re
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from hawker_amazon.scrapers.amazon_seller.row import SellerProfile
from hawker_amazon.scrapers.amazon_seller.scraper import AmazonSeller, SellerTarget
from hawker_core.model import BadTargetError, Missing, Signal
from hawker_core.page import Page
from hawker_core.run import read

CASES = Path(__file__).parents[1] / "src" / "hawker_amazon" / "scrapers" / "amazon_seller" / "cases"
SCRAPER = AmazonSeller()
TARGET = SellerTarget(seller_id="A1TRAYWORLD00")
NAME = '<h1 id="seller-name">Tray World</h1>'


def profile(*rows: str) -> SellerProfile:
    details = "".join(f'<div class="a-row {"" if "<b" in row else "indent-left"}">{row}</div>' for row in rows)
    markup = details.replace("<b>", "<span class=a-text-bold>").replace("</b>", "</span>")
    return of(f'{NAME}<div id="page-section-detail-seller-info">{markup}</div>')


def of(markup: str) -> SellerProfile:
    found, _ = read(SCRAPER, Page("https://www.amazon.com/sp?seller=A1TRAYWORLD00", markup.encode()), TARGET)
    return found[0]  # type: ignore[return-value]  # the scraper's row


@pytest.mark.parametrize("case", sorted(CASES.glob("*.html")), ids=lambda case: case.stem)
def test_neither_phone_nor_mail_is_kept(case: Path) -> None:
    with suppress(Missing):
        kept = msgspec.json.encode(of(case.read_text("utf-8"))).decode()
        assert not re.search(r"@|example|\+49|03-0000", kept)


@pytest.mark.parametrize(
    ("labels", "address"),
    [
        (["Customer Services Address:", "Business Address:"], "2nd"),
        (["Business Address:", "Customer Services Address:"], "1st"),
        (["Kundendienstadresse:", "Geschäftsadresse:"], "2nd"),
        (["Adresse du service client :", "Adresse commerciale :"], "2nd"),
        (["Indirizzo Servizio Clienti:", "Indirizzo dell'azienda:"], "2nd"),
        (["Dirección del servicio de atención al cliente:", "Dirección comercial:"], "2nd"),
        (["Endereço do atendimento ao cliente:", "Endereço comercial:"], "2nd"),
        (["Rücksendeadresse:", "Geschäftsadresse:"], "2nd"),
        (["住所:"], "1st"),
        (["عنوان العمل:"], "1st"),
        (["Customer Services Address:"], None),
    ],
)
def test_the_business_address_is_told_from_others(labels: list[str], address: str | None) -> None:
    rows = [row for label, line in zip(labels, ("1st", "2nd"), strict=False) for row in (f"<b>{label}</b>", line)]
    assert profile("<b>Business Name:</b> Tray World LLC", *rows).address == address


def test_lines_that_are_a_phone_number_or_mail_are_left_out_of_an_address() -> None:
    lines = ["1 Example Way", "Phone: +1 (555) 010-4477", "5550104477", "mail@tray.example", "62701-0001", "150-0002"]
    told = profile("<b>Business Name:</b> 9123456 Canada Inc.", "<b>Business Address:</b>", *lines)
    assert told.address == "1 Example Way, 62701-0001, 150-0002"
    assert told.legal_name == "9123456 Canada Inc."


def test_an_address_beside_its_label() -> None:
    told = profile("<b>Business Address:</b> 1 Example Way")
    assert (told.legal_name, told.address) == (None, "1 Example Way")


def test_a_first_detail_that_is_a_phone_number_is_no_name() -> None:
    assert profile("<b>Phone number:</b> +1 555 010 4477").legal_name is None


@pytest.mark.parametrize(
    ("markup", "count", "stars"),
    [
        ('<a id="seller-info-feedback-summary">98% positive in the last 12 months (1,139 ratings)</a>', 1139, None),
        ('<a id="seller-info-feedback-summary">98 % positiv (1.139 Bewertungen)</a>', 1139, None),
        ('<a id="seller-info-feedback-summary">過去12か月で98%の高評価\uff081,139件の評価\uff09</a>', 1139, None),
        ('<a id="seller-info-feedback-summary">98% positive lifetime (31 total ratings)</a>', None, None),
        ('<a id="seller-info-feedback-summary">98% positive</a>', None, None),
        ('<i id="rating-year"><b class="ratings-reviews">4.5 out of 5</b></i>', None, Decimal("4.5")),
        ('<i id="rating-365d-num"><b class="ratings-reviews-count">12</b></i>', 12, None),
    ],
)
def test_ratings_of_the_year(markup: str, count: int | None, stars: Decimal | None) -> None:
    told = of(NAME + markup)
    assert (told.rating_count, told.rating) == (count, stars)


def test_the_headline_tells_of_the_year() -> None:
    headline = '<a id="seller-info-feedback-summary">98% positive in the last 12 months (1,139 ratings)</a>'
    assert of(NAME + headline).feedback == {"12 months": {"positive": 98, "count": 1139}}


def test_a_script_that_is_cut_short_is_not_understood() -> None:
    with pytest.raises(Missing, match="lifetimeRatingsData"):
        of(f"""{NAME}<script type="a-state" data-a-state='{{"key":"lifetimeRatingsData"}}'>{{"ratingCount":</script>""")


def test_a_table_without_its_rows_tells_nothing() -> None:
    row = "<tr><td>Positive</td><td>1%</td><td>2%</td><td>3%</td><td>4%</td></tr>"
    assert of(f'{NAME}<table id="feedback-summary-table">{row * 3}</table>').feedback == {}


def test_address() -> None:
    target = SellerTarget.from_key("A1TRAYWORLD00;domain=de")
    assert SCRAPER.request(target).url == "https://www.amazon.de/sp?seller=A1TRAYWORLD00"


@pytest.mark.parametrize("key", ["", "a1trayworld00", "B1TRAYWORLD00", "A1", "A1TRAYWORLD00;domain=nl", "A1/../../X"])
def test_a_malformed_target_is_refused(key: str) -> None:
    with pytest.raises(BadTargetError, match="fields are seller_id, domain"):
        SellerTarget.from_key(key)


@pytest.mark.parametrize("case", sorted(CASES.glob("*.html")), ids=lambda case: case.stem)
def test_damaged_pages_raise_nothing_but_signals(case: Path) -> None:
    text = case.read_text("utf-8")
    dice = random.Random(case.name)  # noqa: S311  which parts go is no secret, and the same in each run
    for _ in range(40):
        damaged = re.sub(r"\"[^\"<>]*\"", lambda m: m[0] if dice.random() < 0.9 else '""', text)
        with suppress(Signal):
            told = of(damaged[: dice.randrange(len(text))])
            msgspec.convert(msgspec.to_builtins(told), SellerProfile)


@pytest.mark.parametrize("junk", ["9", "9 ", "(", "(9 ", "a@", "a ", "<li>x", "<p class=a-text-bold>"])
def test_hostile_lengths_cost_no_more_than_time_to_read_them(junk: str) -> None:
    text = junk * 20_000
    details = "".join(f'<div class="a-row indent-left"><b class="a-text-bold">{text}</b>{text}</div>' for _ in range(4))
    started = time.process_time()
    figures = (
        f'<div id="seller-info-feedback-summary">{text}</div><i id="rating-year" class="ratings-reviews">{text}</i>'
    )
    with suppress(Signal):
        of(f'{NAME}{figures}<div id="page-section-detail-seller-info">{details}</div>')
    assert time.process_time() - started < 5
