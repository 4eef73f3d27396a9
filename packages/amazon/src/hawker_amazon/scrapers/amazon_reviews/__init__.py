"""The scraper of customer reviews and its row."""
