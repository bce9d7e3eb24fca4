"""A seeded synthetic trust: extracts and the truth planted in them."""
