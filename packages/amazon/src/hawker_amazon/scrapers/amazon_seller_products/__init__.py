"""The scraper of sellers' products and its row."""
