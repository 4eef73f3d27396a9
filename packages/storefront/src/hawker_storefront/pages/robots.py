"""The shops' robots.txt."""

from __future__ import annotations

_RULES = {
    "amazon": ("/gp/cart", "/gp/sign-in", "/gp/customer-reviews/write-a-review.html", "/wishlist/"),
    "walmart": ("/account", "/cart", "/checkout"),
    "ebay": ("/bfl/viewbids/", "/myb/", "/signin/"),
}


def robots(host: str, disallow: tuple[str, ...]) -> str:
    """The text for a host: its usual rules, which allow every page that Hawker asks for, and further prefixes.

    Format: RFC 9309.
    """
    _, shop, *_ = host.split(".")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in (*_RULES.get(shop, ()), *disallow))]
    return "\n".join([*lines, "", "User-agent: BadBot", "Disallow: /", ""])
