"""Training large models on the arrays of another library, such as PyTorch's on a GPU.

The engine runs the reference loop of `numeric.training.array_loop` on all instances at once, and
leaves everything else (protocol, history, plateau rule, held-out loss) to `numeric.train`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from array_api_compat import device as device_of
from array_api_compat import is_torch_array

from ground.checks import check_choice, check_kind
from numeric.kernels.worlds import Worlds
from numeric.namespaces import NAMESPACES, PRECISIONS, in_namespace, to_numpy
from numeric.training.array_loop import array_loop
from numeric.training.engines import Run
from numeric.training.task import Task, is_fused
from numeric.training.threads import in_parallel

__all__ = ["Arrays", "ArraysRun"]

DRAWS = ("host", "device")
DRAWING = ("torch", "cupy")  # libraries that draw where they compute


@dataclass(frozen=True)
class Arrays:
    """Where the large-model path computes: ``numeric.train(..., engine=Arrays("torch", "cuda"))``.

    Parameters
    ----------
    namespace : {"numpy", "torch", "cupy", "array_api_strict"}
    device : str, optional
        As the library names it; its default where None.
    precision : {"float32", "float64"}
    draws : {"host", "device"}
        "host": the samples of the other engines, drawn by the CPU and copied: results agree with
        them to rounding. "device": drawn where they are used, much faster on a GPU; then an
        instance's samples depend on how many train together.

    Examples
    --------
    >>> Arrays("numpy", precision="float64").configuration()["draws"]
    'host'
    """

    namespace: str = "numpy"
    device: str | None = None
    precision: str = "float32"
    draws: str = "host"

    def __post_init__(self) -> None:
        for name, known in (
            ("namespace", NAMESPACES),
            ("precision", PRECISIONS),
            ("draws", DRAWS),
        ):
            check_choice(name, getattr(self, name), known)
        if self.device is not None:
            check_kind("device", self.device, str, "a name such as 'cpu' or 'cuda:0', or None")
        if self.draws == "device" and self.namespace not in DRAWING:
            raise ValueError(f"draws must be 'host' for namespace {self.namespace!r}, got 'device'")

    def configuration(self) -> dict[str, Any]:
        """Everything that defines the engine, as a dictionary that JSON can hold."""
        return asdict(self)

    def run(self, task: Task, worlds: Worlds, theta: np.ndarray, threads: int | None) -> ArraysRun:
        """A run on these arrays; the held-out loss is left to the fastest engine that can."""
        return ArraysRun(task, worlds, theta, is_fused(task), threads, arrays=self)


@dataclass
class ArraysRun(Run):
    """A training run whose steps are taken on other arrays."""

    arrays: Arrays = Arrays()

    def advance(self, rates: np.ndarray, chosen: np.ndarray | None = None) -> np.ndarray:
        """Take ``len(rates)`` steps with the chosen instances; mean batch loss of each."""
        chosen = np.arange(len(self.theta)) if chosen is None else chosen
        parameters = self._there(self.theta[chosen])
        total: Any = 0
        for state in array_loop(
            self.task.model,
            parameters,
            self._samples(chosen, next(iter(parameters.values()))),
            importance=self.worlds.importance[chosen],
            optimiser=self.task.optimiser,
            learning_rates=rates,
            penalty=self.task.penalty,
            feed=self.task.feed,
            taken=self.taken,
            moments=self._moments(chosen, parameters),
        ):
            total = total + state.loss
            last = state
        self.theta[chosen] = _flat(last.parameters)
        for name, store in zip(_names(last.optimiser), (self._first, self._second), strict=False):
            store[chosen] = _flat(last.optimiser[name])
        self.taken += len(rates)
        losses = np.full(len(self.theta), np.nan)
        losses[chosen] = to_numpy(total) / len(rates)
        return losses

    def _there(self, theta: np.ndarray) -> dict[str, Any]:
        """Named parameters, in the library that computes."""
        a = self.arrays
        return in_namespace(
            self.parameters(theta), a.namespace, precision=a.precision, device=a.device
        )

    def _moments(self, chosen: np.ndarray, parameters: dict[str, Any]) -> dict[str, Any]:
        """The optimiser's state, from the flat moments that the run keeps."""
        names = _names(self.task.optimiser.init(parameters))
        stores = zip(names, (self._first, self._second), strict=False)
        return {"step": self.taken} | {name: self._there(store[chosen]) for name, store in stores}

    def _samples(self, chosen: np.ndarray, like: Any) -> Callable[[int], Any]:
        """The batches of a step, (chosen, batch, n)."""
        law, batch = self.task.features, self.task.batch
        if self.arrays.draws == "host":

            def host(step: int) -> np.ndarray:
                x = np.empty((len(chosen), batch, law.n_features))

                def fill(part: np.ndarray) -> None:
                    for k in part:
                        x[k] = self.sample(chosen[k], step)

                in_parallel(fill, np.arange(len(chosen)), self.threads)
                return x

            return host
        if law.instances:
            law = law.instance(chosen)
        shape = (len(chosen), batch, law.n_uniforms)

        def there(step: int) -> Any:
            # A fresh seed a step: a run that stops and goes on draws the same.
            words = (*self.worlds.keys[chosen[0]].tolist(), step)
            seed = int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> 1)
            return law.from_uniform(_uniform(shape, seed, like))

        return there


def _uniform(shape: tuple[int, ...], seed: int, like: Any) -> Any:
    """Uniforms on [0, 1), drawn where an array is.

    In float64: at low density a value is a small part of one uniform, of which float32 would leave
    too few digits.
    """
    if is_torch_array(like):
        import torch

        device = device_of(like)
        generator = torch.Generator(device=device).manual_seed(seed)
        return torch.rand(shape, generator=generator, dtype=torch.float64, device=device)
    import cupy  # type: ignore[import-not-found]

    return cupy.random.RandomState(seed).random_sample(shape)


def _names(state: dict[str, Any]) -> list[str]:
    """Names of the optimiser's moments."""
    return [name for name in state if name != "step"]


def _flat(parameters: dict[str, Any]) -> np.ndarray:
    """(instances, parameters), float64, in the order of the names."""
    arrays = [to_numpy(a).astype(np.float64) for a in parameters.values()]
    return np.concatenate([a.reshape(len(a), -1) for a in arrays], axis=1)
