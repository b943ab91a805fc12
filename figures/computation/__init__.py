"""Nets that compute in superposition: privileged bases, absolute values, motifs, what they gain."""
