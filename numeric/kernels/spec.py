"""What the kernels know of a task besides arrays: model, law and optimiser in numbers."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

__all__ = ["ADAM", "FIXED", "SGD_MOMENTUM", "Spec", "TargetCode"]

ADAM, SGD_MOMENTUM, FIXED = 0, 1, 2


class TargetCode(IntEnum):
    """The targets that the kernels know, by the names of `numeric.models.targets`."""

    IDENTITY = 0
    ABSOLUTE = 1
    RELU = 2


class Spec(NamedTuple):
    """What the kernels need to know besides arrays; the same for all instances of a run."""

    n: int
    m: int
    low: np.float32
    span: np.float32
    batch: int
    block: int  # samples drawn together
    l1: float  # λ of λ·mean Σ|h|
    tied: bool = True  # decoder is the encoder's transpose
    hidden_relu: bool = False
    output_relu: bool = True
    target: int = 0  # of `TargetCode`
    bias: bool = True
    law: int = 0  # of `Law`
    n_active: int = 1
    optimiser: int = ADAM
    beta1: float = 0.0  # of SGD: the momentum
    beta2: float = 0.0
    epsilon: float = 0.0
    decay: float = 0.0  # of AdamW, decoupled
    weight_decay: float = 0.0  # λ of λ·‖W‖², in the objective
    interference: float = 0.0  # λ of λ·Σ_{i≠j}(W_i·W_j)²
