"""What is derived: closed forms, exact optima, boundaries.  Never trains, never samples."""
