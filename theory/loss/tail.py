r"""What a Fourier sum of many features leaves behind: a bound that sees phases [D04].

Beyond Ω the sum over two active features or more is mostly that over two, half the square of

$$ S(s) = Σ_j r_j = \frac1s Σ_k α_k e^{x_k s},   r_j = \frac{p_j}{q_j} E_j(s), $$

a sum of hundreds of waves, which is far smaller than the sum of their sizes.  Its mean square is a
double sum over their places x_k, in which only neighbours count:

$$ h Σ_{ω ≥ Ω} |S|²/ω² ≤ \frac{1}{2Ω³} Σ_{kl} α_k α_l e^{c(x_k + x_l)} κ(Ω|x_k − x_l|), $$

where κ is the Fourier transform of W(x) = (1 + β) x⁴/(x⁸ + β), which is at least x⁻⁴ from x = 1 on.
It is a sum of exponentials, so that the double sum takes one pass through the places in order.
"""

from __future__ import annotations

import cmath
import math

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.lanes import LANES
from theory.loss.line_plan import size_of_factor, tilted

BETA = 0.6  # for which W has the least integral
_ROOTS = [BETA**0.125 * cmath.exp(1j * math.pi * k / 8) for k in (1, 3)]  # of x⁸ = −β
POLE_0, POLE_1 = (1j * z for z in _ROOTS)
RESIDUE_0, RESIDUE_1 = (4j * math.pi * (1.0 + BETA) / (8.0 * z**3) for z in _ROOTS)
AT_ZERO = (RESIDUE_0 + RESIDUE_1).real  # κ(0)
TINY = 1e-4  # of 1/Ω: a slope below does not wave, and its factor is taken by its size
APART = 100.0  # images of κ at this distance are 1e-15 of κ(0)
ROUNDING = 1e-14  # of the sum of sizes, those images included
TRIALS = 4
FIRST = 0.6  # of the frequencies that are given: where to look first
STEEP = 4.5  # as which power the bound falls, until two trials tell
WORTH = 2 * LANES  # frequencies to be had at least, or a further trial costs more than it saves


@compiled()
def waves_of(
    a: FloatArray, p: FloatArray, c: float, low: float, span: float, tiny: float
) -> tuple[FloatArray, FloatArray]:
    """Places x_k in rising order, and α_k e^{c x_k}, of the features with a slope of `tiny` on."""
    n = a.shape[0]
    place = np.empty(2 * n + 1)
    size = np.empty(2 * n + 1)
    at_zero = 0.0
    count = 0
    for j in range(n):
        if abs(a[j]) < tiny:
            continue
        alpha = p[j] / ((1.0 - p[j]) * a[j] * span)
        place[count] = a[j] * (low + span)
        size[count] = alpha * math.exp(c * place[count])
        count += 1
        if low == 0.0:
            at_zero -= alpha
        else:
            place[count] = a[j] * low
            size[count] = -alpha * math.exp(c * place[count])
            count += 1
    if low == 0.0:
        place[count] = 0.0
        size[count] = at_zero
        count += 1
    order = np.argsort(place[:count])
    return place[:count][order], size[:count][order]


@compiled()
def mean_square(place: FloatArray, size: FloatArray, omega: float) -> float:
    """Bound on h Σ |S|²/ω² over all frequencies from ω on, of these waves."""
    total = 0.0
    sizes = 0.0
    first = 0j  # Σ size_l e^{pole · ω (x_k − x_l)} over the places before, by pole
    second = 0j
    for k in range(place.shape[0]):
        if k:
            gap = omega * (place[k] - place[k - 1])
            first *= np.exp(POLE_0 * gap)
            second *= np.exp(POLE_1 * gap)
        both = (RESIDUE_0 * first + RESIDUE_1 * second).real
        total += size[k] * (size[k] * AT_ZERO + 2.0 * both)
        sizes += abs(size[k])
        first += size[k]
        second += size[k]
    return (max(total, 0.0) + ROUNDING * AT_ZERO * sizes * sizes) / (2.0 * omega**3)


