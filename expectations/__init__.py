"""Data-quality rules, their runner and their results; the only room that imports Great Expectations."""
