"""The scraper of deals and its row."""
