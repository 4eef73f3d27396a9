"""eBay's search results."""
