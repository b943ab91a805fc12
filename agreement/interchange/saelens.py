"""Our models as the synthetic data of SAELens, whose own directions are random.

Its `FeatureDictionary` gets the columns of W, with their lengths; its `ActivationGenerator` draws
our law: the one hook that it has, a function that may change activations, replaces them by a
sample of any law of numeric, made from torch's own random numbers.  Written against sae-lens 6.54
and tested against the real package.
"""

from __future__ import annotations

from typing import Any

from agreement.description.arrays import plain
from ground.checks import as_model, check_kind
from numeric.features.law import Features

__all__ = ["saelens_model"]


def saelens_model(W: Any, law: Features, *, device: str = "cpu") -> Any:
    """A SAELens SyntheticModel with the directions of W and samples of a law.

    Parameters
    ----------
    W : array_like (m, n)
        Weights of one model, one column a feature.
    law : law of numeric
        Of n features that are never negative, one world.
    device : str
        As torch names it.

    Returns
    -------
    sae_lens.synthetic.SyntheticModel
        ``feature_dict.feature_vectors`` is Wᵀ, (n, m), in single precision;
        ``activation_generator.sample(batch)`` draws the law from torch's generator, so that
        ``torch.manual_seed`` makes it repeatable.  Saved and loaded by SAELens it keeps directions
        and firing probabilities, and draws every active feature at the mean of its values: SAELens
        does not save functions.

    Raises
    ------
    ValueError
        Several models, a law of other features, of several worlds, or with negative values, which
        SAELens cuts off; sae-lens not installed.
    TypeError
        Something that is no law.

    Examples
    --------
    >>> from numeric.features.independent import OneHot
    >>> model = saelens_model([[1.0, -1.0]], OneHot(2))  # doctest: +SKIP
    >>> model.sample(512).shape  # doctest: +SKIP
    torch.Size([512, 1])
    """
    weights, _ = as_model(plain("W", W))
    if weights.ndim != 2:
        raise ValueError(f"W must be one model (n_hidden, n_features), got {weights.shape}")
    m, n = weights.shape
    check_kind("law", law, Features, "a law of numeric, such as IndependentFeatures(0.1)")
    if law.n_features != n:
        raise ValueError(f"law must be of {n} features, as W is, got one of {law.n_features}")
    if law.instances:
        raise ValueError(f"law must be that of one model, got instances {law.instances}")
    if law.low < 0:
        raise ValueError(f"law must have no negative values, which SAELens cuts off, got {law.low}")
    if not isinstance(device, str):
        raise TypeError(f"device must be text, got {device!r}")
    try:
        from sae_lens import synthetic  # first: it needs torch, which takes seconds to load
    except ImportError as error:
        raise ValueError(
            "law can be given to SAELens where sae-lens is installed: pip install sae-lens"
        ) from error

    import torch

    def drawn(activations: Any) -> Any:
        """A sample of the law in place of what SAELens drew."""
        uniform = torch.rand(
            len(activations), law.n_uniforms, device=activations.device, dtype=torch.float64
        )
        return law.from_uniform(uniform).to(activations.dtype)

    def given(dictionary: Any) -> None:
        vectors = torch.tensor(weights.T.copy(), dtype=torch.float32, device=device)
        dictionary.feature_vectors.data = vectors

    probabilities = torch.tensor(law.density.copy(), dtype=torch.float32)
    mean = float(law.low + law.high) / 2
    configuration = synthetic.SyntheticModelConfig(
        num_features=n,
        hidden_dim=m,
        firing_probability=synthetic.ConstantFiringProbabilityConfig(float(law.density.mean())),
        mean_firing_magnitudes=mean,
        bias=False,
    )
    return synthetic.SyntheticModel(
        configuration,
        feature_dict=synthetic.FeatureDictionary(n, m, initializer=given, device=device),
        activation_generator=synthetic.ActivationGenerator(
            n,
            probabilities,
            mean_firing_magnitudes=mean,
            modify_activations=drawn,
            device=device,
        ),
        device=device,
    )
