"""The raw table of search suggestions."""

from __future__ import annotations

from hawker_core.rows import RawRow


class Suggestion(RawRow):
    """One suggestion, in the order of the search box."""

    suggestion: str  # the search
    scope: str | None  # alias of the department it is searched for in; None for all departments
