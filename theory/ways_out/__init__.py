"""Ways out of superposition: penalties that avoid it, decoders, their price, bounds."""
