"""Reviews: what a person read off the captured pages, the words of every language, and that nobody's name is kept."""

from __future__ import annotations

import datetime as dt
import random
import re
import runpy
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from parsel import Selector

from hawker_amazon import reviewed
from hawker_amazon.reviews import REVIEWS, ReviewsTarget
from hawker_amazon.scrapers.amazon_reviews.row import Review
from hawker_amazon.scrapers.amazon_reviews.scraper import AmazonReviews
from hawker_amazon.site import MARKETPLACES, Amazon
from hawker_core.model import BadTargetError, Outcome, Signal
from hawker_core.page import Page
from hawker_core.rows import columns
from hawker_core.run import read

accuracy: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("accuracy_reviews.py")))
PAGES: Path = accuracy["PAGES"]
FILES: list[str] = accuracy["FILES"]
WITHOUT_REVIEWS = ["dp/a4fr-ae-B0D37RC231.html", "dp/app-us-B07CL39Z8Q.html"]
CASES = Path(__file__).parents[1] / "src" / "hawker_amazon" / "scrapers" / "amazon_reviews" / "cases"
SCRAPER = AmazonReviews()
OF_A_REVIEW = ("review_id", "rating", "title", "body", "date", "country", "verified", "helpful", "variant")


@pytest.fixture(scope="module")
def report() -> Any:
    return accuracy["reviews"]()


def test_every_captured_page_gives_its_reviews_or_says_that_it_has_none(report: Any) -> None:
    assert report.pages - report.ok == len(WITHOUT_REVIEWS)
    assert report.misses == [f"{file}: empty no reviews" for file in WITHOUT_REVIEWS]
    assert report.fields["review_id"].rows == 396


@pytest.mark.parametrize("field", [*OF_A_REVIEW, *accuracy["OF_THE_PAGE"]])
def test_values_read_by_eye_come_out(report: Any, field: str) -> None:
    assert report.fields[field].labelled >= (100 if field in OF_A_REVIEW else 12)
    assert report.share(field) >= 0.98, report.misses


@pytest.mark.parametrize("file", [file for file in FILES if file not in WITHOUT_REVIEWS])
def test_no_review_of_a_captured_page_is_bad(file: str) -> None:
    page, target = accuracy["captured"](file)
    rows, further = read(SCRAPER, page, target)
    assert page.bad == []
    assert further == []
    assert len({row.review_id for row in rows}) == len(rows)  # type: ignore[attr-defined]  # a review
    assert all(row.date is not None for row in rows)  # type: ignore[attr-defined]


def test_the_list_goes_on_while_pages_are_asked_for() -> None:
    page, _ = accuracy["captured"]("reviews/megascraper-it-B07747FR44.html")
    target = ReviewsTarget.from_key("B07747FR44;domain=it;source=reviews;pages=2")
    _, further = read(SCRAPER, page, target)
    assert [(request.url[-12:], request.page) for request in further] == [("pageNumber=2", 2)]
    page.number = 2
    assert read(SCRAPER, page, target)[1] == []


def test_the_sign_in_wall_is_a_refusal() -> None:
    page = Page(
        "https://www.amazon.de/ap/signin", (PAGES / "signin-redirect/epictroller-de-reviews-signin.html").read_bytes()
    )
    assert Amazon().refusal(page) == (Outcome.BLOCKED, "sign-in wall")


@pytest.mark.parametrize("file", [file for file in FILES if file not in WITHOUT_REVIEWS])
def test_no_captured_reviewer_is_named(file: str) -> None:
    page, target = accuracy["captured"](file)
    rows = {row.review_id: row for row in read(SCRAPER, page, target)[0]}  # type: ignore[attr-defined]  # a review
    kept = msgspec.json.encode(list(rows.values())).decode()
    assert "amzn1.account" not in kept
    assert "/gp/profile" not in kept
    shown = Selector(body=page.body, type="html", encoding="utf-8").css(REVIEWS)
    assert shown
    for node in shown:
        found = re.search(
            r"R[A-Z0-9]{9,}", (node.attrib.get("id") or "") + node.css("[href*=customer-reviews]").get("")
        )
        assert found
        own = rows[found.group()]
        for name in {" ".join(text.split()) for text in node.css(".a-profile-name").xpath("string()").getall()}:
            assert len(name) <= 2 or not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", f"{own.title} {own.body}"), name


