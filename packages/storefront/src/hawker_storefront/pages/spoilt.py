"""Pages in good health but for a script, or something beside the page, that a browser suffers from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hawker_storefront.pages.render import Page

STUCK = "/stuck/"
"""What is under this path never comes."""

# Before anything of the body: the browser gets no further.
_FIRST = {
    "endless_script": "for (;;);",
    # Elements nested without end overflow the renderer's stack as they are laid out: it dies within a second, and
    # unlike one that runs out of memory it takes none from others.
    "crash": (
        "let n = document.documentElement;"
        " for (let i = 0; i < 200000; i++) n = n.appendChild(document.createElement('div'));"
        " document.documentElement.offsetHeight;"
    ),
}
_LAST = {
    # The browser asks before leaving a page only where somebody has touched it; a click does.
    "dialogs": (
        "<script>addEventListener('beforeunload', function (e) { e.preventDefault(); e.returnValue = 'x'; });"
        "setTimeout(function () { alert('Welcome!'); confirm('Take our newsletter?'); prompt('Your name?'); }, 50);"
        "addEventListener('scroll', function () { alert('Still there?'); }, { once: true });</script>"
    ),
    "resource": f'<script async src="{STUCK}beacon.js"></script><iframe src="{STUCK}frame.html"></iframe>',
}


def spoil(page: Page, kind: str) -> Page:
    """A page with what goes wrong put into it: endless_script, crash, dialogs or resource."""
    if first := _FIRST.get(kind):
        return replace(page, text=page.text.replace("<head>", f"<head><script>{first}</script>", 1))
    before, _, after = page.text.rpartition("</body>")
    return replace(page, text=f"{before}{_LAST[kind]}</body>{after}")
