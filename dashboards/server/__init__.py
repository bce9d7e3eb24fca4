"""What runs inside Superset's own environment: its configuration and the identity it hands to Postgres."""
