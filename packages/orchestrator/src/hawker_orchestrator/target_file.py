"""Reads targets from CSV (with a header) and JSON Lines, naming the line of whatever cannot be read."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from hawker_core.model import BadTargetError
from hawker_orchestrator.target_store import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.model import Target

SHOWN = 10  # bad lines that are named; the others are counted
_LONGEST = 300  # characters of what is told of a line; it may quote a value that is a book
FORMATS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


class BadLinesError(ValueError):
    """A file with lines that are no targets; one line of text for each of the first, and how many more there are."""

    def __init__(self, lines: list[str], more: int) -> None:
        super().__init__("\n".join([*lines, f"and {more} more such lines"] if more else lines))
        self.count = len(lines) + more


class TargetFile:
    """Iterates over a stream's targets; reads to the end even when lines are bad, to name them all.

    Raises, at the end:
        BadLinesError: lines that are no targets.
    """

    def __init__(self, stream: BinaryIO, kind: type[Target], form: str) -> None:
        self._stream, self._kind, self._form = stream, kind, form
        self._bad: list[str] = []
        self._more = 0

    def __iter__(self) -> Iterator[Target]:
        """The targets, in order."""
        for line, fields in self._csv() if self._form == "csv" else self._jsonl():
            try:
                target = self._kind.from_fields(fields)
                key_of(target)
            except BadTargetError as error:
                self._complain(line, str(error))
            else:
                yield target
        if self._bad:
            raise BadLinesError(self._bad, self._more)

    def _complain(self, line: int, what: str) -> None:
        if len(self._bad) < SHOWN:
            self._bad.append(f"line {line}: {what if len(what) <= _LONGEST else what[:_LONGEST] + '...'}")
        else:
            self._more += 1

    def _lines(self) -> Iterator[str]:
        """The stream's lines; one that is no UTF-8 is complained of and left blank, so that line numbers stay true."""
        for number, raw in enumerate(self._stream, start=1):
            try:
                yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                self._complain(number, f"not UTF-8 (byte {error.start + 1}); save the file as UTF-8")
                yield "\n"

    def _csv(self) -> Iterator[tuple[int, dict[str, Any]]]:
        lines = self._lines()
        header = next(lines, "")
        # Spreadsheets of many countries write semicolons; the header alone tells.
        delimiter = next((sign for sign in ",;\t" if sign in header), ",")
        names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
        if wrong := self._header(names):
            self._complain(1, wrong)
            return
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 2  # where the record begins: after the header and all that was read
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._complain(line, f"no CSV: {error}; look for a quote that is not closed or not doubled")
                continue
            if len(values) > len(names):
                self._complain(line, f"{len(values)} values for {len(names)} columns; quote the commas")
            elif any(value.strip() for value in values):
                yield line, dict(zip(names, values, strict=False))

    def _header(self, names: list[str]) -> str | None:
        """What is wrong with a header."""
        fields = self._kind.__struct_fields__
        unknown = [name for name in names if name not in fields]
        if not names:
            return f"the file is empty; begin it with the header {','.join(fields)}"
        if unknown or fields[0] not in names:
            what = f"no column {unknown[0]!r}" if unknown else f"the column {fields[0]} is missing"
            return f"{what}; begin the file with the header {','.join(fields)} (only {fields[0]} is a must)"
        if len(set(names)) < len(names):
            return "a column is named twice; name each once"
        return None

    def _jsonl(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in enumerate(self._lines(), start=1):
            if not line.strip():
                continue
            try:
                fields = msgspec.json.decode(line)
            except (msgspec.DecodeError, RecursionError) as error:
                self._complain(number, f"no JSON: {error}")
                continue
            if not isinstance(fields, dict):
                example = f'{{"{self._kind.__struct_fields__[0]}": "..."}}'
                self._complain(number, f"not a JSON object; write {example}")
                continue
            # An item id that was written as a number is a text all the same.
            yield number, {name: str(v) if type(v) in (int, float) else v for name, v in fields.items()}
