"""Walmart's product pages."""
