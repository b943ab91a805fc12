"""Gradient flow on the exact loss: where it goes and how fast."""
