"""Attacks on what a model reads: gain, loss under them, the worst of them, what defends."""
