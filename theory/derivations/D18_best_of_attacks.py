"""D18 in formulas: the mean length of an input."""
