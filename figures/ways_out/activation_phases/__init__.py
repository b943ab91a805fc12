"""A figure: what is planned, measured, derived and drawn."""
