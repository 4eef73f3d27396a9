"""Blocks as other eras, marketplaces and kinds of pages draw them, which no captured page shows."""

from __future__ import annotations

import runpy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hawker_amazon import product, reviewed
from hawker_amazon.details import details, ranks
from hawker_amazon.scrapers.amazon_bestsellers.scraper import AmazonBestsellers, BestsellersTarget
from hawker_amazon.scrapers.amazon_category.scraper import AmazonCategory, CategoryTarget
from hawker_amazon.scrapers.amazon_offers.scraper import AmazonOffers, OffersTarget
from hawker_core.model import Empty
from hawker_core.page import Page
from hawker_core.run import read

reading: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("reading.py")))
parts, block, apex, offer = (reading[name] for name in ("parts", "block", "apex", "offer"))

FIVE = apex("5", "$", "00")
TABLED = '<i class="a-price a-text-price {}" data-a-color="price"><i class="a-offscreen">{}</i><i>{}</i></i>'


def tabled(price: str, names: str = "a-size-base") -> str:
    return TABLED.format(names, price, price)


def row(name: str, label: str, text: str) -> str:
    return block(
        f"{name}_feature_div",
        f'<b class="offer-display-feature-label">{label}</b>'
        f'<b class="offer-display-feature-text"><i class="offer-display-feature-text-message">{text}</i></b>',
    )


@pytest.mark.parametrize(
    ("inside", "price", "kind"),
    [
        (f"<p>({apex('0', '$', '25')} / Ounce)</p><p>{FIVE}</p>", "5.00", "new"),
        (f"<p>{FIVE} or <b>$0.42/mo (12 mo)</b></p>", "5.00", "new"),
        (f"<p>{FIVE}</p><p>em até 10x {apex('0', '$', '50')} sem juros</p>", "5.00", "new"),
        (f"<p>{FIVE}/mo</p>", None, None),
        ('<b class="aok-offscreen"> $5.00 with 6 percent savings </b>', "5.00", "new"),
        ('<b class="aok-offscreen">$5.00 per count</b>', None, None),
        ('<b class="aok-offscreen">List Price: $5.00</b>', None, None),
        ('<b class="aok-offscreen">$5.00 - $9.00</b>', None, None),
        (f"<p>{FIVE} per month</p>", None, None),
        (f"<p>{FIVE} pro Monat</p>", None, None),
        (f"<p>{FIVE} por mês</p>", None, None),
        (f"<p>{FIVE} - {apex('9', '$', '00')}</p>", None, "range"),
        (f"<p>{FIVE} -45%</p>", "5.00", "new"),
        (
            f"<p>Price: {tabled('$5.00', 'a-size-medium')}</p><p>You Save: {tabled('$4.00')}</p>",
            "5.00",
            "new",
        ),
    ],
)
def test_which_of_a_blocks_prices_is_to_pay(inside: str, price: str | None, kind: str | None) -> None:
    found = offer(block("corePrice_feature_div", inside))
    assert (found.price, found.price_kind) == (Decimal(price) if price else None, kind)


@pytest.mark.parametrize("name", ["apex_mobile", "apex_offerDisplay_mobile", "adbl_bb_price", "kindle-price"])
def test_prices_in_pieces_wherever_they_stand(name: str) -> None:
    assert offer(block(name, FIVE)).price == Decimal("5.00")


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("$5.00 ($0.25 / Ounce)", "5.00"),
        ("$5.00/month for 24 months", None),
        ("5,00 €/Monat", None),
        ("$5.00 & FREE Shipping", "5.00"),
        ("￥ 500 (￥99 / 個)", "500"),
    ],
)
def test_plain_prices_of_the_whole_and_of_a_part(text: str, price: str | None) -> None:
    assert offer(block("priceblock_ourprice", text)).price == (Decimal(price) if price else None)


