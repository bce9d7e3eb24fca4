"""The review loop: figures confirmed, disputed, explained and signed by the people they are about."""
