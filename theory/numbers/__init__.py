"""Exact numbers: what an argument may be, arithmetic with proved signs, roots."""
