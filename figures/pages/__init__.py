"""Pages made of figures and derivations: RESULTS.md, the book, the site."""
