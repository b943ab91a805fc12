"""What is this W: structure, polytopes, distance to the best that is known."""
