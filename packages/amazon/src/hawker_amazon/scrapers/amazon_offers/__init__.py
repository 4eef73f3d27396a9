"""The scraper of offer lists and its row."""
