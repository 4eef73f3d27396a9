"""Feedback on eBay's sellers."""
