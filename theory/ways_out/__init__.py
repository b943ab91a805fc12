"""Ways out of superposition: penalties that avoid it, decoders that undo it and their price, bounds."""
