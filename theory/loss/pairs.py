r"""Two features of a Fourier sum at a time, 32 frequencies of both [D04].

As :mod:`theory.loss.lanes`, where the closed form serves and values are on [0, high]: with
u = (e^{as} − 1)/s the factor is q + κ u, κ = p/(a · high), and slopes need

$$ a s · p E' = p e^{as} − p E = p e^{as} − (q + κ u) + q . $$

Less is written to memory than for one feature after the other, and what is multiplied and added is
rounded once, where the processor can.
"""

from __future__ import annotations

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.lanes import LANES

# Of each feature: the rotation to the next 32 frequencies, κ, q, p, and the probability that no
# other feature is active, alone and times κ.
EACH = 7


@compiled()
def pair_of(slope: float, p: float, alone: float, turn: FloatArray, of: FloatArray) -> None:
    of[0] = turn[0]
    of[1] = turn[1]
    of[2] = p / slope
    of[3] = 1.0 - p
    of[4] = p
    of[5] = alone
    of[6] = alone * p / slope


@compiled(error_model="numpy", fastmath={"contract"})
def forward(
    f: FloatArray, d: FloatArray, g: FloatArray, of: FloatArray, of_d: FloatArray, turns: bool
) -> None:
    """Rotate both, and take their factors into the product and into the sum over one active."""
    re, im, kappa, q, alone = of[0], of[1], of[2], of[3], of[6]
    re_d, im_d, kappa_d, q_d, alone_d = of_d[0], of_d[1], of_d[2], of_d[3], of_d[6]
    if not turns:
        re, im, re_d, im_d = 1.0, 0.0, 1.0, 0.0
    for k in range(LANES):
        s_re = g[k]
        s_im = g[32 + k]
        x = f[k] * re - f[32 + k] * im
        y = f[k] * im + f[32 + k] * re
        f[k] = x
        f[32 + k] = y
        u = x * s_re - (y * s_im + s_re)
        v = x * s_im + (y * s_re - s_im)
        x = d[k] * re_d - d[32 + k] * im_d
        y = d[k] * im_d + d[32 + k] * re_d
        d[k] = x
        d[32 + k] = y
        u_d = x * s_re - (y * s_im + s_re)
        v_d = x * s_im + (y * s_re - s_im)
        g[192 + k] += alone * u + alone_d * u_d
        g[224 + k] += alone * v + alone_d * v_d
        u = q + kappa * u
        v = kappa * v
        u_d = q_d + kappa_d * u_d
        v_d = kappa_d * v_d
        f[64 + k] = u
        f[96 + k] = v
        d[64 + k] = u_d
        d[96 + k] = v_d
        x = g[128 + k]
        y = g[160 + k]
        f[192 + k] = x
        f[224 + k] = y
        x, y = x * u - y * v, x * v + y * u
        g[128 + k] = x * u_d - y * v_d
        g[160 + k] = x * v_d + y * u_d


@compiled(error_model="numpy", fastmath={"contract"})
def slopes(f: FloatArray, d: FloatArray, g: FloatArray, of: FloatArray, of_d: FloatArray) -> None:
    """Add Re[a s p E' · (before · after − front · alone)/s] to both; then they come after."""
    q, p, alone = of[3], of[4], of[5]
    q_d, p_d, alone_d = of_d[3], of_d[4], of_d[5]
    for k in range(LANES):
        after_re = g[384 + k]
        after_im = g[416 + k]
        front_re = g[320 + k]
        front_im = g[352 + k]
        u = f[64 + k]
        v = f[96 + k]
        u_d = d[64 + k]
        v_d = d[96 + k]
        # All but the two.
        re = after_re * f[192 + k] - after_im * f[224 + k]
        im = after_re * f[224 + k] + after_im * f[192 + k]
        x = re * u_d - (im * v_d + alone * front_re)
        y = re * v_d + (im * u_d - alone * front_im)
        f[288 + k] += (p * f[k] + (q - u)) * x - (p * f[32 + k] - v) * y
        x = re * u - (im * v + alone_d * front_re)
        y = re * v + (im * u - alone_d * front_im)
        d[288 + k] += (p_d * d[k] + (q_d - u_d)) * x - (p_d * d[32 + k] - v_d) * y
        re = after_re * u - after_im * v
        im = after_re * v + after_im * u
        g[384 + k] = re * u_d - im * v_d
        g[416 + k] = re * v_d + im * u_d
