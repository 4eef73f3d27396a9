from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawker_core import Data, Missing, Money, Node, Page
from hawker_core.page import decode

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://www.shop.example/list/?page=1"
HTML = """<!doctype html><title> A   shop </title>
<main id="m" data-a="1">
  <h1 class="t old">\u200e Kettle&nbsp;<b>1.7 l</b></h1><h1 class="t">Second</h1>
  <p class="blank"> </p><p class="blank">filled</p>
  <span class="price">$1,234.50</span><span class="note">now</span>
  <i class="stars">4.4 out of 5 stars</i><i class="n">5,136 ratings</i>
  <ul><li>one</li><!-- no item --><li> </li><li>three<br>lines</li></ul>
  <div class="mixed">own <b>child</b> words<script>var x = "script"</script><style>p{}</style>
    <template>tpl</template><noscript>ns</noscript></div>
  <a href=" /dp/1?x=1 " title="">link</a>
  <script id="data">{"a": [1, {"b": "<p>"}]}</script><script id="code">var a = 1;</script>
</main>"""


def page(body: bytes | str, **about: Any) -> Page:
    return Page(URL, body.encode() if isinstance(body, str) else body, **about)


@pytest.fixture(scope="module")
def root() -> Node:
    return page(HTML).root


# Reads of HTML


def test_texts_are_as_a_reader_sees_them(root: Node) -> None:
    assert root.text("h1") == "Kettle 1.7 l"
    assert root.text("title") == "A shop"
    assert root.one(".mixed").content == "own child words"
    assert root.one(".mixed").own_content == "own words"
    assert root.texts("li") == ["one", "three lines"]
    assert "script" in root.one(".mixed").raw


def test_alternatives_are_taken_in_order(root: Node) -> None:
    assert root.text(".absent", ".old", "h1") == "Kettle 1.7 l"
    assert [node.content for node in root.all(".absent", "h1")] == ["Kettle 1.7 l", "Second"]
    assert root.texts(".absent", "h1") == ["Kettle 1.7 l", "Second"]
    assert root.text(".blank") == "filled"
    assert root.maybe_attr("href", ".absent", "a") == "/dp/1?x=1"
    assert root.maybe_money(".note", ".price", currency="CAD") == Money(Decimal("1234.50"), "CAD")
    assert root.maybe_rating(".note", ".stars") == Decimal("4.4")
    assert root.maybe_count(".note", ".n") == 5136


@pytest.mark.parametrize(
    ("read", "looked_for"),
    [
        (lambda root: root.one(".x", "#y"), ".x | #y"),
        (lambda root: root.text(".x", "p.blank:first-of-type"), ".x | p.blank:first-of-type"),
        (lambda root: root.attr("href", ".x", "li"), ".x[href] | li[href]"),
        (lambda root: root.attr("title", "a"), "a[title]"),
        (lambda root: root.one("a").attr("title"), "[title]"),
        (lambda root: root.money(".note"), ".note"),
    ],
)
def test_strict_reads_name_what_they_looked_for(root: Node, read: Callable[[Node], Any], looked_for: str) -> None:
    with pytest.raises(Missing) as missing:
        read(root)
    assert str(missing.value) == looked_for


def test_maybe_reads_give_none(root: Node) -> None:
    assert root.maybe(".x") is None
    assert root.maybe_text(".x") is None
    assert root.maybe_attr("title", "a") is None
    assert root.maybe_money(".x", ".note") is None
    assert root.maybe_count(".note") is None
    assert root.maybe_rating(".note") is None
    assert root.get("absent") is None
    assert root.all(".x") == root.texts(".x") == []
    assert not root.has(".x", "#y")
    assert root.has(".x", "#m")


def test_ways_about_the_tree(root: Node) -> None:
    items = root.all("li")
    after = items[0].next()
    assert after is not None
    assert after.tag == "li"  # the comment is no element
    assert items[-1].next() is None
    around = items[0].up()
    assert around is not None
    assert around.tag == "ul"
    assert root.up() is None
    assert root.one("#m").get("data-a") == "1"
    assert root.one("b").html == "<b>1.7 l</b>"
    assert root.one("ul").all("h1") == []  # downwards only


@given(st.text())
def test_no_attribute_value_is_an_error(value: str) -> None:
    assert page("<p a='1'>").root.maybe_attr("a", "p") == "1"
    assert page(f'<p title="{value}">x').root.text("p") is not None


# Reads of JSON

DATA = {
    "name": " Kettle\u200e  1 ",
    "blank": " ",
    "null": None,
    "price": {"now": 12.10, "text": "$1,234.50", "three": "36.125", "west": "-94.5", "yes": True},
    "list": [{"n": "1"}, {"n": 2}, None, "  ", "x"],
    "none": [],
    "0": "zero",
    "big": 9007199254740993,
}


