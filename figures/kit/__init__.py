"""What every figure uses: profiles, style, claims, results, the table of agreement."""
