r"""What the worst attack costs two features in one dimension, integrated strip by strip [D19].

With h = w·x an attack of size ε moves the hidden number to any t in [h − ρ, h + ρ], ρ = ε‖w‖, and
output i is φ_i(t) = (b_i + w_i t)_+.  Each sample costs the largest of at most four numbers,

$$ F(x) = \max_t Σ_i I_i (x_i − φ_i(t))²,   t ∈ \{h − ρ, h + ρ, −b_1/w_1, −b_2/w_2\}, $$

of which the kinks −b_i/w_i only count where they are in reach: kinks do not depend on x.  So the
square of inputs is cut into strips by the lines h = −b_i/w_i ± ρ, all parallel; within a strip
each of the four is one quadratic in x.  At fixed x_1 they are cut where they cross, and a Gauss
rule of two nodes is exact between the cuts.  Over x_1 the rule is adaptive.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled

VALUES = 6  # loss, its derivatives by w₁, w₂, b₁, b₂, and by the importance I₂
MOST_INTERVALS = 400

# Kronrod's rule of 15 nodes on [−1, 1], and the weights of Gauss's rule of 7 inside it.
NODES = np.array(
    [
        0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
        0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
        0.586087235467691130294144691693013, 0.405845151377397166906606412076961,
        0.207784955007898467600689403773245, 0.0,
    ]
)  # fmt: skip
KRONROD = np.array(
    [
        0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
        0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
        0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
        0.204432940075298892414161999234649, 0.209482141084727828012999174891714,
    ]
)  # fmt: skip
GAUSS = np.array(
    [
        0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
        0.381830050505118944950369775488975, 0.417959183673469387755102040816327,
    ]
)  # fmt: skip


@compiled(inline="always")
def _add(theta, importance, size, x1, x2, which, weight, out):  # type: ignore[no-untyped-def]
    """Add weight × (value, derivatives) of one candidate at one input.

    `which` is 0, 1 for t = h − ρ, h + ρ and 2, 3 for the kinks of outputs 1 and 2.
    """
    w1, w2, b1, b2 = theta[0], theta[1], theta[2], theta[3]
    norm = np.sqrt(w1 * w1 + w2 * w2)
    t1, t2, c1, c2 = 0.0, 0.0, 0.0, 0.0  # derivatives of t by w₁, w₂, b₁, b₂
    if which < 2:
        sign = 1.0 if which == 1 else -1.0
        t = w1 * x1 + w2 * x2 + sign * size * norm
        t1, t2 = x1, x2
        if norm > 0.0:
            t1 += sign * size * w1 / norm
            t2 += sign * size * w2 / norm
    elif which == 2:
        t = -b1 / w1
        t1, c1 = b1 / (w1 * w1), -1.0 / w1
    else:
        t = -b2 / w2
        t2, c2 = b2 / (w2 * w2), -1.0 / w2
    z1, z2 = b1 + w1 * t, b2 + w2 * t
    e1, e2, s1, s2 = x1, x2, 0.0, 0.0
    if z1 > 0.0 and which != 2:
        e1 = x1 - z1
        s1 = -2.0 * importance[0] * e1
    if z2 > 0.0 and which != 3:
        e2 = x2 - z2
        s2 = -2.0 * importance[1] * e2
    out[0] += weight * (importance[0] * e1 * e1 + importance[1] * e2 * e2)
    by_t = s1 * w1 + s2 * w2
    out[1] += weight * (s1 * t + by_t * t1)
    out[2] += weight * (s2 * t + by_t * t2)
    out[3] += weight * (s1 + by_t * c1)
    out[4] += weight * (s2 + by_t * c2)
    out[5] += weight * e2 * e2


@compiled(inline="always")
def _quadratic(theta, importance, size, x1, h, which, out):  # type: ignore[no-untyped-def]
    """Coefficients of 1, x₂, x₂² of one candidate, for signs of the outputs as at w·x = h."""
    w1, w2, b1, b2 = theta[0], theta[1], theta[2], theta[3]
    if which < 2:
        shift = size * np.sqrt(w1 * w1 + w2 * w2) * (1.0 if which == 1 else -1.0)
        t, slope = w1 * x1 + shift, w2  # t = (w₁x₁ + shift) + w₂ x₂
        there = h + shift
    else:
        t = -b1 / w1 if which == 2 else -b2 / w2
        slope, there = 0.0, t
    p1, q1, p2, q2 = 0.0, 0.0, 0.0, 0.0
    if b1 + w1 * there > 0.0 and which != 2:
        p1, q1 = b1 + w1 * t, w1 * slope
    if b2 + w2 * there > 0.0 and which != 3:
        p2, q2 = b2 + w2 * t, w2 * slope
    p1, q1, p2, q2 = x1 - p1, -q1, -p2, 1.0 - q2
    out[0] = importance[0] * p1 * p1 + importance[1] * p2 * p2
    out[1] = 2.0 * (importance[0] * p1 * q1 + importance[1] * p2 * q2)
    out[2] = importance[0] * q1 * q1 + importance[1] * q2 * q2


@compiled()
def _insert(values, count, value, low, high):  # type: ignore[no-untyped-def]
    """Insert a value strictly between low and high into the sorted values; the new count."""
    if not (value > low and value < high):
        return count
    k = count
    while k > 0 and values[k - 1] > value:
        values[k] = values[k - 1]
        k -= 1
    values[k] = value
    return count + 1


@compiled()
def _line(theta, importance, size, x1, room, out):  # type: ignore[no-untyped-def]
    """Add ∫ F dx₂ over [0, 1] at fixed x₁, with derivatives, exactly."""
    cuts, inner, coefficients = room
    w1, w2, b1, b2 = theta[0], theta[1], theta[2], theta[3]
    reach = size * np.sqrt(w1 * w1 + w2 * w2)
    strips = 0
    if w2 != 0.0:
        for i in range(2):
            w, b = (w1, b1) if i == 0 else (w2, b2)
            if w != 0.0:
                for sign in (-1.0, 1.0):
                    edge = (-b / w + sign * reach - w1 * x1) / w2
                    strips = _insert(cuts, strips, edge, 0.0, 1.0)
    left = 0.0
    for k in range(strips + 1):
        right = cuts[k] if k < strips else 1.0
        middle = 0.5 * (left + right)
        h = w1 * x1 + w2 * middle
        count = 0
        for which in range(4):
            allowed = which < 2
            if which == 2 and w1 != 0.0:
                allowed = abs(h + b1 / w1) <= reach
            if which == 3 and w2 != 0.0:
                allowed = abs(h + b2 / w2) <= reach
            if allowed:
                _quadratic(theta, importance, size, x1, h, which, coefficients[count])
                coefficients[count, 3] = which
                count += 1
        pieces = 0
        for i in range(count):
            for j in range(i):
                c = coefficients[i, 0] - coefficients[j, 0]
                b = coefficients[i, 1] - coefficients[j, 1]
                a = coefficients[i, 2] - coefficients[j, 2]
                # Roots of a x² + b x + c without cancellation.
                square = b * b - 4.0 * a * c
                if square < 0.0:
                    continue
                q = -0.5 * (b + (np.sqrt(square) if b >= 0.0 else -np.sqrt(square)))
                if a != 0.0:
                    pieces = _insert(inner, pieces, q / a, left, right)
                if q != 0.0:
                    pieces = _insert(inner, pieces, c / q, left, right)
        start = left
        for piece in range(pieces + 1):
            end = inner[piece] if piece < pieces else right
            centre, half = 0.5 * (start + end), 0.5 * (end - start)
            best, best_value = 0, -np.inf
            for i in range(count):
                value = coefficients[i, 0] + centre * (
                    coefficients[i, 1] + centre * coefficients[i, 2]
                )
                if value > best_value:
                    best, best_value = int(coefficients[i, 3]), value
            offset = half * 0.57735026918962576451
            _add(theta, importance, size, x1, centre - offset, best, half, out)
            _add(theta, importance, size, x1, centre + offset, best, half, out)
            start = end
        left = right


@compiled()
def _interval(theta, importance, size, low, high, room, line, fine, coarse):  # type: ignore[no-untyped-def]
    """Kronrod's and Gauss's rule for ∫ dx₁ over [low, high] of ∫ F dx₂."""
    fine[:] = 0.0
    coarse[:] = 0.0
    centre, half = 0.5 * (low + high), 0.5 * (high - low)
    for k in range(8):
        for side in range(2):
            if k == 7 and side == 1:
                continue
            line[:] = 0.0
            offset = NODES[k] * half * (1.0 if side == 1 else -1.0)
            _line(theta, importance, size, centre + offset, room, line)
            for v in range(VALUES):
                fine[v] += KRONROD[k] * half * line[v]
                if k % 2 == 1:
                    coarse[v] += GAUSS[k // 2] * half * line[v]


@compiled()
def pair_losses(  # type: ignore[no-untyped-def]
    theta, importance, density, size, tolerance, out, silent, error
):
    """Expected worst-case loss of a batch of (2, 1) models.

    Parameters
    ----------
    theta : (B, 4)
        w₁, w₂, b₁, b₂.
    importance, density : (B, 2)
    size : (B,)
        ε.
    tolerance : float
        At which the outer rule stops, for loss and derivatives together.
    out : (B, 6)
        Loss, derivatives by θ, derivative by I₂.
    silent : (B, 2, 6)
        The same at x = 0 alone, unweighted, under t = −ρ and t = +ρ, of which the larger is in
        `out`, or, where they tie, their mean.
    error : (B,)
        Estimate of the error of the loss: what Kronrod's and Gauss's rule differ by in the end,
        and the tolerance for what neither sees.
    """
    room = (np.empty(8), np.empty(24), np.empty((4, 4)))
    line, fine, coarse = np.empty(VALUES), np.empty(VALUES), np.empty(VALUES)
    swapped, weights = np.empty(4), np.empty(2)
    stack = np.empty((MOST_INTERVALS, 2))
    # A kink of the slope between an interval's end and the last node is seen by neither rule; it
    # costs a third power of that distance, 0.0043 of the width, which has to be small enough.
    widest = (6.0 * tolerance) ** (1.0 / 3.0) / 0.0043
    for r in range(theta.shape[0]):
        p1, p2 = density[r, 0], density[r, 1]
        total = out[r]
        total[:] = 0.0
        error[r] = 0.0
        silent[r] = 0.0
        for which in range(2):
            _add(theta[r], importance[r], size[r], 0.0, 0.0, which, 1.0, silent[r, which])
        chance = (1.0 - p1) * (1.0 - p2)
        low, high = silent[r, 0, 0], silent[r, 1, 0]
        tie = abs(low - high) <= 1e-14 * (low + high)
        for v in range(VALUES):
            if tie:
                total[v] += 0.5 * chance * (silent[r, 0, v] + silent[r, 1, v])
            else:
                total[v] += chance * (silent[r, 0, v] if low > high else silent[r, 1, v])
        line[:] = 0.0
        _line(theta[r], importance[r], size[r], 0.0, room, line)
        for v in range(VALUES):
            total[v] += (1.0 - p1) * p2 * line[v]
        # Feature 1 alone: the same with the features exchanged.
        swapped[0], swapped[1] = theta[r, 1], theta[r, 0]
        swapped[2], swapped[3] = theta[r, 3], theta[r, 2]
        weights[0], weights[1] = importance[r, 1], importance[r, 0]
        line[:] = 0.0
        _line(swapped, weights, size[r], 0.0, room, line)
        for v, source in enumerate((0, 2, 1, 4, 3)):
            total[v] += p1 * (1.0 - p2) * line[source]
        # ∂/∂I₂ of L = I₁ L₁ + I₂ L₂, from what is known: the swapped line has ∂/∂I₁.
        if weights[0] > 0.0:
            total[5] += p1 * (1.0 - p2) * (line[0] - weights[1] * line[5]) / weights[0]
        both = p1 * p2
        error[r] += both * tolerance
        if both == 0.0:
            continue
        stack[0, 0], stack[0, 1] = 0.0, 0.5
        stack[1, 0], stack[1, 1] = 0.5, 1.0
        count, used = 2, 2
        while count > 0:
            count -= 1
            begin, end = stack[count, 0], stack[count, 1]
            _interval(theta[r], importance[r], size[r], begin, end, room, line, fine, coarse)
            off, largest = abs(fine[0] - coarse[0]), 0.0
            for v in range(1, 5):
                largest = max(largest, abs(fine[v] - coarse[v]))
            # What Kronrod's rule misses is far less than what Gauss's does.
            good = max(off, 0.01 * largest) <= tolerance * (end - begin) and end - begin <= widest
            if good or used + 2 > MOST_INTERVALS:
                for v in range(VALUES):
                    total[v] += both * fine[v]
                error[r] += both * off
            else:
                middle = 0.5 * (begin + end)
                stack[count, 0], stack[count, 1] = begin, middle
                stack[count + 1, 0], stack[count + 1, 1] = middle, end
                count += 2
                used += 2


def pair_loss(
    theta: FloatArray,
    importance: FloatArray,
    density: FloatArray,
    size: FloatArray,
    tolerance: float = 1e-11,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss and derivatives (B, 6), those at x = 0 (B, 2, 6) and error (B,) of (2, 1) models.

    Parameters are those of :func:`pair_losses`, broadcast to one batch axis.
    """
    theta = np.atleast_2d(theta)
    batch = len(theta)
    # Copies, which may be written to: the kernel would be compiled again for what may not.
    world = [
        np.array(np.broadcast_to(value, shape), dtype=np.float64, order="C")
        for value, shape in ((importance, (batch, 2)), (density, (batch, 2)), (size, (batch,)))
    ]
    out, silent = np.empty((batch, VALUES)), np.empty((batch, 2, VALUES))
    error = np.empty(batch)
    pair_losses(np.array(theta, order="C"), *world, tolerance, out, silent, error)
    return out, silent, error
