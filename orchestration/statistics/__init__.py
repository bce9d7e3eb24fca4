"""Pure functions over frames: limits, special causes, case-mix, reliability."""
