"""The explorer: one page in which a reader moves about in the exact theory, without a server."""
