"""Trained against derived, as numbers: one file a phenomenon."""
