"""Moves extracts through the warehouse to publication; the only room that imports Dagster."""
