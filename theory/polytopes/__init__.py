"""Unit vectors: the exact catalogue, families with a free shape, frames."""
