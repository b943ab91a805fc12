"""Pages made of figures and derivations: RESULTS.md, the gallery, the book."""
