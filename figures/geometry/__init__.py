"""How many features a space holds, and in which arrangement."""
