"""The scraper of best-seller lists and its row."""
