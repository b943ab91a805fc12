"""Where theory and numeric meet: the only code that imports both."""
