"""One-hot data, six features in two dimensions: runs settling on the levels of the k-gons."""

from __future__ import annotations

from typing import Any

from figures.kit.profile import Profile
from numeric.training.initialise import Gaussian, XavierNormal

NAME = "kgon_levels"


N_FEATURES = 6  # beyond, minima that are no k-gon appear between the levels


STEPS = {"paper": 5000, "quick": 2500}


RUNS = {"paper": 100, "quick": 20}


STARTS = {"Xavier": XavierNormal(), "small": Gaussian(0.01)}


SNAPSHOTS = 60


def configuration(profile: Profile) -> dict[str, Any]:
    """What the runs must have been made with."""
    return {
        "figure": NAME,
        "n_features": N_FEATURES,
        "n_hidden": 2,
        "steps": STEPS[profile.name],
        "runs": RUNS[profile.name],
        "starts": list(STARTS),
        "batch": 256,
        "learning_rate": 5e-3,
        "seed": 2310,
    }
