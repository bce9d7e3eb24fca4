"""Fair statistics between the ready marts and the tables that are served: read, compute, write; no formula here."""
