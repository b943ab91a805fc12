"""What a model's outputs should be, given its inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from array_api_compat import array_namespace

from ground.checks import check_kind

__all__ = ["TARGETS", "Target", "as_target"]


@dataclass(frozen=True)
class Target:
    """An elementwise function of the input that the output should equal; call it on arrays.

    Attributes
    ----------
    name : str
        Names it in a configuration: two targets of the same name must be the same function.
    value : callable (array) -> array
        Written against the array API standard.

    Examples
    --------
    >>> import numpy as np
    >>> TARGETS["absolute"](np.array([-0.5, 0.25]))
    array([0.5 , 0.25])
    """

    name: str
    value: Callable[[Any], Any]

    def __post_init__(self) -> None:
        check_kind("name", self.name, str, "text")
        check_kind("value", self.value, Callable, "a function of an array")  # type: ignore[arg-type]

    def __call__(self, x: Any) -> Any:
        """What the outputs should be, of the shape of x."""
        return self.value(x)

    def __repr__(self) -> str:
        return repr(self.name)


def as_target(target: str | Target) -> Target:
    """The target of that name, or the target itself.

    Raises
    ------
    ValueError
        An unknown name; the message lists the known ones.
    """
    if isinstance(target, Target):
        return target
    if not isinstance(target, str) or target not in TARGETS:
        raise ValueError(
            f"target must be one of {', '.join(sorted(TARGETS))} or a Target, got {target!r}"
        )
    return TARGETS[target]


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("identity", lambda x: x),
        Target("absolute", lambda x: array_namespace(x).abs(x)),
        Target("relu", lambda x: array_namespace(x).where(x <= 0, 0 * x, x)),
    )
}
