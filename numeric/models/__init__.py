"""What is trained: activations, networks, targets."""
