"""`python -m hawker_storefront` is `hawker-storefront`."""

from __future__ import annotations

from hawker_storefront.cli import app

app(prog_name="hawker-storefront")
