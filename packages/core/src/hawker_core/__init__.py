"""All that a scraper and a worker of Hawker need.

A scraper imports from here: `from hawker_core import Http, Page, RawRow, Request, Scraper, Target`.
"""

from hawker_core.convert import count, decimal, money, rating, squash
from hawker_core.model import Empty, Gone, Missing, Money, Outcome, Refusal, Request, Skip, Target
from hawker_core.page import Data, Node, Page
from hawker_core.rows import RawRow
from hawker_core.scraper import Browser, Expect, Fetch, Http, Robots, Scraper, Site

__all__ = [
    "Browser",
    "Data",
    "Empty",
    "Expect",
    "Fetch",
    "Gone",
    "Http",
    "Missing",
    "Money",
    "Node",
    "Outcome",
    "Page",
    "RawRow",
    "Refusal",
    "Request",
    "Robots",
    "Scraper",
    "Site",
    "Skip",
    "Target",
    "count",
    "decimal",
    "money",
    "rating",
    "squash",
]
