"""How models move while they learn."""
