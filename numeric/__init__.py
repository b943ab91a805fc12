"""What is measured: samplers, models, training.  Knows nothing of theory."""
