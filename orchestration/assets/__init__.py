"""Dagster assets by layer: raw, transform, quality, publish."""