def test_paths_lead_through_objects_and_lists() -> None:
    data = Data(DATA)
    assert data.text("absent", "null", "blank", "name") == "Kettle 1"
    assert data.text("list.0.n") == "1"
    assert data.text("list.1.n") == "2"
    assert data.text("0") == "zero"
    assert data.text("big") == "9007199254740993"
    assert data.one("price").maybe_number("now") == Decimal("12.1")
    assert [item.value for item in data.all("none", "name", "list")] == DATA["list"]
    assert data.texts("list") == ["x"]
    assert data.one("").value is DATA
    for path in ("list.9", "list.-1", "list.x", "name.x", "null.x", "price.now.x", "list.0.n.0.0", "."):
        assert data.maybe(path) is None


def test_numbers_of_json_are_exact() -> None:
    price = Data(DATA["price"])
    assert price.maybe_number("text") == Decimal("1234.50")
    assert price.maybe_number("three") == Decimal("36.125")  # no thousands: JSON's own notation
    assert price.maybe_number("west") == Decimal("-94.5")
    assert price.maybe_number("yes", "now") == Decimal("12.1")
    assert price.maybe_count("now") == 12
    assert price.maybe_number("absent") is None
    assert price.maybe_count("absent") is None
    assert Data({"a": "soon", "b": 3}).maybe_number("a", "b") == 3
    assert Data(1e-7).maybe_number("") == Decimal("1e-7")


@given(st.one_of(st.integers(-(10**18), 10**18), st.decimals(allow_nan=False, allow_infinity=False, places=3)))
def test_a_number_written_as_text_reads_back(number: Any) -> None:
    assert Data({"a": str(number)}).maybe_number("a") == number


def test_flags_are_no_texts_and_no_numbers() -> None:
    data = Data({"t": True, "f": False, "n": 1, "s": "true"})
    assert data.maybe_flag("n", "s", "f", "t") is False
    assert data.maybe_flag("n") is None
    assert data.maybe_text("t") is None
    assert data.maybe_number("t") is None


def test_strict_reads_of_json_name_their_paths() -> None:
    for read in (Data({}).one, Data({}).text):
        with pytest.raises(Missing, match=r"^a\.b \| c$"):
            read("a.b", "c")


def test_json_in_a_page() -> None:
    assert page(HTML).script("#data").text("a.1.b") == "<p>"
    assert page(b' {"a": 1}').data.one("a").value == 1
    with pytest.raises(Missing, match=r"^#code \(no JSON in it\)$"):
        page(HTML).script("#code")
    with pytest.raises(Missing, match=r"^#x$"):
        page(HTML).script("#x")
    with pytest.raises(Missing, match="a JSON body"):
        _ = page(HTML).data


@pytest.mark.parametrize("text", [b"", b"[", b"nul", b"\xff", b'"\xff"', b"[" * 100_000, b"[1e999]", b"\x00", "\ud800"])
def test_what_is_no_json(text: bytes | str) -> None:
    with pytest.raises(Missing, match=r"^it \(no JSON in it\)$"):
        decode(text, "it")


def test_half_an_emoji_spoils_no_json() -> None:
    found = decode(rb'{"half": "x\ud83d", "whole": "\ud83d\ude00", "rest": "\uDE00y", "quoted": "\\ud83d"}', "it")
    assert [found.text(name) for name in ("half", "whole", "rest")] == ["x\ufffd", "\U0001f600", "\ufffdy"]


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists), st.text())
def test_no_json_value_is_an_error(value: Any, path: str) -> None:
    data = Data(value)
    for read in (data.maybe, data.all, data.maybe_text, data.texts, data.maybe_number, data.maybe_flag):
        read(path, "")


# Lists


def tiles(*texts: str) -> Page:
    return page("".join(f"<li>{text}</li>" for text in texts))


def read_tile(node: Node) -> str | None:
    text = node.text("b")
    return None if text == "ad" else text


def test_bad_tiles_are_counted_and_the_others_kept() -> None:
    listing = tiles("<b>1</b>", "", "<b>ad</b>", "<i>x</i>", "<b>2</b>")
    assert list(listing.each(listing.root.all("li"), read_tile)) == ["1", "2"]
    assert listing.bad == ["b", "b"]


def test_a_list_of_bad_tiles_is_a_page_not_understood() -> None:
    listing = tiles("", "<i>x</i>")
    with pytest.raises(Missing, match=r"^b$"):
        list(listing.each(listing.root.all("li"), read_tile))
    assert listing.bad == ["b", "b"]


def test_no_tiles_and_no_rows_are_no_error() -> None:
    listing = tiles("<b>ad</b>", "<b>ad</b>")
    assert list(listing.each([], read_tile)) == []
    assert list(listing.each(listing.root.all("li"), read_tile)) == []


