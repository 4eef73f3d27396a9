"""The weight of a page: navigation, scripts and styles around its content, the same for every page of a shop."""

from __future__ import annotations

from functools import cache
from html import escape

from hawker_storefront import seed
from hawker_storefront.words import WORDS

_VERBS = ("load", "bind", "paint", "queue", "track", "merge", "clamp", "fetch", "observe", "defer")


@cache
def scripts(name: str, kilobytes: int) -> str:
    """Inline script of about that size, in the manner of a minified bundle."""
    draw = seed.stream("scripts", name)
    pieces: list[str] = []
    size = 0
    while size < kilobytes * 1000:
        verb, other = draw.choice(_VERBS), draw.choice(_VERBS)
        key = f"{draw.randrange(16**6):06x}"
        piece = (
            f'!function(e,t){{"use strict";var n=e.{verb}_{key}||{{}};n.{other}=function(r){{'
            f"return r&&r.length>{draw.randrange(9)}?t.{other}(r,{draw.randrange(4000)}):void 0}};"
            f'e.{verb}_{key}=n;t.when("{key}","{verb}").execute(function(o){{o.{other}("{key}",{draw.randrange(99)})}})}}(window,P);'
        )
        pieces.append(piece)
        size += len(piece)
    return "<script>" + "\n".join(pieces) + "</script>"


@cache
def styles(name: str, kilobytes: int) -> str:
    """An inline style sheet of about that size."""
    draw = seed.stream("styles", name)
    pieces: list[str] = []
    size = 0
    while size < kilobytes * 1000:
        rule = (
            f".{name}-{draw.randrange(16**5):05x}{{display:{draw.choice(('flex', 'block', 'grid'))};"
            f"margin:{draw.randrange(24)}px {draw.randrange(24)}px;color:#{draw.randrange(16**6):06x}}}"
        )
        pieces.append(rule)
        size += len(rule)
    return "<style>" + "".join(pieces) + "</style>"


@cache
def links(name: str, count: int, css: str) -> str:
    """A navigation list of that many links."""
    draw = seed.stream("links", name)
    items = []
    for i in range(count):
        text = f"{draw.choice(WORDS.adjectives)} {draw.choice(draw.choice(WORDS.departments).nouns)}"
        items.append(
            f'<li class="{css}-item"><a class="{css}-link" href="/{name}/{i}?ref_=nav_{i}">{escape(text)}</a></li>'
        )
    return f'<ul class="{css}-list">' + "".join(items) + "</ul>"
