"""Features found again in activations: pursuit with a known dictionary, dictionaries learned, scores."""
