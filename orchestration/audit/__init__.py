"""What an auditor can rely on: proof that no result was changed, a report of each run, and results to take along."""
