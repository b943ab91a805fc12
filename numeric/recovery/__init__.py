"""Features found again in activations: pursuit, dictionaries learned, counting, scores."""
