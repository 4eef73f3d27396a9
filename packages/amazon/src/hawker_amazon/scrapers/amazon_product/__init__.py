"""The scraper of product pages and its row."""
