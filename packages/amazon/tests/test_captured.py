"""The parsers against values that people and another project read off the captured pages."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

accuracy: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("accuracy.py")))

OFFER = ("price", "list_price", "currency", "availability", "in_stock")
SELLERS = ("seller_name", "price", "shipping", "currency", "condition", "ships_from", "is_buybox", "seller_rating")


@pytest.fixture(scope="module")
def products() -> Any:
    return accuracy["products"]()


@pytest.fixture(scope="module")
def everything() -> Any:
    return accuracy["everything"]()


@pytest.fixture(scope="module")
def offers() -> Any:
    return accuracy["offers"]()


def test_every_product_page_gives_a_row(products: Any) -> None:
    assert products.pages == products.ok >= 50, products.misses


@pytest.mark.parametrize("names", [OFFER, ("seller", "ships_from"), ("title", "brand"), ("rating", "rating_count")])
def test_product_facts(products: Any, names: tuple[str, ...]) -> None:
    assert products.share(*names) >= 0.97, products.misses


def test_no_price_is_wrong_without_a_sign(products: Any) -> None:
    wrong = [miss for miss in products.misses if " price: " in miss and "got None" not in miss]
    assert wrong == []


def test_what_is_out_of_stock_is_so_and_has_no_price() -> None:
    facts = json.loads((accuracy["FACTS"] / "amazon_product.json").read_text("utf-8"))
    files = [file for file, fact in facts.items() if fact["in_stock"] is False]
    assert len(files) == 7
    for file in files:
        (row,) = accuracy["rows_of"]("amazon_product", file)
        assert (row["in_stock"], row["price"], row["seller"]) == (False, None, None), file


@pytest.mark.parametrize("scraper", ["amazon_search", "amazon_seller_products", "amazon_bestsellers", "amazon_reviews"])
def test_values_of_the_other_scrapers(everything: Any, scraper: str) -> None:
    report = everything[scraper]
    fields = [name for name, field in report.fields.items() if field.labelled]
    assert report.share(*fields) >= 0.98, report.misses


def test_every_offer_page_gives_rows(offers: Any) -> None:
    assert offers.pages == offers.ok >= 8, offers.misses


def test_offer_facts(offers: Any) -> None:
    assert offers.share(*SELLERS) >= 0.97, offers.misses


def test_another_projects_values() -> None:
    report = accuracy["others"]()
    assert report.ok == 28
    assert report.share("title", "star", "reviews", "rank") >= 0.98, report.misses
