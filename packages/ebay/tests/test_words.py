from __future__ import annotations

from decimal import Decimal

import pytest

from hawker_ebay import words


@pytest.mark.parametrize(
    ("line", "cost"),
    [
        ("+$6.99 delivery", "6.99"),
        ("+$11.00 shipping estimate", "11.00"),
        ("+£3.94 delivery in 2-3 days", "3.94"),
        ("+ £23.91 postage estimate", "23.91"),
        ("+IDR358,999.20 delivery", "358999.20"),
        ("+EUR 6,99 Versand", "6.99"),
        ("+EUR 1.234,50 Lieferung", "1234.50"),
        ("+15,00 EUR de frais de livraison", "15.00"),
        ("+15,00 EUR de frais de port", "15.00"),
        ("+EUR 4,00 verzendkosten", "4.00"),
        ("+EUR 9,50 di spedizione", "9.50"),
        ("+3,00 EUR de envío", "3.00"),
        ("+12,34 zł za dostawę", "12.34"),
        ("C $12.00 shipping", "12.00"),
        ("+RM 5.00 shipping", "5.00"),
        ("Free International Shipping", "0"),
        ("Free 3 day delivery", "0"),
        ("Fast 'N Free", "0"),
        ("Kostenloser Versand", "0"),
        ("Gratis 3-Tage-Lieferung", "0"),
        ("Livraison gratuite", "0"),
        ("Spedizione gratis", "0"),
        ("Envío gratis", "0"),
        ("Gratis verzending", "0"),
        ("Darmowa dostawa", "0"),
        ("Delivery in 2-4 days", None),
        ("Postage not specified", None),
        ("Free returns", None),
        ("Free local pickup", None),
        ("Verkäufer zahlt Rückversand", None),
        ("Lieferung an Abholstation möglich", None),
        ("Customs services and international tracking provided", None),
        ("$6.99", None),
    ],
)
def test_shipping(line: str, cost: str | None) -> None:
    assert words.shipping(line, "USD") == (None if cost is None else Decimal(cost))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("rapidol 98.4% positive (1.2K)", "rapidol"),
        ("the phone 24 store 100% positive (32)", "the phone 24 store"),
        ("everything*and*anything*for*sale 100% positive (810)", "everything*and*anything*for*sale"),
        ("onewayhome 100% positive (11.9K)Top Rated PlusSellers with highest buyer ratings", "onewayhome"),
        ("klang-haus 98,9% positiv (1.234)", "klang-haus"),
        ("vendeur_1 98,9 % d'évaluations positives (1,2 k)", "vendeur_1"),
        ("evcards (12,345) 99.9%", "evcards"),
        ("vendeurpro (1 212 345) 99,2% d'évaluations positives", "vendeurpro"),
        ("newbie 0% positive (0)", "newbie"),
        ("Seller: thriftbooks (4,567,890) 99.1%", "thriftbooks"),
        ("10% off $50+ with coupon", None),
        ("Was: $29.60 8% off", None),
        ("Save up to 15% when you buy more", None),
        ("Located in Japan", None),
    ],
)
def test_seller(line: str, name: str | None) -> None:
    assert words.seller(line) == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Located in United States", "United States"),
        ("from South Korea", "South Korea"),
        ("From United Kingdom", "United Kingdom"),
        ("aus Österreich", "Österreich"),
        ("Standort: Deutschland", "Deutschland"),
        ("de Chine", "Chine"),
        ("en provenance de Chine", "Chine"),
        ("da Cina", "Cina"),
        ("van Nederland", "Nederland"),
        ("z Niemiec", "Niemiec"),
        ("from $5.00", None),
        ("from our store", None),
        ("Free returns", None),
        ("Buy It Now", None),
        ("7 bids", None),
    ],
)
def test_place(line: str, name: str | None) -> None:
    assert words.place(line) == name


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("0 bids", 0),
        ("1 bid · Time left2d 23h", 1),
        ("1,234 bids", 1234),
        ("26 Gebote · Noch 6T 23Std", 26),
        ("1 Gebot", 1),
        ("3 enchères", 3),
        ("1 mise", 1),
        ("2 offerte", 2),
        ("5 pujas", 5),
        ("4 biedingen", 4),
        ("1 bod", 1),
        ("7 ofert", 7),
        ("45 sold", None),
        ("or Best Offer", None),
    ],
)
def test_bids(line: str, number: int | None) -> None:
    assert words.bids(line) == number


@pytest.mark.parametrize(
    ("line", "span"),
    [
        ("3 bids · Time left 1d 3h", "1d 3h"),
        ("0 bids · Time left 2m", "2m"),
        ("1 Gebot · Restzeit 6T 23Std", "6T 23Std"),
        ("Time left", None),
    ],
)
def test_duration(line: str, span: str | None) -> None:
    assert words.duration(line) == span