def test_what_members_pay_for_an_audiobook_is_no_price() -> None:
    assert offer(block("adbl_bb_price", "$0.00")).price is None
    assert offer(block("kindle-price", "$0.00")).price == 0


@pytest.mark.parametrize("name", ["usedbuyBox", "usedBuySection", "rentBuySection", "buyBackAccordionRow"])
def test_no_price_out_of_another_offers_block(name: str) -> None:
    assert offer(block(name, block("price_inside_buybox", "$5.00"))).price is None


def test_a_block_names_the_row_that_it_belongs_to() -> None:
    inside = f'<b id="corePrice_feature_div" data-csa-c-slot-id="snsAccordionRowMiddle">{apex("4", "$", "50")}</b>'
    assert offer(inside).price is None
    assert offer(inside + block("corePrice_feature_div", FIVE)).price == Decimal("5.00")


@pytest.mark.parametrize("name", ["dealsAccordionRow", "renewedTier1AccordionRow", "newAccordionRow_0"])
def test_rows_of_new_offers_beside_a_used_one(name: str) -> None:
    used = block("usedAccordionRow", block("corePrice_feature_div", apex("4", "$", "00")))
    found = offer(used + block(name, block("corePrice_feature_div", FIVE)))
    assert (found.price, found.price_kind) == (Decimal("5.00"), "new")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (row("merchantInfoFeature", "Shipper / Seller", "Amazon.com"), ("Amazon.com", "Amazon.com")),
        (row("merchantInfoFeature", "Expéditeur / Vendeur", "Kontor"), ("Kontor", "Kontor")),
        (row("merchantInfoFeature", "出荷元 / 販売元", "店"), ("店", "店")),
        (row("merchantInfoFeature", "Sold by", "Kontor"), ("Kontor", None)),
        (row("shipFromSoldByAbbreviatedODF", "", "Amazon.com"), ("Amazon.com", "Amazon.com")),
        (
            row("fulfillerInfoFeature", "Ships from", "Amazon") + row("merchantInfoFeature", "Sold by", "Kontor"),
            ("Kontor", "Amazon"),
        ),
        (
            """<table id="tabular-buybox-container"><tr><td class="tabular-buybox-label">Ships from</td>
            <td><i class="a-truncate-full">Amazon</i><i class="a-truncate-cut">Ama…</i></td></tr>
            <tr><td class="tabular-buybox-label">Sold by</td>
            <td><i class="a-truncate-full"><a href="/gp/help/seller?seller=A1">Kontor</a></i></td></tr></table>""",
            ("Kontor", "Amazon"),
        ),
        (
            block(
                "sfsb_accordion_head",
                '<p class="a-row"><span>Ships from: </span><span>Amazon</span></p>'
                '<p class="a-row"><span>Sold by: </span><span>Kontor</span></p>',
            ),
            ("Kontor", "Amazon"),
        ),
    ],
)
def test_who_sells_and_who_ships(body: str, expected: tuple[str, str | None]) -> None:
    found = offer(block("corePrice_feature_div", FIVE) + body)
    assert (found.seller, found.ships_from) == expected


@pytest.mark.parametrize(
    ("byline", "brand"),
    [("Visita la Store de Apple", "Apple"), ("造訪 Apple 商店", "Apple"), ("访问 Apple 品牌旗舰店", "Apple")],
)
def test_brands_in_languages_that_marketplaces_offer_besides(byline: str, brand: str) -> None:
    assert product.brand(parts(f'<a id="bylineInfo">{byline}</a>'), {}) == brand


@pytest.mark.parametrize(
    ("text", "bought"),
    [
        ("2K+ bought in past month", 2000),
        ("2K+ viewed in past month", None),
        ("Plus de 100 vus au cours du mois dernier", None),
        ("Oltre 1.000 acquistati nel mese scorso", 1000),
        ("200+ bought in past week", None),
    ],
)
def test_how_many_were_bought_in_the_past_month(text: str, bought: int | None) -> None:
    assert product.bought(parts(block("socialProofingAsinFaceout_feature_div", text))) == bought


