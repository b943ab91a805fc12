"""The expected loss of any W and b: exact, in floats, by Fourier, under laws of sets."""
