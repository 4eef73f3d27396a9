"""Hawker's scrapers for eBay."""
