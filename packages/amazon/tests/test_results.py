"""Result lists: targets, what a person read off the captured pages, and the words of every language."""

from __future__ import annotations

import runpy
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from hawker_amazon import results, tiles
from hawker_amazon.site import MARKETPLACES, Amazon
from hawker_core import registry
from hawker_core.model import BadTargetError, Empty, Missing
from hawker_core.page import Page
from hawker_core.rows import columns
from hawker_core.run import read

accuracy: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("accuracy_results.py")))
FILES = list(accuracy["FACTS"])
FIELDS = (
    "asin",
    "title",
    "price",
    "price_kind",
    "list_price",
    "currency",
    "rating",
    "rating_count",
    "sponsored",
    "prime",
)
LISTS = ("amazon_search", "amazon_category", "amazon_seller_products")


@pytest.fixture(scope="module")
def report() -> Any:
    return accuracy["lists"]()


def test_every_captured_list_gives_rows(report: Any) -> None:
    assert report.pages == report.ok == 7, report.misses


@pytest.mark.parametrize("field", [*FIELDS, "result_count", "tiles", "last", "sponsored_positions"])
def test_values_read_by_eye_come_out(report: Any, field: str) -> None:
    assert report.fields[field].labelled >= 7
    assert report.share(field) >= 0.98, report.misses


def test_no_price_is_wrong(report: Any) -> None:
    assert [miss for miss in report.misses if " price: " in miss or " list_price: " in miss] == []


@pytest.mark.parametrize("file", FILES)
def test_no_tile_of_a_captured_list_is_bad(file: str) -> None:
    scraper, page, target = accuracy["captured"](file)
    _, further = read(scraper, page, target)
    assert page.bad == []
    # The seven results for "plastikfrei für einsteiger" fill no second page.
    assert [request.page for request in further] == ([] if "einsteiger" in file else [2])


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("file", ["captcha/promobrothers-br-continue.html", "error/idle-us-503-dog.html"])
def test_no_refusal_reaches_the_parser(name: str, file: str) -> None:
    page = Page("https://www.amazon.com/s?k=x&page=1", (accuracy["PAGES"] / file).read_bytes())
    assert Amazon().refusal(page) is not None
    target = registry.load(name).target.from_key(
        {"amazon_search": "x", "amazon_category": "1"}.get(name, "A2TRAYSELLER1")
    )
    with pytest.raises(Missing):
        read(registry.load(name), page, target)


@pytest.mark.parametrize(
    ("name", "key", "query"),
    [
        ("amazon_search", "walnut tray & more", {"k": "walnut tray & more"}),
        ("amazon_search", "木製トレー;domain=co.jp;pages=7", {"k": "木製トレー"}),
        (
            "amazon_search",
            "tray;min_price=5;max_price=9.50;sort=price-asc-rank",
            {"k": "tray", "low-price": "5", "high-price": "9.50", "s": "price-asc-rank"},
        ),
        ("amazon_category", "172282;domain=de", {"rh": "n:172282"}),
        ("amazon_seller_products", "A2DP2EEPU3VU45;domain=co.uk", {"me": "A2DP2EEPU3VU45"}),
    ],
)
def test_addresses(name: str, key: str, query: dict[str, str]) -> None:
    scraper: Any = registry.load(name)
    target = scraper.target.from_key(key)
    for number in (1, 3):
        request = scraper.request(target, number)
        url = urlsplit(request.url)
        assert (url.netloc, url.path) == (f"www.amazon.{target.domain}", "/s")
        assert dict(parse_qsl(url.query)) == {**query, "page": str(number)}
        assert request.page == number
        assert request.headers == {"Accept-Language": MARKETPLACES[target.domain][1]}
    assert target.key == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("amazon_search", ""),
        ("amazon_search", "x;domain=nl"),
        ("amazon_search", "x;pages=8"),
        ("amazon_search", "x;pages=0"),
        ("amazon_search", "x;sort=cheapest"),
        ("amazon_search", "x;min_price=ten"),
        ("amazon_search", f"{'x' * 301}"),
        ("amazon_category", "electronics"),
        ("amazon_category", "1;page=2"),
        ("amazon_seller_products", "B0TRAY0001"),
        ("amazon_seller_products", "A2&me=A3SELLER00"),
    ],
)
def test_malformed_targets_are_refused(name: str, key: str) -> None:
    with pytest.raises(BadTargetError, match="fields are"):
        registry.load(name).target.from_key(key)


