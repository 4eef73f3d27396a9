"""Free texts without the personal data that people write into them: e-mail addresses and phone numbers."""

from __future__ import annotations

import re

EMAIL, PHONE = "[email]", "[phone]"

_NAME = r"[\w-]{1,63}"
_EMAIL = re.compile(
    rf"[\w.+%-]{{1,64}}(?:\s?(?:@|\(at\)|\[at\])\s?{_NAME}(?:\.{_NAME}|\s?[(\[]dot[)\]]\s?{_NAME}){{1,6}}"
    rf"|\sat\s{_NAME}(?:\sdot\s{_NAME}){{1,6}})",
    re.IGNORECASE,
)
# The number of a listing (#267745470208) is public, and a date is no number.
_NUMBER = re.compile(
    r"(?P<date>(?<!\d)(?:(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:19|20)\d\d"
    r"|(?:19|20)\d\d-\d\d-\d\d)(?![./-]?\d))"
    r"|(?<![\d#])[+(]{0,2}\d(?:[\s().\-/\u2010-\u2015]{0,3}\d){6,19}(?!\d)"
)
_SURE = 9  # so many digits in groups are a phone number's, whatever they begin with
_BARE = re.compile(r"\d+|\d{3}[-.\u2010-\u2015]\d{4}|[+(0].*")


def mask(text: str) -> str:
    """The text with `[email]` and `[phone]` in the place of addresses and numbers.

    Rather too much than too little: a tracking number is taken for a phone's. What is left out on purpose are numbers
    of up to six digits, dates, and prices, whose groups a comma parts.
    """
    return _NUMBER.sub(_masked, _EMAIL.sub(EMAIL, text))


def unnamed(page: bytes, people: re.Pattern[bytes] | None) -> bytes:
    """A page without its visitors' names: of each match of `people` only its group stays, one in each alternative."""
    return people.sub(lambda found: found[found.lastindex or 0], page) if people else page


def _masked(found: re.Match[str]) -> str:
    number = found.group()
    sure = sum(map(str.isdecimal, number)) >= _SURE or _BARE.fullmatch(number)
    return number if found["date"] or not sure else PHONE
