# %% [markdown]
"""
Is my model at its optimum?
===========================

Ten minutes from "what is superposition" to "is my trained model as good as a model can be".  We
train a toy model as the paper's notebooks do, load its weights, find out which of its instances
sit in a worse minimum, and which one that is, and push them out of it.

You need this package and PyTorch.  Everything is seeded, takes some seconds on one core, and each
sentence with a number in it is printed by the code above it.
"""

# %%
import tempfile
from itertools import permutations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import agreement
import theory

# %% [markdown]
# What superposition is
# ---------------------
#
# A model sees *n* features and has *m* < *n* hidden dimensions.  It squeezes and unfolds again,
#
# ``h = W x``, then ``x' = ReLU(Wᵀ h + b)``,
#
# and is to give back what it saw.  Each feature gets a direction, a column of W.  There is room
# for *m* directions at right angles, so either *n* − *m* features are left out, or directions
# overlap and features disturb each other: superposition.  Which of the two is better depends on
# how often features are active, the density *p*: disturbances need two active features at once.
#
# For the best model nobody needs to train.  The expected loss is a closed form, and its minima are
# computed.  Here are the best models of five features in two dimensions.

# %%
n, m = 5, 2


def draw(axes, W, title):
    """Columns of W as arrows."""
    for direction in W.T:
        axes.annotate("", direction, (0, 0), arrowprops={"arrowstyle": "->", "color": "C0"})
    axes.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal", xticks=[], yticks=[])
    axes.set_title(title, fontsize=8)


densities, represented = (0.9, 0.3, 0.1), []
figure, panels = plt.subplots(1, len(densities), figsize=(7, 3))
for axes, p in zip(panels, densities, strict=True):
    best = theory.optimum(n, m, density=p, starts=16)
    one = agreement.describe(best.W, best.b)
    represented.append(n - len(one.structure.ignored))
    draw(axes, best.W, f"p = {p}\n{one.summary}")

for p, count in zip(densities, represented, strict=True):
    print(f"p = {p}: {count} of {n} features are represented in {m} dimensions")
assert represented == sorted(represented)  # the sparser, the more
assert represented[-1] == n

# %% [markdown]
# The sparser features are, the more of them find room.  A pair of opposite directions is called a
# *digon*: its two features disturb each other little, as a ReLU cuts off what is negative.
#
# A model of your own
# -------------------
#
# The paper's notebooks train many *instances* at once, W of shape (instances, features, hidden).
# So do we.  Their loss is a mean over features, and their biases are called b_final.

# %%
import torch

density, instances = 0.15, 10
folder = Path(tempfile.mkdtemp())


class ToyModel(torch.nn.Module):
    """As in the paper's notebooks."""

    def __init__(self, instances, n_features, n_hidden):
        super().__init__()
        self.W = torch.nn.Parameter(torch.empty(instances, n_features, n_hidden))
        self.b_final = torch.nn.Parameter(torch.zeros(instances, n_features))
        torch.nn.init.xavier_normal_(self.W)

    def forward(self, x):
        hidden = torch.einsum("bif,ifh->bih", x, self.W)
        return torch.relu(torch.einsum("bih,ifh->bif", hidden, self.W) + self.b_final)


