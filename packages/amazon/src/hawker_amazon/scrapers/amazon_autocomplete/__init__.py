"""The scraper of search suggestions and its row."""
