"""The limit S → 1, in which one feature at most is active: k-gons and their levels."""
