from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawker_core.convert import count, currency, decimal, moment, money, moneys, rating, squash
from hawker_core.model import Money

if TYPE_CHECKING:
    from collections.abc import Callable

NBSP, NARROW, THIN = "\u00a0", "\u202f", "\u2009"

# Thousands' and decimal separators, as Amazon, Walmart and eBay print them in their languages.
NOTATIONS = {"en": (",", "."), "de": (".", ","), "fr": (NARROW, ","), "pl": (NBSP, ","), "ch": ("\u2019", "."),
             "ch-typed": ("'", "."), "thin": (THIN, ","), "bare": ("", "."), "bare-comma": ("", ",")}  # fmt: skip


def written(cents: int, notation: str) -> str:
    thousands, point = NOTATIONS[notation]
    return f"{cents // 100:,}".replace(",", thousands) + f"{point}{cents % 100:02}"


def indian(number: int) -> str:
    text = str(number)
    head, tail = text[:-3], text[-3:]
    while len(head) > 2:
        head, tail = head[:-2], f"{head[-2:]},{tail}"
    return f"{head},{tail}" if head else tail


@pytest.mark.parametrize("notation", NOTATIONS)
@given(cents=st.integers(0, 10**11))
def test_a_price_reads_back_in_every_notation(notation: str, cents: int) -> None:
    text = written(cents, notation)
    assert decimal(text) == Decimal(cents).scaleb(-2)
    assert money(f"EUR {text}") == money(f"{text}{NBSP}\u20ac") == Money(Decimal(cents).scaleb(-2), "EUR")


@given(st.integers(0, 10**11))
def test_a_price_reads_back_in_indian_groups(cents: int) -> None:
    text = f"\u20b9{indian(cents // 100)}.{cents % 100:02}"
    assert money(text) == Money(Decimal(cents).scaleb(-2), "INR")


@pytest.mark.parametrize("separator", [",", ".", NBSP, NARROW, "\u2019", ""])
@given(number=st.integers(0, 10**12))
def test_a_count_reads_back_in_every_notation(separator: str, number: int) -> None:
    text = f"{number:,}".replace(",", separator)
    assert count(f"({text} ratings)") == count(text) == number


@given(st.integers(0, 10**9))
def test_yen_have_no_fraction(amount: int) -> None:
    assert money(f"\uffe5{amount:,}") == money(f"{amount:,}\u5186") == Money(Decimal(amount), "JPY")
    assert money(f"JPY {amount:,}.00") == Money(Decimal(amount), "JPY")


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("$1,234.56", None, "1234.56 USD"),
        ("$1,234.56", "CAD", "1234.56 CAD"),
        ("$5", "GBP", "5 USD"),
        ("US $1,234.56", "GBP", "1234.56 USD"),
        ("C $40.00", "USD", "40.00 CAD"),
        ("KWD 9.230", "USD", "9.230 KWD"),
        ("9,230 KWD", "EUR", "9.230 KWD"),
        ("OMR 1,009.230", "USD", "1009.230 OMR"),
        ("BHD 12.34", "USD", "12.34 BHD"),
        ("CA$12.50", "USD", "12.50 CAD"),
        ("CDN$ 12.50", None, "12.50 CAD"),
        ("AU $3.50", "USD", "3.50 AUD"),
        ("A$3.50", "USD", "3.50 AUD"),
        ("NZ$3.50", "USD", "3.50 NZD"),
        ("HK$88", "USD", "88 HKD"),
        ("S$8.80", "USD", "8.80 SGD"),
        ("MX$99.00", "USD", "99.00 MXN"),
        ("R$ 1.234,56", None, "1234.56 BRL"),
        ("Only$7", "USD", "7 USD"),
        ("SAVE$7", "USD", "7 USD"),
        ("EUR 1.234,56", "USD", "1234.56 EUR"),
        ("1.234,56 EUR", "USD", "1234.56 EUR"),
        ("1 234,56 \u20ac", None, "1234.56 EUR"),
        ("1.234 \u20ac", None, "1234 EUR"),
        ("12,- \u20ac", None, "12 EUR"),
        ("1.234,- \u20ac", None, "1234 EUR"),
        ("ab 12,99 \u20ac*", None, "12.99 EUR"),
        ("\u00a31,234", None, "1234 GBP"),
        ("GBP 12.00", "USD", "12.00 GBP"),
        ("CHF 1\u2019234.50", None, "1234.50 CHF"),
        ("Fr. 12.50", None, "12.50 CHF"),
        ("12,50 z\u0142", None, "12.50 PLN"),
        ("1 299 K\u010d", None, "1299 CZK"),
        ("\u20b91,23,456.00", None, "123456.00 INR"),
        ("Rs. 500", None, "500 INR"),
        ("\u20a912,900", "USD", "12900 KRW"),
        ("\u20ba1.234,56", None, "1234.56 TRY"),
        ("AED 129.00", None, "129.00 AED"),
        ("99\u00a2", "USD", "0.99 USD"),
        ("23.5 \u00a2/oz", "USD", "0.235 USD"),
        ("$1.50 (25.0 \u00a2/oz)", "USD", "1.50 USD"),
        ("0,125 \u20ac / 100 g", None, "0.125 EUR"),
        ("$0.005", None, "0.005 USD"),
        ("$5.00 to $9.00", None, "5.00 USD"),
        ("-$5.00", None, "5.00 USD"),
        ("12.50", None, "12.50 None"),
        ("12.50", "EUR", "12.50 EUR"),
    ],
)
def test_prices_as_the_shops_print_them(text: str, default: str | None, expected: str) -> None:
    found = money(text, default)
    assert found is not None
    assert f"{found.amount} {found.currency}" == expected


