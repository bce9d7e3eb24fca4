"""Fair statistics on figures: pure functions over frames that know neither the database nor Dagster."""
