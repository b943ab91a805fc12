"""Every ending of flows in one world, and which of them a start flows to [D23]."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from theory.dynamics.basins import orders_of_equals, squared_distances
from theory.dynamics.endings import Ending, described
from theory.dynamics.many_flows import RTOL, flow_ends, polished

NEAR = 0.02  # from a stable ending: who is as near does not get away
SAME = 0.05  # distance within which two points at rest are one ending
NUDGE = 3e-3  # how far from an ending its stability is tried
ROUNDS = 4  # how often a flow that rests by a saddle is moved on
MOST_ENDINGS = 40


@dataclass(frozen=True, eq=False)
class World:
    """A law of data and an objective: what flows are flows of.

    Attributes
    ----------
    n_hidden : int
    density, importance : (n,)
    interference : float
        λ, the weight of Σ_{i≠j} (W_i·W_j)².
    rtol : float
        Error of a step of a flow, as in `flow_ends`.
    """

    n_hidden: int
    density: FloatArray
    importance: FloatArray
    interference: float = 0.0
    rtol: float = RTOL

    @property
    def shape(self) -> tuple[int, int]:
        """Hidden dimensions and features."""
        return self.n_hidden, len(self.density)

    def split(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """W and b of rows θ."""
        m, n = self.shape
        return theta[..., : m * n].reshape(*theta.shape[:-1], m, n), theta[..., m * n :]

    def ends(
        self, starts: FloatArray, targets: FloatArray | None = None
    ) -> tuple[FloatArray, NDArray[np.int64]]:
        """Ends of flows, and the targets they have reached, or −1.

        Raises
        ------
        RuntimeError
            Where a flow has neither come to rest nor reached a target.
        """
        ends, reached, settled = flow_ends(
            starts,
            self.shape,
            self.density,
            self.importance,
            interference=self.interference,
            targets=targets,
            near=NEAR,
            rtol=self.rtol,
        )
        if not settled.all():
            raise RuntimeError(
                f"{np.sum(~settled)} of {len(starts)} flows had not come to rest at density "
                f"{self.density.tolist()}, importance {self.importance.tolist()}: near a "
                "transition they are slow"
            )
        return ends, reached


@dataclass(frozen=True, eq=False)
class Fates:
    """Endings of a world, told by their place.

    Attributes
    ----------
    world : World
    endings : tuple of Ending
    targets : (E, mn + n)
    labels : (E,)
        Images of the stable endings under what leaves the loss as it is, where that is a finite
        group (one hidden dimension), and which ending each is an image of.
    """

    world: World
    endings: tuple[Ending, ...]
    targets: FloatArray
    labels: NDArray[np.int64]

    @classmethod
    def found_from(cls, world: World, starts: FloatArray) -> Fates:
        """The endings that flows from these starts come to."""
        nothing = np.zeros((0, starts.shape[1]))
        fates = cls(world, (), nothing, np.zeros(0, dtype=np.int64))
        return fates._with(world.ends(starts)[0])[0]._tried(0)

    def of(self, starts: FloatArray) -> tuple[Fates, NDArray[np.int64]]:
        """Which ending each start flows to; with endings that were not known so far."""
        ends, reached = self.world.ends(starts, self.targets)
        found = np.full(len(starts), -1)
        found[reached >= 0] = self.labels[reached[reached >= 0]]
        rest = np.flatnonzero(found < 0)
        fates, found[rest] = self._with(ends[rest])
        fates = fates._tried(len(self.endings))
        for _ in range(ROUNDS):
            # By a saddle, or a point that is stable from one side only: whoever rests there is
            # moved on in its own direction, away from the point, and may come back or not.
            unstable = np.array([not ending.stable for ending in fates.endings])
            rest = rest[unstable[found[rest]]]
            if not len(rest):
                break
            ends[rest], _ = self.world.ends(fates._moved_on(ends[rest], found[rest]))
            before, count = found[rest], len(fates.endings)
            fates, found[rest] = fates._with(ends[rest])
            fates = fates._tried(count)
            rest = rest[found[rest] != before]
        return fates, found

    def _tried(self, first: int) -> Fates:
        """With the stability of endings tried, from the first that is new."""
        fates, at = self, first
        while at < len(fates.endings):
            ending = fates.endings[at]
            point = np.concatenate([ending.W.ravel(), ending.b])
            unit = NUDGE * np.eye(len(point))
            around = np.concatenate([point + unit, point - unit])
            fates, labels = fates._with(self.world.ends(around)[0])
            back = replace(ending, stable=bool(np.all(labels == at)))
            if not (back.stable or back.dead):
                back = self._sharpened(back)
            endings = (*fates.endings[:at], back, *fates.endings[at + 1 :])
            fates = Fates(self.world, endings, self.targets, self.labels)
            at += 1
        return fates._aimed()

    def _sharpened(self, ending: Ending) -> Ending:
        """A saddle at its very place, so that who passes it is seen on the right side."""
        world = self.world
        point = polished(
            np.concatenate([ending.W.ravel(), ending.b]),
            world.shape,
            world.density,
            world.importance,
            interference=world.interference,
        )
        W, b = world.split(point)
        return replace(ending, W=np.where(ending.W == 0, 0.0, W), b=b)

    def _with(self, ends: FloatArray) -> tuple[Fates, NDArray[np.int64]]:
        """Labels of points at rest; a point that is like no known ending becomes one."""
        labels = np.full(len(ends), -1)
        endings = list(self.endings)
        described_ends = [described(*self.world.split(end), stable=True) for end in ends]
        near = self._near(ends, endings)
        for k, one in enumerate(described_ends):
            for at, known in enumerate(endings):
                # Dead ends are lines, and need only be alike.
                alike = known.name == one.name if one.dead else bool(near[at][k])
                if alike and known.dead == one.dead:
                    labels[k] = at
                    break
            else:
                labels[k] = len(endings)
                endings.append(one)
                near = [*near, self._near(ends, [one])[0]]
                if len(endings) > MOST_ENDINGS:
                    raise RuntimeError(f"more than {MOST_ENDINGS} endings of flows were found")
        return Fates(self.world, tuple(endings), self.targets, self.labels), labels

    def _near(self, ends: FloatArray, endings: list[Ending]) -> list[NDArray[np.bool_]]:
        if not endings or not len(ends):
            return [np.zeros(len(ends), dtype=np.bool_) for _ in endings]
        world = self.world
        points = [(each.W, each.b) for each in endings]
        squared = squared_distances(
            *world.split(ends), points, density=world.density, importance=world.importance
        )
        return list(squared < SAME**2)

    def _aimed(self) -> Fates:
        """With the stable endings as targets, where rotations are but a change of sign."""
        targets, labels = [], []
        if self.world.n_hidden == 1:
            orders = orders_of_equals(self.world.density, self.world.importance)
            for at, ending in enumerate(self.endings):
                if ending.stable and not ending.dead:
                    for sign in (1, -1):
                        for order in orders:
                            W, b = sign * ending.W[0, order], ending.b[order]
                            targets.append(np.concatenate([W, b]))
                            labels.append(at)
        m, n = self.world.shape
        return Fates(
            self.world,
            self.endings,
            np.array(targets).reshape(-1, m * n + n),
            np.array(labels, dtype=np.int64),
        )

    def _moved_on(self, ends: FloatArray, labels: NDArray[np.int64]) -> FloatArray:
        """Points NUDGE away from their endings, in the directions in which they are."""
        world, moved = self.world, ends.copy()
        orders = orders_of_equals(world.density, world.importance)
        for k, end in enumerate(ends):
            ending = self.endings[labels[k]]
            W, _ = world.split(end)
            images = []
            for order in orders:
                V = ending.W[:, order]
                left, _, right = np.linalg.svd(W @ V.T)
                images.append(np.concatenate([(left @ right @ V).ravel(), ending.b[order]]))
            image = min(images, key=lambda other: float(np.linalg.norm(other - end)))
            away = end - image
            size = np.linalg.norm(away)
            if 0 < size < NUDGE:
                moved[k] = image + NUDGE / size * away
        return moved