def train(model, steps, learning_rate=1e-2, batch=1024):
    """Adam on fresh batches, the rate falling along a cosine."""
    adam = torch.optim.Adam(model.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        active = torch.rand(batch, *model.b_final.shape) < density
        x = active * torch.rand(batch, *model.b_final.shape)
        loss = ((x - model(x)) ** 2).mean(dim=(0, 2)).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()


torch.manual_seed(0)
torch.set_num_threads(1)  # so few numbers are faster on one core
model = ToyModel(instances, n, m)
train(model, steps=2000)
file = folder / "toy_model.pt"
torch.save(model.state_dict(), file)

# %% [markdown]
# What is it?
# -----------
#
# From here on only the file counts.  Reading never runs code from it; that W is stored as
# (instances, features, hidden), and that b_final is the bias, is found out and said.

# %%
loaded = agreement.load_models(file)
W = np.stack([one.W for one in loaded])
b = np.stack([one.b for one in loaded])
print(f"{loaded[0].weights}: {W.shape[0]} models, (n_hidden, n_features) = {W.shape[1:]}; ", end="")
print(f"bias: {loaded[0].bias}")

found = agreement.describe_each(W, b, density=density)
print(found)

# %% [markdown]
# The same from the shell: ``superposition describe toy_model.pt --instance all --density 0.15``
#
# A description says under which law its loss is computed.  If your data follow another one, say so
# (``density``, ``importance``, ``law``).
#
# The polytopes
# -------------
#
# The same instances as arrows.  Features in one pair of brackets share a factor, features in
# parentheses are left out.

# %%
figure, panels = plt.subplots(2, instances // 2, figsize=(7, 4))
for number, (axes, one) in enumerate(zip(panels.flat, found.models, strict=True)):
    draw(axes, W[number], f"{number}: {one.structure}\n{100 * one.gap:.1f} % above")

# %% [markdown]
# Mean and sum
# ------------
#
# The notebooks take the mean over features, we the sum: our loss is *n* times theirs, at the same
# W and b.  Theirs comes from samples; ours is the expectation itself.  Both for each instance:

# %%
rng = np.random.default_rng(1)
x = rng.random((50_000, n)) * (rng.random((50_000, n)) < density)
for number, one in enumerate(found.models):
    errors = (x - np.maximum(x @ W[number].T @ W[number] + b[number], 0)) ** 2
    mean, error = errors.mean(), errors.mean(axis=1).std() / np.sqrt(len(x))
    print(f"{number}: mean {mean:.5f} ± {error:.5f}, times {n}: {n * mean:.5f}; sum {one.loss:.5f}")
    assert abs(mean - one.loss / n) < 5 * error

# %% [markdown]
# Which minimum is mine?
# ----------------------
#
# All minima of five features in two dimensions at this density, the best first; and the one whose
# basin the worst instance is in, found by a descent on the exact loss from where training ended.

# %%
best = theory.optimum(n, m, density=density)
for number, minimum in enumerate(best.minima, 1):
    above = minimum.loss / best.loss - 1
    print(f"minimum {number}: loss {minimum.loss:.5f}, {100 * above:5.1f} % above, ", end="")
    print(minimum.structure)

worst = found.worst
mine = found.models[worst]
losses = np.array([minimum.loss for minimum in best.minima])
which = int(np.argmin(np.abs(losses - mine.bottom.loss)))
print(f"\nInstance {worst} is {100 * mine.gap:.2f} % above the optimum: {mine.structure}.")
print(f"It sits in minimum {which + 1}; training on would lower its loss ", end="")
print(f"by {100 * (1 - mine.bottom.loss / mine.loss):.3f} %, and no more.")

assert abs(mine.bottom.loss / losses[which] - 1) < 1e-6
assert which > 0, "every instance found the optimum: choose another seed"
assert min(one.gap for one in found.models) < 1e-3
assert all(one.gap > -1e-9 for one in found.models)

# %% [markdown]
# More steps of the same training do not help: it is a minimum, and the gradient is zero there.
#
# Out of there
# ------------
#
# How far is the optimum, and what is in between?  A loss does not change when the hidden space is
# turned or equal features are exchanged, so of all copies of the optimum we take the nearest one,
# and walk to it on a straight line.


# %%
def nearest_copy(W, target):
    """Which exchange and turn of the target is nearest to W: the order, and the turned target."""
    copies = []
    for order in map(list, permutations(range(n))):
        left, _, right = np.linalg.svd(W @ target[:, order].T)
        turned = left @ right @ target[:, order]
        copies.append((float(np.linalg.norm(W - turned)), order, turned))
    return min(copies, key=lambda copy: copy[0])


W0, b0 = mine.bottom.W, mine.bottom.b
distance, order, W1 = nearest_copy(W0, best.W)
b1 = best.b[order]
walked = np.linspace(0, 1, 201)
path_W = W0 + walked[:, None, None] * (W1 - W0)
path_b = b0 + walked[:, None] * (b1 - b0)
path = theory.loss_and_gradient(path_W, path_b, density=density)[0]
top = int(path.argmax())
print(
    f"The nearest copy of the optimum is {distance:.3f} away, ‖W‖ being {np.linalg.norm(W0):.3f}."
)
print(f"On the way the loss rises from {path[0]:.5f} to {path[top]:.5f}, {walked[top]:.0%} of it,")
print(f"and falls to {path[-1]:.5f}.")
assert path[top] > path[0] > path[-1]

# %% [markdown]
# So there is a ridge in between.  Now the notebook again: ten instances that start at ten places
# of that way, trained as before at a smaller rate.

# %%
starts = np.linspace(0, 200, instances).astype(int)
model = ToyModel(instances, n, m)
with torch.no_grad():
    model.W.copy_(torch.tensor(path_W[starts]).swapaxes(1, 2))
    model.b_final.copy_(torch.tensor(path_b[starts]))
train(model, steps=1000, learning_rate=3e-3)
file = folder / "pushed.pt"
torch.save(model.state_dict(), file)

# %%
pushed = agreement.load_models(file)
again = agreement.describe_each(
    np.stack([one.W for one in pushed]), np.stack([one.b for one in pushed]), density=density
)
ended = np.array([one.loss for one in again.models])
figure, axes = plt.subplots(figsize=(6, 3.4))
axes.plot(walked, path, color="0.4", label="exact loss on the straight way")
axes.plot(walked[starts], ended, "o", color="C3", label="where training from there ends")
for k, number in enumerate((0, which)):
    axes.axhline(losses[number], color="0.8", zorder=0, linestyle=("-", "--")[k])
    axes.annotate(f"minimum {number + 1}", (1.01, losses[number]), fontsize=8, va="center",
                  xycoords=("axes fraction", "data"))  # fmt: skip
axes.set(xlabel="share of the way to the optimum", ylabel="loss")
axes.legend(frameon=False, fontsize=8)

arrived = ended < losses[0] * (1 + 1e-3)
first = int(np.argmax(arrived))
print(
    f"{arrived.sum()} of {instances} end at the optimum: those from {walked[starts[first]]:.0%} on."
)
print(again)
assert not arrived[0]
assert arrived[-1]

# %% [markdown]
# The first instance fell back to where it was, the last one stays at the optimum: the two minima
# are not connected by training, and how far a push has to go is what the picture shows.
#
# Cite it
# -------
#
# Each result has a label that never changes its meaning.  The closed form of the loss is D02; from
# the shell, ``superposition cite D02``.

# %%
print(theory.cite("D02"))
assert "D02" in theory.cite("D02")
