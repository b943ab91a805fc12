"""How many offsets see the kink if features are taken one by one: counted before it is done [D04].

Each feature doubles the offsets (three for one where low < 0), but most of them soon lie so far
from the kink that the features left cannot reach it.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled

BRANCHES = 400  # offsets up to which more features are taken one by one


@compiled()
def branches(
    y: FloatArray, a: FloatArray, has_own: bool, a_own: float, low: float, high: float
) -> int:
    """How many offsets see the kink if the features are taken one by one, at most BRANCHES + 1."""
    n = a.shape[0] + (1 if has_own else 0)
    slope = np.empty(n)
    at = 0
    for j in range(n):
        if has_own and (at == a.shape[0] or abs(a_own) >= abs(a[at])):
            slope[j] = a_own
            has_own = False
        else:
            slope[j] = a[at]
            at += 1
    least = np.zeros(n + 1)
    most = np.zeros(n + 1)
    for j in range(n - 1, -1, -1):
        least[j] = least[j + 1] + min(0.0, slope[j] * low, slope[j] * high)
        most[j] = most[j + 1] + max(0.0, slope[j] * low, slope[j] * high)
    here = np.empty(3 * BRANCHES + 3)
    there = np.empty(3 * BRANCHES + 3)
    count = 0
    for v in range(y.shape[0]):
        if count <= BRANCHES:
            here[count] = y[v]
            count += 1
    total = count
    for j in range(n):
        found = 0
        for v in range(count):
            for end in range(3 if low != 0.0 else 2):
                offset = here[v]
                if end:
                    offset += slope[j] * (high if end == 1 else low)
                if offset + most[j + 1] > 0.0 > offset + least[j + 1]:
                    there[found] = offset
                    found += 1
        total += found
        if total > BRANCHES:
            break
        here, there = there, here
        count = found
    return total
