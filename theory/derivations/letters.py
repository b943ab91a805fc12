"""Letters of the formulas that belong to no one wing.

Where a result is computed in floats only, its text would have to print formulas by hand.  They
are derived anew, in these letters, whenever the texts are refreshed, and the tests hold the
float code to them.
"""

from __future__ import annotations

import sympy as sp

a, s, x = sp.symbols("a s x", positive=True)
tau = sp.Symbol("tau", positive=True)
u = sp.Symbol("u", real=True)
sigma = sp.Symbol("sigma", positive=True)
q = sp.Symbol("q", positive=True)
