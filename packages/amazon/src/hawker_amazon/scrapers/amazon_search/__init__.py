"""The scraper of searches and its row."""
