"""What a product page says of the product itself: title, brand, rating, features, images, variants, categories."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hawker_amazon import words
from hawker_amazon.details import PATH
from hawker_amazon.reviews import AVERAGES, RATINGS
from hawker_core.convert import count, rating
from hawker_core.page import Data

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from hawker_amazon.parts import Parts
    from hawker_core.page import Node, Page

# The last: digital music, and films, which have pages of their own; `#title` is that of mobile pages.
_TITLE = (
    *("#productTitle", "#ebooksProductTitle", "#gc-asin-title", "#btAsinTitle", "h1#title", "#title"),
    *("#dmusicProductTitle_feature_div h1", "h1[data-automation-id=title]", "#aiv-content-title"),
)
_CONTRIBUTORS = ".author, .contribution, .contributorNameID"
# "Visit the X Store", "Brand: X" and their like; group 1 is the brand.
_BYLINES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^{words.BRAND.pattern}\s*[:\uff1a]\s*(.+)$",
        r"^visit (?:the )?(.+?)(?: store(?:front)?| shop)?$",
        r"^besuchen? (?:sie )?(?:den|die|das) (.+?)[- ](?:store|shop)$",
        r"^visite[rz] la boutique (.+)$",
        r"^visita (?:lo|il) (?:store|negozio) (?:di )?(.+)$",
        r"^visitar? la (?:tienda|store) (?:de )?(.+)$",
        r"^visite a loja (?:d[aeo] )?(.+)$",
        r"^bezoek de (.+?)[- ](?:winkel|store)$",
        r"^odwied\u017a sklep (.+)$",
        r"^bes\u00f6k (.+?)[- ]butiken$",
        r"^(?:\u8bbf\u95ee|\u8a2a\u554f|\u9020\u8a2a|\u67e5\u770b)\s?(.+?)\s?(?:\u54c1\u724c)?(?:\u65d7\u8230\u5e97|\u5546\u5e97|\u5e97\u94fa|\u9805\u5e97)$",
        r"^(.+?)\s?\u306e\u30b9\u30c8\u30a2\u3092\u8868\u793a$",
        r"^.*\u0645\u062a\u062c\u0631 (.+)$",
    )
)
_IN_LANGUAGE = re.compile(r" \((?:in|en|em|auf) \w+\)$")
# What stands between a name in a script and its JSON value: `'colorImages': { 'initial': [`.
_ASSIGNED = re.compile(rb"""['"]?\s*:\s*(?:\{\s*['"]initial['"]\s*:\s*)?(?=[\[{])""")
_ASIN = re.compile(r"[A-Z0-9]{10}")
_LINK = re.compile(r"/(?:dp|gp/product|gp/video/detail)/([A-Z0-9]{10})(?![A-Z0-9])")
_IMAGE_BLOCKS = (
    *("altImages", "imageBlock", "img-canvas", "imgBlkFront", "ebooksImageBlock", "ebooksImgBlkFront"),
    *("landingImage", "main-image"),
)
_LONGEST_VALUE = 400_000  # bytes of JSON in a script
_MOST_PLACES = 20  # that a name is looked for in
_SIZE = re.compile(r"\._[^/]*_(?=\.\w+$)")  # the size that a thumbnail's address asks for
_JAPANESE_PAST_MONTH = re.compile(r"\u904e\u53bb\s*1\s*[\u304b\u30f6\u30ab]\u6708")
_SWATCHES = "#twister [data-defaultasin], #twister li[data-asin], [id^=inline-twister] li[data-asin]"
_DIVIDERS = " \u203a\u2039>"  # between breadcrumbs


def asin(parts: Parts) -> str | None:
    """The ASIN that the page shows: a parent's page shows one of its children."""
    found = next((value for node in parts.every("ASIN") if (value := node.get("value"))), None)
    found = found or parts.root.maybe_attr("value", "input[name='ASIN.0']", "input[name=ASIN]")
    found = found or parts.root.maybe_attr(
        "data-asin", "#averageCustomerReviews", "#cerberus-data-metrics", "#dp[data-asin]"
    )
    linked = _LINK.search(parts.root.maybe_attr("href", "link[rel=canonical]") or "")
    return found or (linked.group(1) if linked else None)


def title(parts: Parts) -> str:
    """The product's title.

    Raises:
        Missing: there is none: this is no product page.
    """
    return parts.root.text(*_TITLE)


def brand(parts: Parts, details: dict[str, str]) -> str | None:
    """The brand; None for media, whose byline names authors and artists."""
    for node in parts.every("bylineInfo", "brand", "byline", "bylineInfo_feature_div"):
        if node.has(_CONTRIBUTORS):
            return None
        text = node.content
        if text and (node.tag == "a" or node.has("a")):
            return _brand_of(node.maybe_text("a") or text)
    return next((value for label, value in details.items() if words.BRAND.fullmatch(label)), None)


def _brand_of(text: str) -> str:
    text = _IN_LANGUAGE.sub("", text)
    for pattern in _BYLINES:
        text = pattern.sub(r"\1", text)
    return text


def stars(parts: Parts) -> Decimal | None:
    """The average rating of the product itself; None where nobody has rated it."""
    for node in parts.every("averageCustomerReviews", "acrPopover", "averageCustomerReviews_feature_div"):
        text = node.get("title") or node.maybe_attr("title", "#acrPopover") or node.maybe_text(".a-icon-alt")
        if found := rating(text):
            return found
    return parts.root.maybe_rating(*AVERAGES) or None  # told again above the reviews


def rated(parts: Parts) -> int | None:
    """How many ratings that average is made of."""
    for node in parts.every("acrCustomerReviewText", "acrCustomerReviewLink"):
        # The label tells to the last one, where the text may say 2.5K, and the stars before it.
        texts = (node.get("aria-label"), None if node.has(".a-icon-alt") else node.content)
        if (found := next((n for text in texts if (n := count(text)) is not None), None)) is not None:
            return found
    return parts.root.maybe_count(RATINGS[0])


def bought(parts: Parts) -> int | None:
    """How many were bought in the past month, at least."""
    for node in parts.every("social-proofing-faceout-title-tk_bought", "socialProofingAsinFaceout_feature_div"):
        text = node.content
        if words.PAST_MONTH.search(text) and not words.VIEWED.search(text):
            return count(_JAPANESE_PAST_MONTH.sub("", text))
    return None


def features(parts: Parts) -> list[str]:
    """The bullet points."""
    for block in parts.every("feature-bullets", "featurebullets_feature_div", "productFactsDesktopExpander"):
        if found := [text for node in block.all("li:not(.aok-hidden):not(.a-hidden)") if (text := node.content)]:
            return list(dict.fromkeys(found))
    return []


def categories(parts: Parts, ranks: list[dict[str, Any]]) -> list[str]:
    """The breadcrumbs, widest first; where there are none, the first path among the best seller ranks."""
    for block in parts.every("wayfinding-breadcrumbs_feature_div", "wayfinding-breadcrumbs_container"):
        crumbs = [
            crumb for crumb in block.all("li:not(.a-breadcrumb-divider)") if not crumb.has("#breadcrumb-back-link")
        ]
        if found := [text for crumb in crumbs if (text := crumb.content.strip(_DIVIDERS))]:
            return found
    paths = (rank["category"].split(PATH) for rank in ranks)
    return next((path for path in paths if len(path) > 1), [])


def images(page: Page, parts: Parts) -> list[str]:
    """The product's pictures, the largest of each, in gallery order."""
    for gallery in _scripted(page, b"colorImages", b"imageGalleryData"):
        entries = map(Data, gallery if isinstance(gallery, list) else ())
        if links := [link for entry in entries if (link := entry.maybe_text("hiRes", "large", "mainUrl", "thumb"))]:
            return list(dict.fromkeys(links))
    pictures = [node for block in parts.every(*_IMAGE_BLOCKS) for node in (block, *block.all("img"))]
    return list(dict.fromkeys(link for node in pictures if (link := _largest(node))))


def _largest(image: Node) -> str | None:
    """The full-size address of a picture, whose sizes are addresses with a suffix."""
    sizes = image.get("data-a-dynamic-image") or ""
    link = image.get("data-old-hires") or sizes.partition('"')[2].partition('"')[0] or image.get("src") or ""
    return _SIZE.sub("", link) if link.startswith("http") and "/images/I/" in link else None


def variants(page: Page) -> list[str]:
    """The ASINs that the page's choosers (size, colour, ...) lead to, its own among them."""
    for choices in _scripted(page, b"dimensionToAsinMap", b"dimensionValuesDisplayData"):
        pairs = choices.items() if isinstance(choices, dict) else ()
        found = [text for pair in pairs for text in pair if isinstance(text, str) and _ASIN.fullmatch(text)]
        if found:
            return list(dict.fromkeys(found))
    shown = (node.get("data-defaultasin") or node.get("data-asin") for node in page.root.all(_SWATCHES))
    return list(dict.fromkeys(asin for asin in shown if asin and _ASIN.fullmatch(asin)))


def _scripted(page: Page, *names: bytes) -> Iterator[Any]:
    """The JSON values that the page's scripts give to these names; those that are no JSON are left out."""
    for name in names:
        end = 0
        for _ in range(_MOST_PLACES):
            start = page.body.find(name, end)
            if start < 0:
                break
            end = start + len(name)
            if opened := _ASSIGNED.match(page.body, end):
                text = page.body[opened.end() : opened.end() + _LONGEST_VALUE].decode(errors="replace")
                with suppress(ValueError, RecursionError):
                    yield json.JSONDecoder().raw_decode(text)[0]
