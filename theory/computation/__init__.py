"""Two-layer ReLU nets that compute while in superposition: exact losses, theorems, motifs."""
