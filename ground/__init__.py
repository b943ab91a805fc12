"""What theory and numeric both stand on and neither owns: argument checks, names of
structures, and the reading and writing of results.  Knows nothing of either."""