def test_the_three_tables_share_the_tiles_columns() -> None:
    found = {name: [column.name for column in columns(registry.load(name).row)] for name in LISTS}
    assert found["amazon_search"] == list(FIELDS)
    assert found["amazon_category"] == [*FIELDS, "node", "total_results"]
    assert found["amazon_seller_products"] == [*FIELDS, "seller_id"]


def test_a_list_ends_at_the_pages_asked_for_and_at_its_own_end() -> None:
    scraper: Any = registry.load("amazon_search")
    target = scraper.target.from_key("x;pages=3")
    following = '<a class="s-pagination-next" href="/s?k=x">Next</a>'
    last = (
        '<b class="s-pagination-next s-pagination-disabled">Next</b><a class="s-pagination-item" href="?page=9">9</a>'
    )
    numbers = '<ul class="a-pagination"><li><a href="/s?k=x&amp;page=2">2</a></li></ul>'
    for number, foot, goes_on in (
        (1, following, True), (2, following, True), (3, following, False), (1, last, False), (1, numbers, True),
        (2, numbers, False), (1, "", False),
    ):  # fmt: skip
        page = Page("https://www.amazon.com/s", listed("<h2>Tray</h2>", behind=foot).encode(), number=number)
        _, further = read(scraper, page, target)
        assert [request.page for request in further] == ([number + 1] if goes_on else []), (number, foot)


def listed(inside: str, before: str = "", behind: str = "") -> str:
    tile = f'<div data-component-type="s-search-result" data-asin="B0TRAY0001">{inside}</div>'
    return f'<html><body><div class="s-main-slot">{before}{tile}</div>{behind}<div id="navFooter"></div></body></html>'


def tile(inside: str, domain: str = "com") -> tiles.Tile:
    page = Page(
        f"https://www.amazon.{domain}/s", listed(f'<a href="/x/dp/B0TRAY0001"><h2>Tray</h2></a>{inside}').encode()
    )
    return tiles.read(results.tiles(page)[0], MARKETPLACES[domain][0])


def priced(spoken: str, whole: str = "", fraction: str = "", sign: str = "", around: str = "{}") -> str:
    pieces = f'<i class="a-price-whole">{whole}</i>' + (
        f'<i class="a-price-fraction">{fraction}</i>' if fraction else ""
    )
    drawn = f'<b aria-hidden="true"><i class="a-price-symbol">{sign}</i>{pieces}</b>' if whole else ""
    price = f'<span class="a-price"><span class="a-offscreen">{spoken}</span>{drawn}</span>'
    return f'<div class="a-row">{around.format(f"<a>{price}</a>")}</div>'


