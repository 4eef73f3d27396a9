"""Builds and locks the container images: see docs/images.md."""
