"""The database: an embedded server or a given address, its roles, grants and row rules."""
