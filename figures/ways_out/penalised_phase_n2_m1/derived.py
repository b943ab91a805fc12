"""The diagrams as theory has them, thresholds in closed form, and lines beside them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.ways_out.penalised_phase_n2_m1.plan import Plan
from theory.data_law import feature_variance
from theory.loss.floats import loss_and_gradient
from theory.loss.problem import as_problem
from theory.minima.descent import descend
from theory.polytopes.coordinates import polygon_vertices
from theory.ways_out.l1_border import l1_border_importance, l1_triple_importance
from theory.ways_out.l1_diagram import l1_phase_diagram
from theory.ways_out.l1_exchange import l1_pair_exchange
from theory.ways_out.l1_pair import l1_lone_death, l1_pair_death, lone_weight
from theory.ways_out.l1_response import l1_response, turned
from theory.ways_out.orthants import descend_in_orthants
from theory.ways_out.penalty import Penalty, hidden_l1

HALF = 0.5  # importance at which negative interference is followed
OF_DECAY = np.linspace(0.0, 1.2, 25)  # penalty over the largest that a lone feature survives
LITTLE = (1e-3, 3e-3, 1e-2, 3e-2)  # λ of the pentagon's response


def derive(plan: Plan) -> xr.Dataset:
    """Compute diagrams, borders, thresholds, and the lines of the other panels."""
    levels = list(plan.levels)
    diagrams = [
        l1_phase_diagram(plan.densities, plan.importances, l1=level).drop_attrs()
        for level in tqdm(levels, desc="penalised optimum", unit="diagram")
    ]
    axis = xr.DataArray(levels, dims="level")
    parts = [xr.concat(diagrams, axis).assign_coords(level=levels)]
    parts += [_borders(plan), _thresholds(plan), _dense(plan), _lone(), _pentagon(plan)]
    return xr.merge(parts, compat="equals", join="exact")


def _borders(plan: Plan) -> xr.Dataset:
    line, levels = np.geomspace(0.01, 0.47, plan.line), list(plan.levels)
    sides = ("below", "above")
    found = [
        [l1_border_importance(line, l1=level, side=side) for side in sides] for level in levels
    ]
    return xr.Dataset(
        {"border": (("level", "side", "line"), np.array(found))},
        coords={"level": levels, "side": list(sides), "line": line},
    )


def _thresholds(plan: Plan) -> xr.Dataset:
    p = np.array(plan.densities_of_table)
    pairs = [l1_pair_exchange(p, importance=ratio) for ratio in plan.ratios]
    lone, even = l1_lone_death(p), l1_pair_death(p)
    return xr.Dataset(
        {
            "pair_threshold": (("ratio", "along"), np.array([x.threshold for x in pairs])),
            "pair_spinodal": (("ratio", "along"), np.array([x.spinodal for x in pairs])),
            "pair_becomes": (("ratio", "along"), np.array([x.becomes for x in pairs])),
            "even_threshold": ("along", even.threshold),
            "lone_threshold": ("along", lone.threshold),
            "lone_spinodal": ("along", lone.spinodal),
            "triple": ("along", l1_triple_importance(p)),
        },
        coords={"ratio": list(plan.ratios), "along": p},
    )


def _dense(plan: Plan) -> xr.Dataset:
    """The second weight at r = ½ by λ, among dense features."""
    levels = np.linspace(0.0, 0.25, plan.points)
    found = [
        l1_phase_diagram(plan.dense, [HALF], l1=level).W.values[:, 0, 0, 1] for level in levels
    ]
    return xr.Dataset(
        {"second": (("dense", "l1"), np.array(found).T)},
        coords={"dense": list(plan.dense), "l1": levels},
    )


def _lone(density: float = 0.1) -> xr.Dataset:
    """A lone feature's weight under L1, best and metastable, and under decay, by descents too."""
    threshold = float(l1_lone_death([density]).threshold[0])
    metastable = lone_weight(density, OF_DECAY * np.sqrt(2.0) * threshold)
    variance = feature_variance(density)
    decay = np.sqrt(np.maximum(1.0 - OF_DECAY, 0.0))
    checked = [
        abs(
            descend_in_orthants(
                as_problem([[0.9]], [0.0], density, None), Penalty(decay=float(x) * 2.0 * variance)
            ).W[0, 0]
        )
        for x in OF_DECAY
    ]
    return xr.Dataset(
        {
            "lone_weight": ("share", np.nan_to_num(metastable)),
            "decay_weight": ("share", decay),
            "decay_descended": ("share", np.array(checked)),
        },
        coords={"share": OF_DECAY},
    )


def _pentagon(plan: Plan) -> xr.Dataset:
    """E‖h‖₁ of the best pentagon by its turn, and how it gives way to a little λ."""
    regular = as_problem(
        1.1 * polygon_vertices(5)[None], np.full((1, 5), -0.2), plan.pentagon, None
    )
    best = descend(regular)
    b, least = best.b[0], float(best.loss[0])
    answer = l1_response(best.W[0], b, density=plan.pentagon)
    angles = np.linspace(0.0, np.pi / 5, 41)
    sizes = [hidden_l1(turned(answer.W, angle), density=plan.pentagon).sum() for angle in angles]
    norms, paid = [], []
    start = np.linalg.norm(answer.W, axis=0)
    for level in LITTLE:
        end = descend_in_orthants(as_problem(answer.W, b, plan.pentagon, None), Penalty(level))
        norms.append(np.linalg.norm(end.W, axis=0))
        paid.append(float(loss_and_gradient(end.W, end.b, density=plan.pentagon)[0]) - least)
    slopes = (answer.W * answer.dW).sum(0) / start
    return xr.Dataset(
        {
            "turned_size": ("angle", np.array(sizes)),
            "pentagon_norm": (("little", "corner"), np.array(norms)),
            "pentagon_start": ("corner", start),
            "pentagon_slope": ("corner", slopes),
            "pentagon_paid": ("little", np.array(paid)),
            "pentagon_paid_slope": ((), answer.paid),
            "pentagon_loss": ((), least),
            "pentagon_pinned": ((), answer.pinned),
        },
        coords={"angle": np.degrees(angles), "little": list(LITTLE), "corner": range(1, 6)},
    )
