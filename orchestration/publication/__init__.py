"""From marts that are ready to marts that are served: whole, checked, granted row by row, in one moment."""
