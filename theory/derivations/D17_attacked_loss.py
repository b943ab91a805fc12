"""D17 in formulas: the digon under a fixed attack."""
