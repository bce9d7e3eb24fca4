"""Measures for analysts: the records behind a figure, and what a changed definition would move."""
