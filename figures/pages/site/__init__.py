"""The site: pages generated from results, texts and docstrings, bound with those of docs/site."""
