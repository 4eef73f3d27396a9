"""One folder a scraper: scraper.py, row.py and cases/."""
