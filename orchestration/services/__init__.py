"""The long-running programs of one installation: Superset and Dagster."""
