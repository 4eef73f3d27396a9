"""What the shops sell: derived from the seed and an id, never stored."""
