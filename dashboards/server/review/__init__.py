"""The review pages inside Superset: people confirm, dispute, decide, sign off, comment and agree objectives."""
