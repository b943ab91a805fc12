# %% [markdown]
"""
A phase diagram of one's own
============================

Which features a model keeps, which it shares and which it leaves out depends on how sparse they
are and how much they matter.  Here is the diagram of three features in one dimension, derived,
trained, and the difference as numbers.  Change *n*, *m* and the grid to make yours.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np

import agreement
import numeric
import theory

# %% [markdown]
# Derived
# -------
#
# The first features have importance 1, the last one *r*.  At each density *p* and each *r* the
# best W and b of all are searched for on the exact loss.  No training, no sampling.

# %%
n, m = 3, 1
size = 8
densities = np.geomspace(1, 0.03, size)
importances = np.geomspace(0.2, 5, size)
derived = theory.phase_diagram(n, m, densities, importances, against="optimum")
for phase, cells in zip(*np.unique(derived.structure, return_counts=True), strict=True):
    print(f"{phase}: {cells} of {size**2} cells")

# %% [markdown]
# A structure lists the features that share a factor in brackets, the last one being that of
# importance *r*, and those left out in parentheses.
#
# Trained
# -------
#
# The same grid by Adam, a few restarts a cell, of which the best is kept.  This half of the
# package knows nothing of the other one, so that it is independent evidence.

# %%
trained = numeric.phase_diagram(
    n, m, densities, importances, seed=0, restarts=6, steps=1000, batch=256
)

# %% [markdown]
# Side by side
# ------------

# %%
phases = sorted({*derived.structure.values.flat, *trained.structure.values.flat})
figure, panels = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True, layout="constrained")
for axes, data, title in zip(panels, (derived, trained), ("derived", "trained"), strict=True):
    number = np.vectorize(phases.index)(data.structure.transpose("importance", "density").values)
    axes.pcolormesh(
        densities, importances, number, cmap="cividis", vmin=0, vmax=max(len(phases) - 1, 1)
    )
    axes.set(xscale="log", yscale="log", xlabel="density p", title=title)
    axes.invert_xaxis()
panels[0].set_ylabel("importance r of the last feature")
colours = plt.get_cmap("cividis")(np.linspace(0, 1, len(phases)))
marks = [plt.Rectangle((0, 0), 1, 1, color=colour) for colour in colours]
figure.legend(marks, phases, loc="outside lower center", ncols=len(phases), fontsize=8)

# %% [markdown]
# As numbers
# ----------
#
# The trained models are judged by their exact loss, not by the samples they were trained on.  None
# may lie below the optimum; how far above they lie says how good training was.

# %%
compared = agreement.compare(derived, trained)
print(f"same phase in {compared.agree.mean():.1%} of {compared.agree.size} cells")
print(f"gap to the optimum: median {np.median(compared.gap):.1e}, largest {compared.gap.max():.1e}")
assert compared.gap.min() > -1e-9
assert np.median(compared.gap) < 1e-2
assert compared.agree.mean() > 0.8
