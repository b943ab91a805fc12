"""What goes wrong with data that were read is told with the file's name."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from figures.kit.claims import ClaimError, claim
from figures.kit.folder import Folder, folder
from figures.kit.profile import Profile
from ground.results import configured, save
from theory.loss.floats import loss_and_gradient


def test_nan_in_a_cached_file_is_refused_with_its_name(tmp_path, monkeypatch):
    profile = Profile.named("quick", tmp_path)
    figure = folder("phase_n2_m1")
    data = xr.Dataset({"W": (("hidden", "feature"), [[np.nan, 1.0]])})
    path = profile.data(figure.name, "measured")
    save(configured(data, figure.plan(profile).configuration()), path)

    def draw(measured):
        loss_and_gradient(measured.W.values, density=0.1)

    def claims(measured):
        claim(False, "the moon is a cheese")

    real = Folder.part
    parts = {"figure": SimpleNamespace(draw=draw, claims=claims)}
    monkeypatch.setattr(Folder, "part", lambda self, part: parts.get(part) or real(self, part))
    with pytest.raises(ValueError, match=rf"W must be finite.*{path.name}: remove it"):
        figure.call("figure", "draw", profile)
    with pytest.raises(ClaimError, match=r"cheese$"):
        figure.call("figure", "claims", profile)