def test_figures_that_only_the_reviews_tell() -> None:
    link = '<a id="acrCustomerReviewLink">4.5 <b class="a-icon-alt">4.5 out of 5 stars</b></a>'
    head = '<b data-hook="rating-out-of-text">4.5 out of 5</b><b data-hook="total-review-count">1,234 ratings</b>'
    assert product.rated(parts(link)) is None
    assert (product.stars(parts(link + head)), product.rated(parts(link + head))) == (Decimal("4.5"), 1234)
    none = '<b data-hook="average-star-rating">0.0 out of 5</b><b data-hook="total-review-count">No reviews</b>'
    assert (product.stars(parts(none)), product.rated(parts(none))) == (None, None)


def test_categories_are_those_of_a_rank_where_no_breadcrumbs_are() -> None:
    ranked = [{"rank": 9, "category": "Books"}, {"rank": 1, "category": "Books > History > Ships"}]
    crumbs = block("wayfinding-breadcrumbs_feature_div", "<li>Books</li><li>\u203a</li><li>Ships</li>")
    assert product.categories(parts(crumbs), ranked)[-1] == "Ships"
    assert product.categories(parts(""), ranked) == ["Books", "History", "Ships"]
    assert product.categories(parts(""), ranked[:1]) == []


def test_a_detail_that_a_script_cut_is_told_once_and_whole() -> None:
    body = (
        '<table><tr><td><b class="a-text-bold">Benefits</b></td><td><i class="a-truncate-full">Softens, and more'
        '</i><i class="a-truncate-cut">Softens…</i> <a>See more</a></td></tr></table>'
    )
    assert details(parts(block("productOverview_feature_div", body))) == {"Benefits": "Softens, and more"}


LINK = '<a href="/gp/bestsellers/x/1">{}</a>'


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("Posizione nella classifica Bestseller di Amazon:", "n. 52.871 in Libri ({})", (52871, "Libri")),
        ("Clasificación en los más vendidos:", "nº52.871 en Libros ({})", (52871, "Libros")),
        ("Ranking dos mais vendidos:", "Nº 1.448 em Livros ({})", (1448, "Livros")),
        ("Amazon 売れ筋ランキング:", "- 12,345位本 ({})", (12345, "本")),
        ("الأفضل مبيعاً:", "#52,871 في كتب ({})", (52871, "كتب")),
        ("Classement des meilleures ventes :", "52\u202f871 en Livres ({})", (52871, "Livres")),
        ("Best Sellers Rank:", "#3 in 20th Century History ({})", (3, "20th Century History")),
    ],
)
def test_ranks_of_every_marketplace(label: str, text: str, expected: tuple[int, str]) -> None:
    line = text.format(LINK.format("See Top 100"))
    bullets = f'<ul><li><b class="a-text-bold">{label}</b> {line}</li></ul>'
    (found,) = ranks(parts(block("detailBulletsWrapper_feature_div", bullets)))
    assert (found["rank"], found["category"]) == expected


@pytest.mark.parametrize(
    ("line", "country"),
    [
        ("2023年7月1日に🇯🇵 日本でレビュー済み", "日本"),
        ("Reviewed in the United States 🇺🇸 on May 2, 2023", "United States"),
        ("2023年7月1日在美国发布评论", "美国"),
    ],
)
def test_where_a_review_comes_from(line: str, country: str) -> None:
    assert reviewed.country(line) == country
    assert reviewed.day(line) is not None


@pytest.mark.parametrize(
    "body",
    [
        '<div id="aod-container"><b class="aod-no-offer-normal-font">No featured offers available</b></div>',
        '<div id="aod-container"><div id="aod-asin-no-offers">None</div></div>',
    ],
)
def test_panels_without_offers(body: str) -> None:
    target = OffersTarget(asin="B000000001")
    with pytest.raises(Empty):
        read(AmazonOffers(), Page(AmazonOffers().request(target).url, body.encode()), target)


