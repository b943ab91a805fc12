"""Attacks on trained models, how much they hurt, and training on them."""
