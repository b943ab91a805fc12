"""Where the minima of (2, 1) exchange, merge and die."""
