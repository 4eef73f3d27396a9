"""Scrapers with a browser, at work on the offline shops."""
