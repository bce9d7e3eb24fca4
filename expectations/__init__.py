"""Data-quality gates: rules in plain words, run by Great Expectations, kept in schema `quality` and in Data Docs."""
