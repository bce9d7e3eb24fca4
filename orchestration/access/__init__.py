"""Who may see what, and who did: scopes of the feed and by hand, suspensions, and the ledger of viewings."""
