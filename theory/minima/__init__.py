"""The best W and b found, other minima, and certificates that nothing is below."""
