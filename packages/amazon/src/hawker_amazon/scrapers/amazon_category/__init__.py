"""The scraper of categories and its row."""
