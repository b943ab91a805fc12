"""How features fill a space, deform in it and collapse."""