def test_who_signs_in_full_is_masked() -> None:
    rows = {row["review_id"]: row for row in accuracy["rows_of"]("dp/app-us-B00004YS4O.html")}
    assert rows["R1L5K5I1LF5SOO"]["body"].endswith("As I said, it's a very mixed DVD. [name]")


def test_no_reviewer_in_a_case_is_named() -> None:
    for case in sorted(CASES.glob("*.html")):
        names = {
            " ".join(name.split()) for name in re.findall(r'class="a-profile-name">([^<]+)<', case.read_text("utf-8"))
        }
        page = Page("https://www.amazon.com/dp/B0KETTLE01", case.read_bytes())
        with suppress(Signal):
            kept = msgspec.json.encode(read(SCRAPER, page, ReviewsTarget(asin="B0KETTLE01"))[0]).decode()
            assert names
            for secret in (*names - {"K"}, "ann.quill", "010-4477", "amzn1"):
                assert secret not in kept, case.name


@pytest.mark.parametrize(
    ("line", "day", "country"),
    [
        ("Reviewed in the United States on January 6, 2024", "2024-01-06", "United States"),
        ("Reviewed in the United States \U0001f1fa\U0001f1f8 on November 26, 2022", "2022-11-26", "United States"),
        ("Reviewed in India on 3 May 2022", "2022-05-03", "India"),
        ("Reviewed in Canada on Sept. 3, 2022", "2022-09-03", "Canada"),
        ("Commenté en France le 1er août 2020", "2020-08-01", "France"),
        ("Commenté aux États-Unis le 12 décembre 2020", "2020-12-12", "États-Unis"),
        ("Commenté au Royaume-Uni le 3 février 2021", "2021-02-03", "Royaume-Uni"),
        ("Rezension aus Deutschland vom 5. März 2021", "2021-03-05", "Deutschland"),
        ("Rezension aus dem Vereinigten Königreich vom 5. Mai 2021", "2021-05-05", "Vereinigten Königreich"),
        ("Bewertet in den USA am 31. Dezember 2021", "2021-12-31", "USA"),
        ("Recensito in Italia il 3 marzo 2019", "2019-03-03", "Italia"),
        ("Recensito negli Stati Uniti il 1° gennaio 2020", "2020-01-01", "Stati Uniti"),
        ("Revisado en España el 25 de agosto de 2017", "2017-08-25", "España"),
        ("Calificado en Estados Unidos el 5 de septiembre de 2021", "2021-09-05", "Estados Unidos"),
        ("Avaliado no Brasil em 20 de outubro de 2020", "2020-10-20", "Brasil"),
        ("Avaliado nos Emirados Árabes Unidos em 5 de março de 2021", "2021-03-05", "Emirados Árabes Unidos"),
        ("2024年1月5日に日本でレビュー済み", "2024-01-05", "日本"),
        ("2024年12月31日にアメリカ合衆国でレビュー済み", "2024-12-31", "アメリカ合衆国"),
        ("تمت المراجعة في الإمارات العربية المتحدة في 5 يناير 2024", "2024-01-05", "الإمارات العربية المتحدة"),
        ("5 जनवरी 2024 को भारत में रिव्यू किया गया", "2024-01-05", "भारत"),
        ("Beoordeeld in Nederland op 3 maart 2021", "2021-03-03", "Nederland"),
        ("18. Oktober 2016", "2016-10-18", None),
        ("22 février 2019", "2019-02-22", None),
        ("11 de marzo de 2018", "2018-03-11", None),
        ("on 3 June 2016", "2016-06-03", None),
        ("September 4, 2017", "2017-09-04", None),
        ("Reviewed in Italy on 31 February 2022", None, "Italy"),
        ("Reviewed in Italy last week", None, None),
        ("2 months ago", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_when_and_where(line: str | None, day: str | None, country: str | None) -> None:
    assert reviewed.day(line) == (dt.date.fromisoformat(day) if day else None)
    assert reviewed.country(line) == country


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("B0KETTLE01", "https://www.amazon.com/dp/B0KETTLE01"),
        ("B0KETTLE01;domain=co.jp", "https://www.amazon.co.jp/dp/B0KETTLE01"),
        (
            "B0KETTLE01;domain=de;source=reviews;pages=3",
            "https://www.amazon.de/product-reviews/B0KETTLE01?reviewerType=all_reviews&pageNumber=1",
        ),
    ],
)
def test_addresses(key: str, url: str) -> None:
    target = ReviewsTarget.from_key(key)
    request = SCRAPER.request(target)
    assert (request.url, request.page, target.key) == (url, 1, key)
    assert request.headers == {"Accept-Language": MARKETPLACES[target.domain][1]}


@pytest.mark.parametrize(
    "key",
    [
        "",
        "B0",
        "b0kettle01",
        "B0KETTLE01;domain=nl",
        "B0KETTLE01;source=all",
        "B0KETTLE01;pages=0",
        "B0KETTLE01;pages=11",
    ],
)
def test_a_malformed_target_is_refused(key: str) -> None:
    with pytest.raises(BadTargetError, match="fields are asin, domain, source, pages"):
        ReviewsTarget.from_key(key)


def test_no_column_could_name_anybody() -> None:
    assert [column.name for column in columns(Review)] == [*OF_A_REVIEW, *accuracy["OF_THE_PAGE"]]


def survives(body: bytes) -> None:
    with suppress(Signal):
        for row in read(SCRAPER, Page("https://www.amazon.com/dp/B0KETTLE01", body), ReviewsTarget(asin="B0KETTLE01"))[
            0
        ]:
            msgspec.convert(msgspec.to_builtins(row), Review)


@pytest.mark.parametrize("file", list(accuracy["FACTS"]))
def test_damaged_pages_raise_nothing_but_signals(file: str) -> None:
    body = (PAGES / file).read_bytes()
    dice = random.Random(file)  # noqa: S311  which parts go is no secret, and the same in each run
    for _ in range(4):
        cut = body[: dice.randrange(len(body))]
        survives(
            re.sub(rb"(?:id|class|href|data-hook)=\"[^\"]*\"", lambda m: m[0] if dice.random() < 0.9 else b"", cut)
        )


@pytest.mark.parametrize(
    "junk",
    [
        "9",
        "9 ",
        "9.",
        "1 de ",
        "in A",
        "a@",
        "年",
        "<i class=a-icon-text-separator>",
        "<i ",
        "</i>",
        "<b class=a-hidden>x",
        "&amp;",
    ],
)
def test_hostile_lengths_cost_no_more_than_time_to_read_them(junk: str) -> None:
    text = junk * 50_000
    review = "".join(f"<div data-hook={hook}>{text}</div>" for hook in (
        "review-star-rating", "review-title", "review-body", "review-date", "helpful-vote-statement", "format-strip",
    ))  # fmt: skip
    page = (
        f'<div data-hook="total-review-count">{text}</div><div data-hook="cr-filter-info-review-count">{text}</div>'
        f'<div data-hook="review" id="R1KETTLE00001A"><span class="a-profile-name">{text}</span>{review}'
    )
    started = time.process_time()
    survives(page.encode())
    assert time.process_time() - started < 5


def test_many_names_cost_no_more_than_time_to_read_them() -> None:
    names = "".join(f'<span class="a-profile-name">name {number}</span>' for number in range(20_000))
    started = time.process_time()
    survives(f'<div data-hook="review" id="R1KETTLE00001A">{names}<b data-hook=review-body>{"name " * 50_000}'.encode())
    assert time.process_time() - started < 5
