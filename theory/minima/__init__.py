"""The best W and b, every other minimum, and proofs that there is none below."""
