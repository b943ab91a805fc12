"""Unit vectors: simplices and polygons, the exact catalogue, families with a free shape, frames."""
