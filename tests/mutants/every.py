"""All families, and seeded problems for them."""

from dataclasses import dataclass

import numpy as np

from mutants import binary, crammer_singer, hinge, softmax, squared, squared_hinge

FAMILIES = {
    module.FAMILY.loss: module.FAMILY for module in (hinge, squared_hinge, crammer_singer, softmax, squared, binary)
}
POINTS = 3


@dataclass(frozen=True)
class Problem:
    """Data, three points, and whether they lie on exact kinks."""

    X: np.ndarray
    y: np.ndarray
    reg: float
    points: tuple[np.ndarray, ...]
    on_kinks: bool


def problem(seed: int, dtype=np.float64) -> Problem:
    """N = 20, D = 6, C = 4, reg = 0.1; odd seeds give integer grids, on which many margins are exactly zero."""
    rng = np.random.default_rng(seed)
    n, d, k = 20, 6, 4
    on_kinks = seed % 2 == 1
    y = rng.integers(k, size=n)
    if on_kinks:
        X = rng.integers(-2, 3, (n, d))
        points = [rng.integers(-2, 3, (d, k)) * 0.5 for _ in range(POINTS)]
    else:
        X = rng.standard_normal((n, d))
        points = [0.5 * rng.standard_normal((d, k)) for _ in range(POINTS)]
    return Problem(X.astype(dtype), y, 0.1, tuple(W.astype(dtype) for W in points), on_kinks)