@pytest.mark.parametrize(
    ("domain", "spoken", "pieces", "amount", "currency"),
    [
        ("com", "$1,234.56", ("1,234.", "56", "$"), "1234.56", "USD"),
        ("ca", "$19.99", ("19.", "99", "$"), "19.99", "CAD"),
        ("co.uk", "£5.00", ("5.", "00", "£"), "5.00", "GBP"),
        ("de", "1.234,56 €", ("1.234,", "56", "€"), "1234.56", "EUR"),
        ("fr", "1 234,56 €", ("1 234,", "56", "€"), "1234.56", "EUR"),
        ("it", "12,34 €", ("12,", "34", "€"), "12.34", "EUR"),
        ("es", "0,99 €", ("0,", "99", "€"), "0.99", "EUR"),
        ("co.jp", "￥12,980", ("12,980", "", "￥"), "12980", "JPY"),
        ("com.br", "R$ 1.234,56", ("1.234,", "56", "R$"), "1234.56", "BRL"),
        ("in", "₹1,49,999", ("1,49,999", "", "₹"), "149999", "INR"),
        ("ae", "AED 330.00", ("330.", "00", "AED"), "330.00", "AED"),
        ("com.au", "$45.10", ("45.", "10", "$"), "45.10", "AUD"),
        ("de", "€44.90", ("44.90", "", "€"), "44.90", "EUR"),  # in English on the German marketplace
        ("com", "TWD 1,018", ("1,018", "", "TWD"), "1018", "TWD"),
        ("com", "", ("5.", "99", "$"), "5.99", "USD"),  # spoken by another element
        ("com", "$5.99", (), "5.99", "USD"),
    ],
)
def test_prices_of_every_marketplace(domain: str, spoken: str, pieces: Any, amount: str, currency: str) -> None:
    found = tile(priced(spoken, *pieces), domain)
    assert (found.price, found.currency) == (Decimal(amount), currency)


SPOKEN = '<span class="a-price"><span class="a-offscreen">{}</span></span>'
LOWEST = ("From {}", "ab {}", "À partir de {}", "Da {}", "Desde {}", "A partir de: {}", "من {}", "{} より", "{}\uff5e")


@pytest.mark.parametrize(
    "inside",
    [
        *(priced("10,00 €", "10,", "00", "€", around) for around in LOWEST),
        priced("R$ 9,90", "9,", "90", "R$", "em até 10x de {}"),
        priced("$31", "319.", "99", "$"),  # told twice, and not the same
        priced("", '319<i class="a-price-decimal">.</i>', "", "$"),
        priced("$5.99", around='{} <a href="/gp/offer-listing/B0TRAY0001">(5 used & new offers)</a>'),
        '<div data-cy="secondary-offer-recipe">' + priced("$5.99") + "</div>",
        priced("$5.99").replace("<a>", '<a href="/x/dp/B0KINDLE01/ref=x">'),  # another format
        priced("$5.99").replace("<a>", '<a href="/sspa/click?url=%2Fx%2Fdp%2FB0KINDLE01%2Fref">'),
        f"<h3>Prime Video</h3>{priced('$0.00')}<p>Watch with a Prime membership</p>",
        priced("$25.00", around="{}/month"),
        f"<div><a>{SPOKEN.format('8,99€')} - {SPOKEN.format('9,99€')}</a></div>",
        '<div><a><span class="s-price">EUR 8,99 - EUR 16,99</span></a></div>',
        '<div><a><span class="s-price">8,99 € - 16,99 €</span></a></div>',
        '<div><a><span class="a-color-price">EUR 8,99</span></a></div>',
    ],
)  # fmt: skip
def test_what_is_no_price_to_buy_it_new_once(inside: str) -> None:
    assert tile(inside).price is None


@pytest.mark.parametrize(
    "line",
    [
        "Or $4.99 to buy", "Oder 4,99 € zum Kaufen", "Ou 4,99 € à l'achat", "Oppure 4,99 € per l'acquisto",
        "O 4,99 € para comprar", "ou R$ 4,99 para comprar",
    ],
)  # fmt: skip
def test_the_price_to_buy_what_members_get_for_nothing(line: str) -> None:
    found = tile(f'{priced("$0.00")}<p>Kindle Unlimited</p><div class="a-color-secondary">{line}</div>')
    assert found.price == Decimal("4.99")


@pytest.mark.parametrize(
    ("told", "stars"),
    [
        ("4.6 out of 5 stars", "4.6"), ("4,6 von 5 Sternen", "4.6"), ("4,6 sur 5\u00a0étoiles", "4.6"),
        ("4,6 su 5 stelle", "4.6"), ("4,6 de 5 estrellas", "4.6"), ("4,6 de 5 estrelas", "4.6"),
        ("5つ星のうち4.6", "4.6"), ("4.6 من 5 نجوم", "4.6"), ("Prime", None), ("71", None),
    ],
)  # fmt: skip
def test_stars_of_every_language(told: str, stars: str | None) -> None:
    expected = None if stars is None else Decimal(stars)
    assert tile(f'<i><span class="a-icon-alt">{told}</span></i>').rating == expected
    assert tile(f'<span aria-label="{told}"><i></i></span>').rating == expected


