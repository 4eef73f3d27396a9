"""Hawker's scrapers for Walmart."""
