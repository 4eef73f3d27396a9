"""What is masked in free texts, and what is left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawker_core.privacy import EMAIL, PHONE, mask


@pytest.mark.parametrize(
    "address",
    [
        "jo@example.com", "jo.doe+spare@mail.example.co.uk", "JO_DOE@EXAMPLE.COM", "jörg@müller-söhne.de",
        "jo (at) example (dot) com", "jo[at]example.com", "jo @ example.com", "jo at example dot com",
    ],
)  # fmt: skip
def test_addresses(address: str) -> None:
    assert mask(f"Write to {address}. Thanks!") == f"Write to {EMAIL}. Thanks!"
    assert mask(f"{address} {address}") == f"{EMAIL} {EMAIL}"


@pytest.mark.parametrize(
    "number",
    [
        "+44 7700 900123", "+1 (555) 123-4567", "(555) 123-4567", "555-123-4567", "555.123.4567", "555-1234", "5551234",
        "07700900123", "0171/1234567", "0171 - 12 34 56 7", "06 12 34 56 78", "612 345 678", "333 1234567",
        "0171.12.34.56", "0049 30 123456", "4111 1111 1111 1111", "٠١٢٣٤٥٦٧٨٩",
    ],
)  # fmt: skip
def test_numbers(number: str) -> None:
    assert mask(f"Call {number}, please") == f"Call {PHONE}, please"
    assert mask(f"tel:{number}") == f"tel:{PHONE}"
    assert mask(f"Tel{number}") == f"Tel{PHONE}"


@pytest.mark.parametrize(
    "text",
    [
        "", "A+++ 100% positive, 10/10", "arrived on 12.05.2024 10:30", "12/05/2024 - 14/05/2024", "2024-05-12",
        "listing (#267745470208)", "$1,234,567.00", "1.234,56 €", "10 x 20 cm, 2000 mAh", "2019-2024", "@seller",
        "RTX 5090 32 64 GB", "meet at noon", "rated 5.0", "1 2 3", "AA-1234-B",
    ],
)  # fmt: skip
def test_other_texts_stay(text: str) -> None:
    assert mask(text) == text


def test_both_at_once() -> None:
    assert mask("jo@example.com or 555-123-4567!") == f"{EMAIL} or {PHONE}!"


@given(st.text(alphabet="0123456789 +-()./@abz#", max_size=60))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    "junk", ["9", "1 ", "1-", "a@", "a.", "a at ", "(at)", "a@b.c", ".c", "+(", "_", "12.05.2024", "a@b dot "]
)
def test_hostile_texts_cost_time_in_proportion(junk: str) -> None:
    started = time.process_time()
    mask(junk * 100_000)
    assert time.process_time() - started < 5