@compiled(error_model="numpy")
def tail(
    omega: float,
    h: float,
    place: FloatArray,
    size: FloatArray,
    tiny: float,
    CE: FloatArray,
    of: FloatArray,
    a: FloatArray,
    p: FloatArray,
    n_large: int,
    of_own: FloatArray,
    p_own: float,
    low: float,
    span: float,
    c: float,
) -> tuple[float, float]:
    """Bounds on what the sums of the loss, and of its largest slope, leave beyond ω.

    As :func:`theory.loss.line_plan.beyond`, where one such is not had: infinite.
    """
    reach = max(low + span, -low)
    turn = (2.0 if low == 0.0 else 3.0) * reach
    none, small = 1.0, 1.0
    sizes, squares, fading, still, worst = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(of.shape[0]):
        e = size_of_factor(of[j], omega)
        q = 1.0 - p[j]
        if j >= n_large:
            small *= q + e
            continue
        none *= q
        r = e / q
        k = of[j, 0] * math.sqrt(of[j, 1] + 1.0) / abs(of[j, 3] * omega) / q
        worst = max(worst, r)
        sizes += r
        squares += r * r
        fading += min(r * r, k * k / 3.0)  # of which ∫ over 1/ω² is one ω-th
        if abs(a[j]) < tiny:
            still += r
    spread = place[place.shape[0] - 1] - place[0]
    apart = omega * (2.0 * math.pi / h - spread)
    if worst > 0.5 or not sizes < 300.0 or apart < APART or CE[0, 1] > 0.0:
        return math.inf, math.inf
    over = (1.0 + 3.0 * h / omega) / omega  # h Σ 1/ω² at most, and 3 ω² h Σ 1/ω⁴
    less = 1.0 / (1.0 - worst)
    # w = Σ ln(1 + r_j) is S but for ε, |ε| ≤ Σ |r|²/2(1 − |r|).
    epsilon = 0.5 * less * squares
    epsilon_sum = 0.5 * less * fading * over
    rho = sizes + epsilon
    if rho < 0.01:
        phi, psi = 0.5 * math.exp(rho), math.exp(rho)
    else:
        phi, psi = (math.expm1(rho) - rho) / (rho * rho), math.expm1(rho) / rho
    waves = math.sqrt(mean_square(place, size, omega)) + still * math.sqrt(over)
    waves += math.sqrt(epsilon * epsilon_sum)
    more = phi * waves * waves + epsilon_sum  # h Σ |e^w − 1 − S|/ω²
    steepest = 0.0
    for j in range(n_large):
        e = size_of_factor(of[j], omega)
        q = 1.0 - p[j]
        k = of[j, 0] * math.sqrt(of[j, 1] + 1.0) / abs(of[j, 3] * omega)
        turned = turn * e
        if low == 0.0:  # e^{cax} lies below its chord
            turned = min(turned, p[j] * reach * (0.5 + math.expm1(c * a[j] * span) / 3.0))
        turned = min(turned * turned, (turn * k) ** 2 / 3.0) * over
        own = min(e * e, k * k / 3.0) * (less / q) ** 2 * over  # of ln(1 + r_j), which is not in w
        steepest = max(steepest, math.sqrt(turned) / q * (waves + math.sqrt(own)))
    flat = psi * steepest + (1.0 + turn) * more
    own = size_of_factor(of_own, omega)
    factor = 1.0 - p_own + own
    value, slope = 0.0, 0.0
    power = 1.0  # ω^{1−m}
    for m in range(1, CE.shape[1]):
        both = CE[0, m] * factor + CE[1, m] * turn * own
        value += both * power * more
        if m > 1:
            slope += both * power * omega * flat
        elif CE[1, 1] > 0.0:  # one power of ω short, which the own factor has
            largest = of_own[0] * math.sqrt(of_own[1] + 1.0) / abs(of_own[3])
            slope += CE[1, 1] * turn * largest * flat
        power /= omega
    scale = none * small / math.pi
    return scale * value, scale * slope


@compiled()
def fewer(
    count: int,
    value: float,
    slope: float,
    period: float,
    c: float,
    value_wanted: float,
    slope_wanted: float,
    CE: FloatArray,
    a: FloatArray,
    p: FloatArray,
    n_large: int,
    a_own: float,
    p_own: float,
    low: float,
    span: float,
    from_share: float,
) -> tuple[int, float, float]:
    """A smaller number of frequencies that will do, with its bounds, or those that are given."""
    h = 2.0 * math.pi / period
    tiny = TINY / (from_share * h * count)
    place, size = waves_of(a[:n_large], p[:n_large], c, low, span, tiny)
    of = tilted(a, p, low, span, c)
    of_own = tilted(np.array([a_own]), np.array([p_own]), low, span, c)[0]
    asked, before, over_before, steep = FIRST * count, 0.0, 0.0, STEEP
    for _ in range(TRIALS):
        trial = LANES * max(1, math.ceil(min(asked, 1e6) / LANES))
        if trial > count - WORTH:
            break
        v, s = tail(
            from_share * h * trial, h, place, size, tiny, CE, of, a, p, n_large, of_own, p_own,
            low, span, c,
        )  # fmt: skip
        over = max(v / value_wanted, s / slope_wanted)
        if not 0.0 < over < math.inf:
            break
        if over <= 1.0:
            count, value, slope = trial, v, s
        if before and trial != before:
            steep = max(1.0, math.log(over / over_before) / math.log(before / trial))
        before, over_before = float(trial), over
        asked = trial * (1.02 * over) ** (1.0 / steep)
    return count, value, slope