@pytest.mark.parametrize(
    ("label", "text", "number"),
    [
        ("1,204 ratings", "(1.2K)", 1204), ("1.204 Bewertungen", "1.204", 1204), ("", "2,5 mil", 2500),
        ("1\u202f204 évaluations", "", 1204), ("", "(1.2K)", 1200), ("1,204件の評価", "1,204", 1204), ("", "", None),
    ],
)  # fmt: skip
def test_numbers_of_ratings(label: str, text: str, number: int | None) -> None:
    link = f'<a href="/x#customerReviews" aria-label="{label}">{text}</a>'
    around = f'<span aria-label="{label}"><a href="/x#customerReviews">{text}</a></span>'
    assert [tile(inside).rating_count for inside in (link, around)] == [number, number]


@pytest.mark.parametrize(
    "label",
    ["Sponsored", "Gesponsert", "Sponsorisé", "Sponsorizzato", "Patrocinado", "スポンサー", "برعاية", "ممول"],
)
def test_sponsored_in_every_language(label: str) -> None:
    assert tile(f'<span class="a-color-secondary">{label}</span>').sponsored
    assert not tile(f'<span class="a-color-secondary">{label} by nobody at all</span>').sponsored


@pytest.mark.parametrize(
    "message",
    [
        "No results for x.", "Keine Ergebnisse für x.", "Aucun résultat pour x.", "Nessun risultato per x.",
        "No hay resultados para x.", "Nenhum resultado para x.", "xの検索に一致する商品はありませんでした。",
        "لا توجد نتائج لـ x.",
    ],
)  # fmt: skip
def test_no_results_in_every_language(message: str) -> None:
    notice = f'<div class="celwidget template=MESSAGING widgetId=messaging-messages-of-a-new-kind">{message}</div>'
    with pytest.raises(Empty):
        results.tiles(Page("https://www.amazon.com/s", listed("<h2>Tray</h2>", notice).encode()))
    with pytest.raises(Missing):  # words alone, outside the shop's messages, prove nothing
        results.tiles(Page("https://www.amazon.com/s", f"<html><body><p>{message}</p></body></html>".encode()))


@pytest.mark.parametrize(
    ("heading", "total"),
    [
        ("1-16 of over 100,000 results for", 100_000), ("1-48 of 53 results for", 53), ("7 Ergebnisse für", 7),
        ("49-96 von mehr als 10.000 Ergebnissen oder Vorschlägen für", 10_000), ("1 result for", 1),
        ("1-48 sur plus de 10\u202f000 résultats pour", 10_000), ("1-16 dei più di 1.000 risultati in", 1000),
        ("1-16 de más de 2.000 resultados para", 2000), ("1-16 de mais de 1.000 resultados para", 1000),
        ("検索結果 20,000 以上 のうち 1-48件", 20_000), ("1-16 من أكثر من 3,000 نتيجة", 3000),
        ("1,009-1,056 of over 2,000 results for", 2000), ("Results", None),
    ],
)  # fmt: skip
def test_totals_of_every_language(heading: str, total: int | None) -> None:
    asked = '<a href="/s">Sofas 360</a> : <span class="a-color-state">"RTX 4090"</span>'
    old = f'<span id="s-result-count">{heading} {asked}</span>'
    new = f'<span data-component-type="s-result-info-bar"><h2 class="a-spacing-top-small">{heading} {asked}</h2></span>'
    assert [results.total(Page("https://www.amazon.com/s", text.encode())) for text in (old, new)] == [total, total]


def test_no_results_are_told_by_their_number() -> None:
    with pytest.raises(Empty, match="0 results"):
        results.tiles(Page("https://www.amazon.com/s", b'<h2 id="s-result-count">0 results for x</h2>'))
