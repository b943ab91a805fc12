"""The compiled code: streams of random numbers, samples, steps of small and large models."""
