"""What things cost as they grow: measured ladders beside operation counts, and wide models."""
