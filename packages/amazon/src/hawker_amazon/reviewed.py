"""When and where a review was written, as the line under its title tells it in each marketplace's words.

`Reviewed in the United States on January 6, 2024`, `Recensito in Italia il 3 marzo 2019`, before 2019 the day alone.
"""

from __future__ import annotations

import re
from itertools import dropwhile
from typing import TYPE_CHECKING

from hawker_core.convert import moment, squash

if TYPE_CHECKING:
    import datetime as dt

_LANGUAGES = ("en", "de", "fr", "it", "es", "pt", "ja", "ar", "nl", "sv", "pl", "tr", "hi")
_LONGEST = 200  # characters; what is longer is no such line
_MONTH = r"[^\W\d_][^\s\d,.]{1,19}\.?"
_DAYS = (
    re.compile(r"\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日"),
    re.compile(rf"\d{{1,2}}(?:\.|er|º|ª|°)?\s(?:de\s)?{_MONTH},?\s(?:del?\s)?\d{{4}}(?!\d)"),
    re.compile(rf"{_MONTH}\s\d{{1,2}},?\s\d{{4}}(?!\d)"),
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_ELIDED = re.compile(r"^\w{1,4}['\u2019](?=[A-Z])")  # an article before a vowel: l'Inde
# Where no capital letter tells the country from the words around it.
_UNCASED = (
    re.compile(r"^に\s?(.{1,40}?)\s?(?:で|から|より)"),
    re.compile(r"^([^\d、。]{1,40}?)で"),
    re.compile(r"في\s(.{2,40}?)(?:\s(?:في|بتاريخ|يوم))?\s?$"),
    re.compile(r"^को\s(.{2,40}?)\sमें"),
    re.compile(r"在\s?(.{1,40}?)\s?(?:审核|審核|发布|發布|评论|評論)"),
)


def day(line: str | None) -> dt.date | None:
    """The day of a review; None where the line names none that is understood."""
    written = _written(squash((line or "")[:_LONGEST]))
    found = moment(written, languages=_LANGUAGES) if written else None
    return found.date() if found else None


def country(line: str | None) -> str | None:
    """The country that the line names, in the line's language and without its article: `United States`, `Brasil`."""
    text = squash(_FLAG.sub("", (line or "")[:_LONGEST]))
    written = _written(text)
    if not written:
        return None
    text = squash(text.replace(written, " "))
    if found := next(filter(None, (pattern.search(text) for pattern in _UNCASED)), None):
        return found.group(1)
    # `Reviewed in the United States on`: the capitals behind the first small word.
    words = text.split()
    behind = list(dropwhile(lambda word: not word[0].islower(), words[1:]))
    named = [place for place, word in enumerate(behind) if word[0].isupper() or _ELIDED.match(word)]
    if not named:
        return None
    return _ELIDED.sub("", " ".join(behind[named[0] : named[-1] + 1]))


def _written(text: str) -> str | None:
    found = next(filter(None, (pattern.search(text) for pattern in _DAYS)), None)
    return found.group() if found else None
