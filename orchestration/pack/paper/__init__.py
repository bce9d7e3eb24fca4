"""Draws the content of a pack on A4, the same bytes each time; knows nothing of databases."""
