"""The page that `tests.bench.browser` loads: scripts and styles of a shop's size, images, and tiles drawn from JSON.

Run as a script; prints its origin and serves until it is ended.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SCRIPT = "".join(
    f"function f{i}(a) {{ const m = new Map(); for (let n = 0; n < a; n++) m.set(n, [a, n, 'item {i}']); return m }}\n"
    for i in range(500)
)
PAGE = (
    "<!doctype html><title>Bench</title><link rel=stylesheet href=/style.css>"
    + "".join(f"<script src=/script{i}.js></script>" for i in range(8))
    + "<main></main>"
    + "".join(f"<img src=/image{i}.gif>" for i in range(30))
    + """<script>
setTimeout(async () => {
    const tiles = await (await fetch('/tiles.json')).json()
    const markup = ({id, title, price}) =>
        `<div class=tile><h2>${title}</h2><b>${price}</b><img src=/image${id}.gif></div>`
    document.querySelector('main').innerHTML = tiles.map(markup).join('')
}, 50)
</script>"""
)
PARTS = {
    "script": ("text/javascript", SCRIPT.encode()),
    "style": ("text/css", "".join(f".c{i} p > b {{ color: #{i:06x}; margin: {i}px }}\n" for i in range(2000)).encode()),
    "image": ("image/gif", b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"),
    "tiles": (
        "application/json",
        json.dumps([{"id": i, "title": f"Title {i}", "price": i} for i in range(60)]).encode(),
    ),
    "page": ("text/html", PAGE.encode()),
}


class Server(ThreadingHTTPServer):
    """Threads of which some end when a browser does."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that ends lets go of what it asked for."""


class Handler(BaseHTTPRequestHandler):
    """Answers by the first word of the path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        word = self.path.strip("/").partition(".")[0].rstrip("0123456789")
        kind, body = PARTS.get(word, ("text/plain", b""))
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=3600" if word in {"script", "style", "image"} else "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Say nothing."""


if __name__ == "__main__":
    serving = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{serving.server_port}", flush=True)  # noqa: T201  what its starter reads
    serving.serve_forever()
