"""What the lines of a result tile say, in the languages of eBay's countries.

Only where the markup has no class of its own for a line are its words read.
"""

from __future__ import annotations

import re
from decimal import Decimal

from hawker_core.convert import count, currency, money

_SHIPPING = re.compile(
    r"delivery|shipping|postage|fast .?n.? free"
    r"|versand|lieferung"
    r"|livraison|frais de port|spedizione|consegna|env[i\u00ed]o|entrega|verzend|bezorg|wysy\u0142k|dostaw",
    re.IGNORECASE,
)
# Returns, collection, customs and forwarding services are told in much the same words.
_NOT_SHIPPING = re.compile(
    r"return|r\u00fcckversand|r\u00fccknahme|retour|renvoi|restituzion|reso |devoluci|zwrot"
    r"|collect|pick.?up|abhol|retrait|ritiro|recogida|ophalen|afhalen|odbi\u00f3r"
    r"|customs|tracking|zoll|douane|dogan|aduan",
    re.IGNORECASE,
)
_FREE = re.compile(r"free|kostenlos|gratis|gratuit|gr\u00e1tis|darmow|bezp\u0142atn", re.IGNORECASE)
_BIDS = re.compile(
    r"([\d.,]+)\s*(?:bids?|gebote?|ench[e\u00e8]res?|offert[ae]|mises?|pujas?|bod|biedingen|ofert[ay]?|licytacj\w*)\b",
    re.IGNORECASE,
)
# `name 98.9% positive (1.2K)` or `name (1,234) 98.9%`, after a label or none
_PERCENT, _SCORE = r"\d{1,3}(?:[.,]\d+)? ?%", r"\([\d., ]+\w{0,5}\.?\)"
_SELLER = re.compile(rf"(?:[^:%()]{{1,20}}: ?)?(.+?) (?:{_PERCENT}[^%]*{_SCORE}|{_SCORE} {_PERCENT})")
_PLACE = re.compile(
    r"(?:located in|item location|from|artikelstandort|standort|aus|lieu|provenance|en provenance de"
    r"|situ\u00e9 (?:en|aux?|\u00e0)|si trova in|ubicado en|ubicaci\u00f3n|desde|locatie|lokalizacja|van|uit|de|da|z)"
    r"\s*:?\s+(?P<place>[^\d%]{2,60})",
    re.IGNORECASE,
)
# A seller's word may hold a buyer's (Verk\u00e4ufer, verkoper): it is looked for first.
_PARTS = {
    "buyer": re.compile(r"seller|verk\u00e4ufer|vendeu[rs]|venditor|vendedor|verkoper|sprzeda", re.IGNORECASE),
    "seller": re.compile(r"buyer|k\u00e4ufer|acheteu|acquirent|comprator|comprador|koper|kupuj|nabyw", re.IGNORECASE),
}
_DURATION = re.compile(r"\d+ ?[^\W\d]{1,4}\.?(?: \d+ ?[^\W\d]{1,4}\.?)*")


def shipping(line: str, domestic: str) -> Decimal | None:
    """The price of shipping that a line tells, 0 when it is free; None where the line tells none."""
    if not _SHIPPING.search(line) or _NOT_SHIPPING.search(line):
        return None
    if _FREE.search(line):
        return Decimal(0)
    # A line may name days alone: "Delivery in 2-4 days". A price has a currency or comes on top.
    found = money(line, domestic) if currency(line) or line.startswith("+") else None
    return found.amount if found else None


def bids(line: str) -> int | None:
    """How many bids a line tells."""
    found = _BIDS.match(line)
    return count(found.group(1)) if found else None


def seller(line: str) -> str | None:
    """The seller whose feedback a line tells."""
    found = _SELLER.match(line)
    return found.group(1) if found else None


def place(line: str) -> str | None:
    """The place that a line locates the item in."""
    found = _PLACE.fullmatch(line)
    name: str | None = found["place"] if found else None
    return name if name and name[0].isupper() else None


def duration(line: str) -> str | None:
    """The last span of time in a line: `1d 3h` of `2 bids \u00b7 Time left 1d 3h`."""
    found = _DURATION.findall(line)
    return str(found[-1]) if found else None


def other_part(label: str) -> str | None:
    """Whose part in a deal is left, buyer or seller, once a label has named one, as in `Feedback left by buyer`."""
    return next((part for part, other in _PARTS.items() if other.search(label)), None)
