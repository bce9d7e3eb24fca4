"""From contract to typed raw rows: read, load, quarantine, delivery ledger."""
