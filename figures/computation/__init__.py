"""Nets that compute in superposition: privileged bases, absolute values, motifs and what they gain."""
