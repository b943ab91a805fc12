"""D03 in formulas: what the stable recursion adds up for one active output."""

from __future__ import annotations

import sympy as sp

from theory.derivations.letters import a, tau, u, x


def one_active_output() -> sp.Eq:
    r"""Loss of an output that sees its own active feature alone, by the recursion [D03].

    .. math:: \int_0^1 (x - a (x - \tau)_+)^2 dx = \tfrac13 \tau^3
       + \tfrac13 (1 - \tau) (\tau^2 + \tau u + u^2), \qquad u = 1 - a (1 - \tau)

    The kink is at τ in (0, 1), where x − z is τ; at x = 1 it is u.
    """
    probability = 1 - tau
    first = (probability * u + tau * probability) / 2
    second = (probability * u**2 + 2 * tau * first) / 3
    silent = tau**3 / 3  # the same recursion on the other side, where x' = 0
    loss = sp.Integral((x - a * sp.Max(0, x - tau)) ** 2, (x, 0, 1))
    heard = sp.Mul(probability, sp.cancel(second / probability), evaluate=False)
    return sp.Eq(loss, silent + heard, evaluate=False)