@pytest.mark.parametrize("text", [None, "", " ", "free", "$", "\u20ac--", "Currently unavailable", "0.1.2.3,4"])
def test_no_price_is_none(text: str | None) -> None:
    assert money(text, "USD") is None


def test_every_price_of_a_range() -> None:
    assert moneys("$5.00 to $9.00") == [Money(Decimal("5.00"), "USD"), Money(Decimal("9.00"), "USD")]
    assert moneys("EUR 1.234,00 bis EUR 2.000,50") == [Money(Decimal(1234), "EUR"), Money(Decimal("2000.50"), "EUR")]
    assert moneys(None) == moneys("free") == []


@pytest.mark.parametrize(
    ("text", "default", "code"),
    [
        ("ABC 5", "USD", "USD"),
        ("12 usd", None, None),
        ("XUSDX", None, None),
        ("BZ$5", "USD", "BZD"),
        ("XX$5", "USD", "USD"),
    ],
)
def test_what_names_a_currency(text: str, default: str | None, code: str | None) -> None:
    assert currency(text, default) == code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5,136 ratings", 5136),
        ("1.234 Kundenrezensionen", 1234),
        ("1 234 \u00e9valuations", 1234),
        ("(1,234)", 1234),
        ("10K+ bought in past month", 10_000),
        ("2 k+", 2000),
        ("1,5 mil", 1500),
        ("3 Tsd. verkauft", 3000),
        ("1.2M", 1_200_000),
        ("2,5 Mio.", 2_500_000),
        ("1.2\u4e07", 12_000),
        ("1.2\u4e07\u4eba", 12_000),
        ("5 \u5343", 5000),
        ("2 lakh", 200_000),
        ("1B", 1_000_000_000),
        ("12 months", 12),
        ("12months", 12),
        ("1234ratings", 1234),
        ("3 m\u00e8tres", 3),
        ("50kg", 50),
        ("#7 in Books", 7),
        ("4.00", 4),
        ("no ratings", None),
        ("", None),
        (None, None),
        ("9" * 30, None),
    ],
)
def test_counts_as_the_shops_print_them(text: str | None, expected: int | None) -> None:
    assert count(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4.4 out of 5 stars", "4.4"),
        ("4,6 von 5 Sternen", "4.6"),
        ("4,6 de 5 estrelas", "4.6"),
        ("4,0 su 5 stelle", "4.0"),
        ("5.0 out of 5", "5.0"),
        ("5\u3064\u661f\u306e\u3046\u30614.3", "4.3"),
        ("5\u3064\u661f\u306e\u3046\u30615.0", "5.0"),
        ("5 y\u0131ld\u0131z \u00fczerinden 4,5", "4.5"),
        ("\ubcc4 5\uac1c \uc911 4.3\uac1c", "4.3"),
        ("5 out of 5", "5"),
        ("5 stars, 1,234 ratings", "5"),
        ("4.7", "4.7"),
        ("0", "0"),
        ("10 out of 10", None),
        ("100% positive", None),
        ("no stars", None),
        ("", None),
        (None, None),
    ],
)
def test_ratings_as_the_shops_print_them(text: str | None, expected: str | None) -> None:
    assert rating(text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("21  Jan 2026", {}, datetime(2026, 1, 21, tzinfo=UTC)),
        ("January 5, 2024", {}, datetime(2024, 1, 5, tzinfo=UTC)),
        ("13. Juli 2019", {"languages": ("de",)}, datetime(2019, 7, 13, tzinfo=UTC)),
        ("5 f\u00e9vrier 2023", {"languages": ("fr",)}, datetime(2023, 2, 5, tzinfo=UTC)),
        ("2023\u5e748\u670815\u65e5", {"languages": ("ja",)}, datetime(2023, 8, 15, tzinfo=UTC)),
        ("2024-03-01 10:30", {"zone": "America/Los_Angeles"}, datetime(2024, 3, 1, 18, 30, tzinfo=UTC)),
    ],
)
def test_moments_are_aware(text: str, options: dict[str, Any], expected: datetime) -> None:
    found = moment(text, **options)
    assert found is not None
    assert found.tzinfo is not None
    assert found.astimezone(UTC) == expected


