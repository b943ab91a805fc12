"""A page small enough for tests: data of the figures' shapes, optima disturbed for training."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from figures.pages.explorer import build
from figures.pages.explorer.plan import Plan
from figures.phases import boundaries
from figures.phases.diagram import Diagram
from ground.results import configured
from ground.structure import structure_of
from theory.adversary.robust_diagram import exchange_importance, robust_phase_diagram
from theory.adversary.threshold import digon_thresholds
from theory.computation.absolute_value import naive_loss, naive_net
from theory.computation.arms import arm_onset
from theory.geometry.packing import packing
from theory.minima.certificate import certify_grid
from theory.ways_out.l1_diagram import l1_phase_diagram

TINY = Plan(starts=4, along=2, along_starts=2, falloffs=(1.0,), levels=(0.0, 0.3))
AXES = ("density", "importance")
ATTACK = 0.1


@pytest.fixture(scope="session")
def load():
    """Data of a figure, each made once: derived by theory, measured by disturbing that."""
    derived = {
        "phase_n2_m1": _phases(2, 1, size=4),
        "phase_n3_m2": _phases(3, 2, size=3),
        "packing_theory": packing(
            [1.0, 0.3, 0.1], names=["digon", "triangle", "pentagon", "square antiprism", "24-cell"]
        ),
        "robust_phase_n2_m1": _robust(),
        "penalised_phase_n2_m1": _penalised((0.2,)),
        "abs_circuit": _circuit(),
        "abs_superposition": _superposed(),
    }
    rng = np.random.default_rng(3)
    measured = {
        name: _disturbed(derived[name], rng) for name in derived if name.startswith("phase")
    }
    for name in ("robust_phase_n2_m1", "penalised_phase_n2_m1"):
        measured[name] = _runs(derived[name], rng)
    measured["abs_circuit"] = _trained_circuits(derived["abs_circuit"], rng)
    both = {"derived": derived, "measured": measured}
    return lambda name, kind: both[kind][name]


def _phases(n, m, *, size):
    found = boundaries.derive(Diagram(n, m, size=size, restarts=1, steps=1))
    if n > 2:
        return found
    proofs = certify_grid(found["density"].values[1:2], found["importance"].values[:1]).drop_attrs()
    names = [*proofs.data_vars, *proofs.coords]
    return xr.merge([found, proofs.rename({name: f"certified_{name}" for name in names})])


def _disturbed(derived, rng):
    """Stands for a trained diagram: turned, and off the optimum by some thousandths."""
    W = derived["W"].transpose(*AXES, "hidden", "feature").values
    turn = np.linalg.qr(rng.normal(size=(*W.shape[:2], W.shape[2], W.shape[2])))[0]
    W = turn @ W + rng.normal(0, 2e-3, W.shape)
    b = derived["b"].transpose(*AXES, "feature").values
    names = [[str(structure_of(model)) for model in row] for row in W]
    return xr.Dataset(
        {
            "W": ((*AXES, "hidden", "feature"), W),
            "b": ((*AXES, "feature"), b + rng.normal(0, 2e-3, b.shape)),
            "structure": (AXES, np.array(names)),
            "success_rate": (AXES, rng.uniform(size=W.shape[:2])),
        },
        coords={name: derived[name] for name in AXES},
    )


def _robust():
    p, r = np.geomspace(0.5, 0.05, 2), np.array([0.5, 2.0])
    along = np.array([0.1, 0.3])
    thresholds = digon_thresholds([0.2]).expand_dims(case=["worst"])
    names = [*thresholds.data_vars, *thresholds.coords]
    parts = [
        robust_phase_diagram(p, r, size=ATTACK),
        xr.Dataset(
            {"border": (("size", "along"), exchange_importance(along, size=ATTACK)[None])},
            coords={"size": [ATTACK], "along": along},
        ),
        thresholds.rename({name: f"r1_{name}" for name in names}),
    ]
    return configured(xr.merge(parts).drop_attrs(), {"attack": ATTACK})


def _penalised(levels):
    p, r = np.geomspace(0.5, 0.05, 3), np.array([0.3, 1.5])
    found = [l1_phase_diagram(p, r, l1=level).drop_attrs() for level in levels]
    return xr.concat(found, xr.DataArray(list(levels), dims="level", name="level"))


def _runs(derived, rng):
    """Stands for runs: two of each optimum."""
    W, b = (xr.concat([derived[name]] * 2, "restart") for name in ("W", "b"))
    noise = (value + rng.normal(0, 2e-3, value.shape) for value in (W, b))
    return xr.Dataset(dict(zip(("W_runs", "b_runs"), noise, strict=True)))


def _circuit():
    net = naive_net(2, 4, density=1.0)
    return xr.Dataset(
        {"W1": (("hidden", "feature"), net.W1), "W2": (("feature", "hidden"), net.W2)}
    )


def _trained_circuits(circuit, rng):
    runs = {"density": [0.5, 0.1], "start": ["random"], "instance": [0, 1, 2]}
    shape = tuple(map(len, runs.values()))

    def noisy(values, *last):
        return (*runs, *last), values + rng.normal(0, 3e-3, (*shape, *values.shape))

    return xr.Dataset(
        {
            "W1": noisy(circuit["W1"].values, "hidden", "feature"),
            "W2": noisy(circuit["W2"].values, "feature", "hidden"),
            "b": noisy(np.zeros(circuit.sizes["feature"]), "feature"),
        },
        coords=runs,
    )


def _superposed():
    n, m, falloff, densities = 6, 4, 0.8, [1.0, 0.1]
    importance = falloff ** np.arange(n)
    naive = np.array([naive_loss(n, m, density=p, importance=importance) for p in densities])
    names = {"naive": naive, "loss": 0.8 * naive, "held_out": 0.81 * naive}
    errors = dict.fromkeys(("error", "held_error"), 0.01 * naive)
    data = {name: ("density", values) for name, values in (names | errors).items()}
    found = xr.Dataset({**data, "onset": arm_onset(falloff)}, {"density": densities})
    return configured(found, {"runs": {"n_features": n, "n_hidden": m, "falloff": falloff}})


@pytest.fixture(scope="session")
def data(load):
    """What each tab shows, by its key."""
    return {each.key: build.data_of(each, TINY, load) for each in build.TABS}


@pytest.fixture(scope="session")
def page_text(load, data):
    """The page itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "data_of", lambda tab, *_: data[tab.key])
        return build.page(TINY, load, "tiny")


@pytest.fixture(scope="session")
def page_file(page_text, tmp_path_factory):
    """Where the page lies."""
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    path.write_text(page_text, encoding="utf-8")
    return path
