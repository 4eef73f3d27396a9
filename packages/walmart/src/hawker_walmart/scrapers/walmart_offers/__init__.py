"""All sellers' offers of Walmart's products."""
