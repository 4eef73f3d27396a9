"""Hawker's scrapers for Amazon."""