def test_a_list_inside_a_list_counts_for_itself() -> None:
    listing = page("<ul><li><li><b>1</b></ul><ul><li><b>2</b><li></ul>")

    def inner(node: Node) -> list[Any]:
        return list(listing.each(node.all("li"), read_tile))

    assert list(listing.each(listing.root.all("ul"), inner)) == [["1"], ["2"]]
    assert len(listing.bad) == 2


# Hostile and broken documents


@pytest.mark.parametrize("body", [b"", b" \n\t", b"\x00\x00", b"<!-- only a comment -->", b"<!doctype html>"])
def test_a_page_without_an_element_is_missing(body: bytes) -> None:
    with pytest.raises(Missing):
        page(body).root.one("p")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<p>Stra\u00dfe \u20ac".encode(), None),
        ("<p>Stra\u00dfe \u20ac".encode(), "text/html; charset=utf-8"),
        ("<p>Stra\u00dfe \u20ac".encode("cp1252"), None),
        ("<p>Stra\u00dfe \u20ac".encode("cp1252"), "text/html; charset=iso-8859-1"),
        ("<meta charset=windows-1252><p>Stra\u00dfe \u20ac".encode("cp1252"), None),
        ("<p>Stra\u00dfe \u20ac".encode("utf-8-sig"), "text/html; charset=iso-8859-1"),
        ("<p>Stra\u00dfe \u20ac".encode("utf-16"), None),
        ("<p>Stra\u00dfe \u20ac".encode(), "text/html; charset=no-such-thing"),
        ("<p>Stra\u00dfe \u20ac".encode("iso-8859-15"), "text/html; charset=iso-8859-15"),
    ],
)
def test_charsets_as_browsers_weigh_them(body: bytes, content_type: str | None) -> None:
    assert page(body, content_type=content_type).root.text("p") == "Stra\u00dfe \u20ac"


@pytest.mark.parametrize("charset", ["utf-8", "ascii", "gb18030", "shift_jis", "utf-7", "hz", "x-user-defined"])
def test_a_wrong_charset_costs_letters_not_the_page(charset: str) -> None:
    body = b"<p>Gr\xfc\xdfe \x81<p id=end>end</p>"
    found = page(body, content_type=f"text/html; charset={charset}").root
    assert found.text("#end") == "end"


def test_bytes_that_are_no_utf8_late_in_a_page_cost_letters() -> None:
    found = page(b"<p>" + b"x" * 10_000 + b"\xff\xfe \xfc<p id=end>end").root
    assert found.text("#end") == "end"


def test_a_character_cut_by_the_probe_is_no_sign_of_latin() -> None:
    for shift in range(4):
        body = b"<p>" + b"x" * (4096 - 6 + shift) + "\u20ac\u20ac".encode() + b"<p id=end>"
        assert page(body + "\u00df".encode()).root.text("#end") == "\u00df"


@pytest.mark.parametrize("body", [b"<p>a\x00b</p>", b"<\x00p>ab</p>", b"\x00<p>ab</p>\x00"])
def test_nul_bytes_are_dropped(body: bytes) -> None:
    assert page(body).root.text("p") == "ab"


def test_entities_are_not_expanded() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY l0 "ha">{laughs}]><p>&l9;</p>'
    started = time.process_time()
    content = page(body).root.content
    assert time.process_time() - started < 1
    assert len(content) < 1000


def test_no_file_is_read_for_an_entity() -> None:
    body = '<?xml version="1.0"?><!DOCTYPE p [<!ENTITY f SYSTEM "file:///etc/passwd">]><p>&f;</p>'
    assert "root:" not in page(body).root.content


@pytest.mark.parametrize("piece", [b"<div>a", b"<b>", b"<table><tr><td>", b"<ul><li>", b"<a href=x>"])
def test_deep_nesting_is_read_in_no_time(piece: bytes) -> None:
    started = time.process_time()
    root = page(piece * 50_000).root
    root.has("#x .y")
    assert len(root.content) <= 50_000
    assert root.html
    assert time.process_time() - started < 5


@given(st.binary(max_size=400))
def test_no_body_is_an_error(body: bytes) -> None:
    found = page(body)
    try:
        root = found.root
    except Missing:
        return
    root.content  # noqa: B018  read for its effect
    root.html  # noqa: B018
    root.raw  # noqa: B018
    root.texts("*")
    root.maybe_attr("href", "a")


def test_a_page_is_decoded_once() -> None:
    found = page(HTML)
    assert found.root is found.root
    found = page(b"{}")
    assert found.data is found.data


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("?page=2", "https://www.shop.example/list/?page=2"),
        ("../x", "https://www.shop.example/x"),
        ("//m.shop.example/y", "https://m.shop.example/y"),
    ],
)
def test_links_are_made_absolute(href: str, url: str) -> None:
    assert page(HTML).join(href) == url
