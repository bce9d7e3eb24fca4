"""Whether every row is accounted for, from the delivered file to the figure it counts in."""
