from __future__ import annotations

from io import BytesIO
from typing import Literal

import pytest

from hawker_core.model import Target
from hawker_orchestrator.target_file import SHOWN, BadLinesError, TargetFile


class Thing(Target, frozen=True):
    item: str
    domain: Literal["com", "de"] = "com"
    pages: int = 1


def keys(text: bytes, form: str = "csv") -> list[str]:
    return [target.key for target in TargetFile(BytesIO(text), Thing, form)]


def complaints(text: bytes, form: str = "csv") -> list[str]:
    with pytest.raises(BadLinesError) as bad:
        keys(text, form)
    return str(bad.value).splitlines()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"item\na\nb\n", ["a", "b"]),
        (b"\xef\xbb\xbfitem,domain\r\na,de\r\nb,\r\n", ["a;domain=de", "b"]),
        (b"domain;item\nde;a\n", ["a;domain=de"]),
        (b"item\tpages\na\t3\n", ["a;pages=3"]),
        (b' item , domain \n "x" , de \n', ['"x";domain=de']),
        (b'item\n"a, b"\n"say ""c"""\n', ["a, b", 'say "c"']),
        (b"item,domain\na\n\n  ,\nb", ["a", "b"]),
        ("item\nf\u00fcr\n".encode(), ["f\u00fcr"]),
        (b"item\n", []),
    ],
)
def test_csv_as_people_and_spreadsheets_write_it(text: bytes, expected: list[str]) -> None:
    assert keys(text) == expected


def test_json_lines_take_numbers_for_texts_and_blank_lines() -> None:
    text = b'{"item": 12345}\n\n{"item": "a", "domain": "de", "pages": 2}\n{"item": "b", "domain": null}\n'
    assert keys(text, "jsonl") == ["12345", "a;domain=de;pages=2", "b"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", "line 1: the file is empty; begin it with the header item,domain,pages"),
        (b"a\nb\n", "line 1: no column 'a'; begin the file with the header item,domain,pages (only item is a must)"),
        (b"domain\nde\n", "line 1: the column item is missing; begin the file with the header item,domain,pages"),
        (b"item,item\n", "line 1: a column is named twice; name each once"),
        (b"item,domain\na,fr\n", "line 2: domain 'fr': "),
        (b"item\na\n\xff\nb\n", "line 3: not UTF-8 (byte 1); save the file as UTF-8"),
        (b"item\na\nb,c\n", "line 3: 2 values for 1 columns; quote the commas"),
        (b'item\na\n"b\nc\nd\n', "line 3: no CSV: "),
        (b"item,domain\na," + b"x" * 9000, f"line 2: domain '{'x' * 100}"),
        (b"item\na\x07b\n", "line 2: 'a\\x07b' holds a control character; remove it"),
        (b"item\n" + b"a" * 1001 + b"\n", f"line 2: {'a' * 40}... is 1001 bytes long; 1000 is the most"),
        (b'item\n"a\nb"\n\n"c",fr\n', "line 2: 'a\\nb' holds a control character; remove it"),
    ],
)
def test_a_bad_line_is_named_by_its_number(text: bytes, line: str) -> None:
    complaint = complaints(text)[0]
    assert complaint.startswith(line)
    assert len(complaint) < 320


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b'{"item": "a"}\n[1]\n', 'line 2: not a JSON object; write {"item": "..."}'),
        (b'{"item":\n', "line 1: no JSON: "),
        (b'{"itm": "a"}\n', "line 1: Object"),
        (b'{"item": ["a"]}\n', "line 1: item ['a']: Expected `str`"),
        (b"[" * 100_000 + b"\n", "line 1: no JSON: "),
        (b'{"item": "\\ud800"}\n', "line 1: "),
    ],
)
def test_a_bad_object_is_named_by_its_line(text: bytes, line: str) -> None:
    assert complaints(text, "jsonl")[0].startswith(line)


def test_the_first_bad_lines_are_named_and_the_others_counted() -> None:
    lines = complaints(b"item,domain\n" + b"a,xx\n" * (SHOWN + 5))
    assert len(lines) == SHOWN + 1
    assert lines[-1] == "and 5 more such lines"
