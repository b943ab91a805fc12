"""One script a figure; `python -m figures` draws them."""
