"""How runs leave the 4-gon on one-hot data, n = 5: by isotropic noise, and by the noise of SGD.

    python -m benchmarks.escape [langevin] [sgd] [sample]

Isotropic: dθ = −∂H dτ + √(2T) dB on the exact loss, rates of reaching five used features against T,
with the law log(rate) = a − ΔE/T fitted by maximum likelihood and ΔE beside the computed barrier.
SGD: numeric.train from the 4-gon with rate η and batch B; both exits are counted, to five used
features and to a dead fifth output, against η / B.
Sample: descent without noise on a fixed sample, whose loss has its own slopes at the 4-gon.
Some three minutes on one core.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
from scipy.optimize import minimize

from ground.compiled import compiled
from numeric.features.independent import OneHot
from numeric.models.two_layers import ReluOutput
from numeric.training.initialise import Given
from numeric.training.optimisers import SGD
from numeric.training.train import train
from theory.dynamics.endings import dead_outputs
from theory.one_hot.barrier import kgon_barrier
from theory.one_hot.kgons import kgon

N = 5
USED = 0.6  # norm of a feature that is used
COLDNESS = (3.0, 4.0, 5.0, 6.0, 7.0)  # barrier over temperature
WALKERS, DT, LONGEST = 256, 0.05, 8000.0
NOISE = ((0.1, 1), (0.1, 2), (0.2, 4), (0.1, 3), (0.1, 4), (0.2, 8), (0.1, 6), (0.1, 8))
SAMPLES = (20, 80, 320, 1280)
STEPS, RUNS, SNAPSHOTS = 40_000, 128, 250


@compiled()
def _walk(W, b, noise, dt, temperature, left, used):
    """Langevin steps of one walker; the step at which its last feature is used, or −1."""
    m, n = W.shape
    kick = np.sqrt(2 * temperature * dt)
    dW, db = np.empty((m, n)), np.empty(n)
    for step in range(left):
        dW[:], db[:] = 0.0, 0.0
        for i in range(n):
            for j in range(n):
                a = 0.0
                for h in range(m):
                    a += W[h, i] * W[h, j]
                start, end = b[i], a + b[i]
                if start <= 0 and end <= 0:
                    continue
                low, high, length = 0.0, 1.0, 1.0
                if start <= 0:
                    low, length = -start / a, end / a
                elif end <= 0:
                    high = length = -start / a
                z0, z1 = max(start, 0.0), max(end, 0.0)
                g = 2 * length * (low * (z0 + z1) / 2 + length * (z0 / 6 + z1 / 3))
                d = length * (z0 + z1)
                if i == j:
                    g -= 2 * length * (low * low + low * high + high * high) / 3
                    d -= length * (low + high)
                db[i] += d
                for h in range(m):
                    dW[h, i] += g * W[h, j]
                    dW[h, j] += g * W[h, i]
        for i in range(n):
            b[i] += -dt * db[i] + kick * noise.standard_normal()
            for h in range(m):
                W[h, i] += -dt * dW[h, i] + kick * noise.standard_normal()
        norm = 0.0
        for h in range(m):
            norm += W[h, n - 1] ** 2
        if norm > used * used:
            return step + 1
    return -1


def fitted(inverse, events, exposure):
    """Poisson fit of log(rate) = a − E · inverse; (a, E), their errors, and χ² a degree."""

    def negative(x):
        expected = np.exp(x[0] - x[1] * inverse) * exposure
        return np.sum(expected - events * np.log(expected))

    guess = np.log((events.sum() + 1) / exposure.sum())
    x = minimize(negative, [guess, 0.0], method="Nelder-Mead", options={"xatol": 1e-9}).x
    expected = np.exp(x[0] - x[1] * inverse) * exposure
    information = np.array(
        [[expected.sum(), -expected @ inverse], [-expected @ inverse, expected @ inverse**2]]
    )
    error = np.sqrt(np.diag(np.linalg.inv(information)))
    deviance = 2 * np.sum(events * np.log(np.maximum(events, 1) / expected) - (events - expected))
    return x, error, deviance / max(len(events) - 2, 1)


def langevin() -> None:
    """Rates under isotropic noise, the fit, and the barrier."""
    start, barrier = kgon(4, N), kgon_barrier(N).height
    events, exposure = [], []
    for k, cold in enumerate(COLDNESS):
        times = []
        for walker in range(WALKERS):
            noise = np.random.default_rng((k, walker))
            steps = int(LONGEST / DT)
            at = _walk(start.W.copy(), start.b.copy(), noise, DT, barrier / cold, steps, USED)
            times.append((at if at >= 0 else steps) * DT * (1 if at >= 0 else -1))
        times = np.array(times)
        events.append(int(np.sum(times > 0)))
        exposure.append(float(np.abs(times).sum()))
        rate = events[-1] / exposure[-1]
        print(f"ΔE/T {cold:g}: {events[-1]} of {WALKERS} left, rate {rate:.3e}", flush=True)
    x, error, chi = fitted(np.array(COLDNESS) / barrier, np.array(events), np.array(exposure))
    print(
        f"barrier {barrier:.6f}, fitted {x[1]:.6f} ± {error[1]:.6f}, χ²/dof {chi:.2f}, a {x[0]:.2f}"
    )


def sgd() -> None:
    """Both exits under the noise of SGD against η / B, with fits."""
    start = kgon(4, N)
    marks = np.unique(np.geomspace(20, STEPS, SNAPSHOTS).astype(int))
    table = []
    for eta, batch in NOISE:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            runs = train(
                ReluOutput(), OneHot(N), n_hidden=2, seed=(24, batch, int(1000 * eta)),
                steps=STEPS, batch=batch, instances=RUNS, optimiser=SGD(), learning_rate=eta,
                initial=Given({"W": start.W, "b": start.b}), snapshots=marks.tolist(),
                held_out=2048,
            )  # fmt: skip
        W, b = runs["W_snapshots"].values, runs["b_snapshots"].values
        died = dead_outputs(W, b).any(-1)
        grown = (np.linalg.norm(W, axis=-2) > USED).all(-1)
        out = died | grown
        first = np.where(out.any(0), out.argmax(0), len(marks) - 1)
        where = (first, np.arange(RUNS))
        time = eta * marks[first].sum()
        counts = int(died[where].sum()), int((grown & ~died)[where].sum())
        table.append((eta / batch, *counts, time))
        print(
            f"η {eta:g}, B {batch}, η/B {eta / batch:.4f}: {table[-1][1]} died, "
            f"{table[-1][2]} grew, of {RUNS}; "
            f"rates {table[-1][1] / time:.2e}, {table[-1][2] / time:.2e}",
            flush=True,
        )
    noise, died, grown, time = (np.array(column) for column in zip(*table, strict=True))
    for name, events in (("dying", died), ("growing", grown)):
        if events.sum() > 2:
            x, error, chi = fitted(1 / noise, events, time)
            print(f"{name}: E {x[1]:.4f} ± {error[1]:.4f}, χ²/dof {chi:.1f}")


def sample() -> None:
    """Where descent on a fixed sample goes from the 4-gon, by the size of the sample."""
    start = kgon(4, N)
    for size in SAMPLES:
        ends = []
        for number in range(40):
            rng = np.random.default_rng((size, number))
            x = np.zeros((size, N))
            x[np.arange(size), rng.integers(N, size=size)] = rng.random(size)
            W, b = start.W.copy(), start.b.copy()
            for _ in range(1500):
                h = x @ W.T
                z = h @ W + b
                r = np.where(z > 0, 2 * (z - x), 0) / size
                W -= 0.3 * (h.T @ r + W @ (r.T @ x))
                b -= 0.3 * r.sum(axis=0)
            grown = bool((np.linalg.norm(W, axis=0) > USED).all())
            ends.append("grew" if grown else "died" if dead_outputs(W, b).any() else "stayed")
        print(size, {end: ends.count(end) for end in ("grew", "died", "stayed")}, flush=True)


if __name__ == "__main__":
    which = sys.argv[1:] or ["langevin", "sgd", "sample"]
    for name in which:
        {"langevin": langevin, "sgd": sgd, "sample": sample}[name]()
