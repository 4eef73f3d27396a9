"""Over captured pages: what is refused, how well the rest is read, and that nothing but a signal escapes."""

from __future__ import annotations

import random
import re
import runpy
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hawker_core import Outcome, Page
from hawker_core.model import Signal
from hawker_core.privacy import unnamed
from hawker_core.run import read
from hawker_walmart.product import ProductTarget
from hawker_walmart.scrapers.walmart_product.scraper import WalmartProduct
from hawker_walmart.site import WalmartSite

PAGES = Path(__file__).resolve().parents[4] / "shared" / "pages" / "walmart"
FILES = [line.split("\t")[0] for line in (PAGES / "INDEX.tsv").read_text().splitlines()[1:]]
PRODUCTS = [name for name in FILES if name.startswith("product/")]
URL = "https://www.walmart.com/ip/123"
ODD: list[Any] = [None, [], {}, "", "x", "$", 0, -1, 1e308, True, [None], {"price": []}, [[{}]]]


@pytest.mark.parametrize("name", FILES)
def test_blocks_are_refused_and_content_is_not(name: str) -> None:
    refusal = WalmartSite().refusal(Page(URL, (PAGES / name).read_bytes()))
    assert (refusal.outcome if refusal else None) == (Outcome.BLOCKED if name.startswith("block/") else None)


def test_values_read_by_eye_come_out() -> None:
    score = runpy.run_path(str(Path(__file__).with_name("accuracy.py")))["score"]()
    assert score.labelled.total() > 30
    assert score.share >= 0.97, "\n".join(score.misses)


@pytest.mark.parametrize("name", PRODUCTS)
def test_pages_are_kept_without_who_wrote_reviews(name: str) -> None:
    body = (PAGES / name).read_bytes()
    kept = unnamed(body, WalmartSite.people)
    assert len(set(written(body))) > 5
    assert set(written(kept)) == {""}
    target = ProductTarget(item_id="123")
    assert read(WalmartProduct(), Page(URL, kept), target) == read(WalmartProduct(), Page(URL, body), target)


def written(body: bytes) -> list[str]:
    """The names of all who wrote reviews, by the page's scripts of JSON."""
    scripts = re.findall(rb"<script\b[^>]*json[^>]*>(.*?)</script", body, re.DOTALL)
    return [name for script in scripts for name in names(msgspec.json.decode(script))]


def names(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for one in value for name in names(one)]
    if not isinstance(value, dict):
        return []
    author = value.get("author")
    own = (value.get("userNickname"), author.get("name") if isinstance(author, dict) else None)
    return [name for name in own if name is not None] + names(list(value.values()))


def parse(body: bytes) -> None:
    page = Page(URL, body)
    with suppress(Signal):
        if not WalmartSite().refusal(page):
            rows, _ = read(WalmartProduct(), page, ProductTarget(item_id="123"))
            msgspec.json.encode(rows)


def test_the_document_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    body = (PAGES / PRODUCTS[0]).read_bytes()
    monkeypatch.setattr(Page, "root", property(lambda _: pytest.fail("the script is found in the bytes")))
    page = Page(URL, body)
    assert WalmartSite().refusal(page) is None
    assert read(WalmartProduct(), page, ProductTarget(item_id="123"))[0]


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".html")])
def test_truncated_pages_raise_nothing_but_signals(name: str) -> None:
    body = (PAGES / name).read_bytes()
    for part in range(40):
        parse(body[: len(body) * part // 40])


@pytest.mark.parametrize("name", PRODUCTS)
def test_odd_values_raise_nothing_but_signals(name: str) -> None:
    dice = random.Random(name)  # noqa: S311  which values go is no secret, and the same in each run
    body = (PAGES / name).read_bytes()
    opening = b'id="__NEXT_DATA__"'
    start = body.index(b">", body.index(opening)) + 1
    state = msgspec.json.decode(body[start : body.index(b"</script", start)])
    data = state["props"]["pageProps"]["initialData"]["data"]
    for _ in range(60):
        copy = msgspec.json.decode(msgspec.json.encode(data))
        for part in ("product", "reviews", "idml"):
            spoil(copy[part], dice, 0.03)
        parse(b"<script id=__NEXT_DATA__>" + msgspec.json.encode(nested(copy)) + b"</script>")
    for odd in ODD:
        parse(b"<script id=__NEXT_DATA__>" + msgspec.json.encode(nested(odd)) + b"</script>")
        parse(b"<script id=__NEXT_DATA__>" + msgspec.json.encode(odd) + b"</script>")


def nested(data: Any) -> Any:
    return {"props": {"pageProps": {"initialData": {"data": data}}}}


def spoil(value: Any, dice: random.Random, share: float) -> None:
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    for key in keys:
        if dice.random() < share:
            value[key] = dice.choice(ODD)
        else:
            spoil(value[key], dice, share)
