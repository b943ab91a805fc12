"""Models and activations that leave: saved, named by a hash, and in other libraries' forms."""
