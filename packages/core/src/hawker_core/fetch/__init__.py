"""Fetching with manners: rate limits, retries, robots.txt, size caps and hosts that may be reached."""

from hawker_core.fetch.http import HttpFetcher
from hawker_core.fetch.retry import Budget, RefusedError

__all__ = ["Budget", "HttpFetcher", "RefusedError"]
