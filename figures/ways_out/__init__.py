"""Ways out of superposition: avoid it, decode it, or both; the price of a decoder; bounds."""