@pytest.mark.parametrize("text", [None, "", "soon", "Sold 21 Jan 2026", "2024", "January", "13. Juli 2019"])
def test_what_is_no_date_in_english(text: str | None) -> None:
    assert moment(text) is None


def test_a_book_is_no_date_and_takes_no_time() -> None:
    started = time.process_time()
    assert moment("Jan 1 " * 100_000) is None
    assert time.process_time() - started < 1


def test_squash() -> None:
    assert squash("\u200e  a\u00adb\n\t c\x00\u202f\u200f ") == "ab c"
    assert squash("\ufeff") == ""


HOSTILE = st.one_of(
    st.text(),
    st.text(
        alphabet="0123456789.,' $\u20ac\u00a3\u00a5\u00a2kKM%-+EUR\u5343\u4e07\u2019\u00a0\u3064\u661f\u0661\u00b2"
    ),
    st.from_regex(r"[0-9.,' ]{1,30}[a-z]{0,4}"),
)


@pytest.mark.parametrize("read", [money, moneys, count, rating, decimal, currency, squash])
@given(text=HOSTILE)
def test_no_text_is_an_error(read: Callable[[str], Any], text: str) -> None:
    read(text)


@given(HOSTILE)
def test_a_count_fits_its_column(text: str) -> None:
    found = count(text)
    assert found is None or 0 <= found < 2**63


@given(HOSTILE)
def test_a_price_is_finite_and_positive(text: str) -> None:
    for default in ("EUR", "JPY"):
        found = money(text, default)
        assert found is None or (found.amount.is_finite() and found.amount >= 0)


@pytest.mark.parametrize("read", [money, moneys, count, rating, decimal, squash])
@pytest.mark.parametrize("pattern", ["9", "9.", "9 ", "1 000", "$", "1,234.", " ", "9k"])
def test_long_texts_cost_time_in_proportion(read: Callable[[str], Any], pattern: str) -> None:
    started = time.process_time()
    read(pattern * 20_000)
    assert time.process_time() - started < 2


@given(st.text(max_size=60))
def test_no_text_is_an_error_as_a_date(text: str) -> None:
    moment(text, languages=("en", "de"))
