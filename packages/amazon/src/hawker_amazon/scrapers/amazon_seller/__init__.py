"""The scraper of sellers' profiles and its row."""
