"""Attacked models: how vulnerable superposition makes them, and what training on attacks does."""