def test_the_author_behind_a_title_is_not_the_title() -> None:
    entry = (
        '<div id="gridItemRoot"><span class="zg-bdg-text">#1</span><a href="/x/dp/B000000001">'
        '<div class="_c_p13n-sc-css-line-clamp-1_x">Ships</div></a>'
        '<div class="_c_p13n-sc-css-line-clamp-1_x" title="A Very Long Name">A Very…</div></div><p></p>'
    )
    target = BestsellersTarget(node="books")
    ((found,), _) = read(AmazonBestsellers(), Page("https://www.amazon.com/x", entry.encode()), target)
    assert found.title == "Ships"


def test_the_list_of_a_departments_page() -> None:
    tile = (
        f'<div class="a-section apb-browse-searchresults-product"><a href="/Tray/dp/B000000001"><h2>Tray</h2></a>'
        f'<i class="a-icon-star-small"><b class="a-icon-alt">4.5 out of 5 stars</b></i><p>{FIVE}</p></div><p></p>'
    )
    target = CategoryTarget(node="172282")
    ((found,), _) = read(AmazonCategory(), Page("https://www.amazon.com/b?node=172282", tile.encode()), target)
    assert (found.asin, found.title, found.price, found.rating) == (
        "B000000001",
        "Tray",
        Decimal("5.00"),
        Decimal("4.5"),
    )


@pytest.mark.parametrize(
    ("promise", "shipping"),
    [
        ("FREE delivery: Monday, Dec 6", "0"),
        ("Lieferung für 4,99 € Montag, 6. Dezember", "4.99"),
        ("FREE delivery: Monday, Dec 6 on orders over $25.00", None),
        ("FREE delivery with Prime", None),
        ("Delivery Monday, Dec 6", None),
    ],
)
def test_shipping_of_panels_without_data(promise: str, shipping: str | None) -> None:
    body = (
        f'<div id="aod-offer"><div id="aod-offer-price">{FIVE}</div>'
        f'<div id="mir-layout-DELIVERY_BLOCK-slot-DELIVERY_MESSAGE">{promise}</div></div><p></p>'
    )
    target = OffersTarget(asin="B000000001")
    ((found,), _) = read(AmazonOffers(), Page(AmazonOffers().request(target).url, body.encode()), target)
    assert (found.shipping, found.delivery) == (Decimal(shipping) if shipping else None, promise)


@pytest.mark.parametrize(
    ("sentence", "seller"),
    [
        ("Sold by Kontor 24 and Fulfilled by Amazon.", "Kontor 24"),
        ("Sold by: Acme, Inc. Fulfilled by Amazon.", "Acme, Inc"),
        ("Verkauf durch Kontor und Versand durch Amazon.", "Kontor"),
        ("Vendu par Le Comptoir et expédié par Amazon.", "Le Comptoir"),
        ("Venduto da Bottega e spedito da Amazon.", "Bottega"),
        ("Vendido por La Tienda y enviado por Amazon.", "La Tienda"),
        ("この商品は、商店 が販売し、Amazon.co.jp が発送します。", "商店"),
        ("Ships from and sold by Amazon.com.", "Amazon.com"),
        ("Verkauf und Versand durch Amazon.", "Amazon"),
        ("Vendido y enviado por Amazon.", "Amazon"),
        ("Venduto e spedito da Amazon.", "Amazon"),
        ("この商品は、Amazon.co.jp が販売、発送します。", "Amazon.co.jp"),
    ],
)
def test_a_seller_without_a_link_is_not_taken_for_amazon_that_ships(sentence: str, seller: str) -> None:
    found = offer(block("merchant-info", sentence))
    assert found.seller == seller
    assert (found.ships_from or "").startswith("Amazon")
