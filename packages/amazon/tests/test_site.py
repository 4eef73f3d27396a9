"""What the shop refuses, and what it does not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from hawker_amazon.site import MARKETPLACES, Amazon
from hawker_core.model import Outcome
from hawker_core.page import Page
from hawker_core.privacy import unnamed

PAGES = Path(__file__).resolve().parents[4] / "shared" / "pages" / "amazon"
FILES = [line.split("\t")[0] for line in (PAGES / "INDEX.tsv").read_text(encoding="utf-8").splitlines()[1:]]
REFUSED = {"captcha", "error", "signin-redirect"}
CONTENT = [file for file in FILES if file.partition("/")[0] not in REFUSED]


def refusal(file: str, status: int = 200) -> tuple[Outcome, str] | None:
    return Amazon().refusal(Page("https://www.amazon.com/dp/0000000000", (PAGES / file).read_bytes(), status=status))


@pytest.mark.parametrize(
    ("file", "outcome", "detail"),
    [
        ("captcha/app-us-robotcheck.html", Outcome.BLOCKED, "image captcha"),
        ("captcha/epictroller-de-captcha.html", Outcome.BLOCKED, "image captcha"),
        ("captcha/promobrothers-br-continue.html", Outcome.BLOCKED, "continue-shopping button"),
        ("signin-redirect/epictroller-de-reviews-signin.html", Outcome.BLOCKED, "sign-in wall"),
        ("error/idle-us-503-dog.html", Outcome.BLOCKED, "error page"),
        ("error/pachicodes-br-500.html", Outcome.BLOCKED, "error page"),
        ("error/cba-ca-404.html", Outcome.GONE, "page not found"),
    ],
)
def test_refusals_are_told_from_their_structure(file: str, outcome: Outcome, detail: str) -> None:
    assert refusal(file) == (outcome, detail)


def test_every_captured_refusal_has_its_test() -> None:
    assert len([file for file in FILES if file.partition("/")[0] in REFUSED]) == 7


@pytest.mark.parametrize("file", CONTENT)
def test_no_content_page_is_refused(file: str) -> None:
    assert refusal(file) is None


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (404, b"<p>nothing</p>", Outcome.GONE),
        (410, b"", Outcome.GONE),
        (403, b"<p>Forbidden</p>", Outcome.BLOCKED),
        (429, b"", Outcome.BLOCKED),
        (503, b"", Outcome.BLOCKED),
        (202, b"", Outcome.BLOCKED),
        (200, b'<script src="https://a.token.awswaf.com/challenge.js"></script>', Outcome.BLOCKED),
        (200, b'<script>ue_sn = "opfcaptcha.amazon.it"</script><p>ci dispiace</p>', Outcome.BLOCKED),
        (500, b'<img src="/images/G/01/error/title._TTD_.png">', Outcome.BLOCKED),
        (200, b'<a href="/ref=cs_404_link">home</a>', Outcome.GONE),
    ],
)
def test_bare_answers(status: int, body: bytes, outcome: Outcome) -> None:
    refused = Amazon().refusal(Page("https://www.amazon.it/dp/0000000000", body, status=status))
    assert refused is not None
    assert refused.outcome is outcome


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"suggestions": []}',
        b'<div id="aod-offer-list"><form><input name="signInToHUC"></form></div>',  # a fragment with a suspicious name
        b'<div id="navbar"></div><img src="/images/G/01/error/widget.png"><form name="signIn"></form>',
        b"<p>robot check, captcha, sign in, 503</p>",  # words alone prove nothing
    ],
)
def test_other_answers_are_left_to_the_parser(body: bytes) -> None:
    assert Amazon().refusal(Page("https://www.amazon.com/x", body)) is None


@pytest.mark.parametrize("file", [path for path in CONTENT if path.startswith(("dp/", "reviews/"))])
def test_pages_are_kept_without_who_wrote_reviews(file: str) -> None:
    kept = Page("https://www.amazon.com/dp/0000000000", unnamed((PAGES / file).read_bytes(), Amazon.people))
    assert kept.root.texts(".a-profile-name, [data-hook=review-author]") == []
    assert kept.root.has("#productTitle, #ebooksProductTitle, [data-hook=review]")  # the rest is there


@pytest.mark.parametrize("junk", [b"<review-author ", b"<a review-author>", b"x review-author ", b"<span>x</span>"])
def test_taking_names_out_of_hostile_pages_costs_no_more_than_reading_them(junk: bytes) -> None:
    started = time.process_time()
    unnamed(b"<b class=review-author " + junk * 100_000, Amazon.people)
    unnamed(b"<b class=review-author>" + junk * 100_000, Amazon.people)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("shop", ["walmart", "ebay"])
def test_no_other_shops_content_is_refused(shop: str) -> None:
    lines = (PAGES.parent / shop / "INDEX.tsv").read_text(encoding="utf-8").splitlines()[1:]
    files = [line.split("\t")[0] for line in lines if line.split("\t")[1] != "block"]
    assert len(files) > 5
    for file in files:
        page = Page("https://www.amazon.com/dp/0000000000", (PAGES.parent / shop / file).read_bytes())
        assert Amazon().refusal(page) is None, file


def test_requests_stay_on_the_shops_hosts() -> None:
    assert Amazon.hosts == {f"{name}.amazon.{domain}" for domain in MARKETPLACES for name in ("www", "completion")}
