"""The scrapers' own cases, one test per field."""

from __future__ import annotations

from hawker_core.testing import cases_of

test_case, test_field, test_scraper_has_cases = cases_of("hawker_amazon")
