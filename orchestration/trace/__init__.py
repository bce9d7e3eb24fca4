"""One record followed from the lines of its files to the figures in which it counts."""
