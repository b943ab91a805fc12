"""Side by side with PyTorch on the CPU: opt-in, run by ``make bench``."""
