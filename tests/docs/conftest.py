"""Problems to check formulas on, small and without symmetries."""

from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture
def case():
    """X (9, 4), y (9,), W (4, 5), Δ and l2; every class occurs, some margins are violated and some are not."""
    rng = np.random.default_rng(2)
    X, W = rng.standard_normal((9, 4)), 0.7 * rng.standard_normal((4, 5))
    y = np.array([0, 1, 2, 3, 4, 0, 2, 2, 1])
    N, C = 9, 5
    return SimpleNamespace(X=X, y=y, W=W, N=N, D=4, C=C, delta=0.8, l2=0.3, S=X @ W, Y=np.eye(C)[y], ar=np.arange(N))


@pytest.fixture
def sets():
    """X (7, 4), W (4, 5), label sets Y (7, 5) of every size that has a pair, l2 and Δ."""
    rng = np.random.default_rng(5)
    X, W = rng.standard_normal((7, 4)), 0.7 * rng.standard_normal((4, 5))
    Y = np.arange(5) < np.array([1, 2, 3, 4, 1, 2, 3])[:, None]
    return SimpleNamespace(X=X, W=W, Y=rng.permuted(Y, axis=1), S=X @ W, K=5, l2=0.3, delta=0.8)
