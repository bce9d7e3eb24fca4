"""Dashboards as code: compiled, proven, deployed to Superset over its REST API."""
