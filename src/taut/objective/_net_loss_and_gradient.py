"""`taut.loss_and_gradient` of a network, whose weights come as a mapping of names to arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses import Loss
from taut.matrix import Matrix
from taut.models import TwoLayer
from taut.objective._net_risk import NetRisk
from taut.objective._promotion import promoted

NAMES = ("W1", "b1", "W2", "b2")


def net_problem(weights: Mapping[str, Any], X: Any) -> tuple[TwoLayer, FloatArray, Matrix]:
    """The model, theta and X, all in the type of the result."""
    if set(weights) != set(NAMES):
        raise ValueError(f"W as a mapping holds the arrays {', '.join(NAMES)} of a two-layer network, got {[*weights]}")
    arrays = {name: np.asarray(weights[name]) for name in NAMES}
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu" or array.ndim != (2 if name.startswith("W") else 1):
            shape = "(d, h)" if name == "W1" else "(h, k)" if name == "W2" else "(h,)" if name == "b1" else "(k,)"
            raise ValueError(f"{name} must be a real array of shape {shape}, got {array.dtype} {array.shape}")
    matrix = promoted(list(arrays.values()), X)
    (d, h), (h2, k) = arrays["W1"].shape, arrays["W2"].shape
    if matrix.shape[1] != d:
        raise ValueError(f"X has {matrix.shape[1]} columns but W1 has {d} rows: X W1 needs as many")
    if h2 != h or arrays["b1"].shape != (h,) or arrays["b2"].shape != (k,):
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"shapes must be W1 (d, h), b1 (h,), W2 (h, k), b2 (k,), got {shapes}")
    if 0 in (matrix.shape[0], d, h, k):
        raise ValueError(f"nothing to evaluate: X {matrix.shape}, W1 {(d, h)}, W2 {(h, k)}")
    theta = np.concatenate([array.ravel() for array in arrays.values()]).astype(matrix.dtype, copy=False)
    return TwoLayer(d, h, k), theta, matrix


def net_loss_and_gradient(
    problem: tuple[TwoLayer, FloatArray, Matrix],
    targets: AnyArray,
    loss: Loss,
    l2: float,
    s: FloatArray | None,
    *,
    inputs: bool,
) -> tuple[float, dict[str, FloatArray], FloatArray | None]:
    """The loss, the gradients by name, and dX if asked for."""
    model, theta, matrix = problem
    dX = np.empty(matrix.shape, dtype=matrix.dtype) if inputs else None
    value, gradient = NetRisk(matrix, targets, loss, model, l2, s).value_and_gradient(theta, input_gradient=dX)
    parts = model.views(gradient.astype(matrix.dtype, copy=False))
    return value, {name: part.copy() for name, part in zip(NAMES, parts, strict=True)}, dX
