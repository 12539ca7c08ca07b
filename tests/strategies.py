"""Seeded problems for the tests: `import strategies`.

Every generator takes a seed and gives the same problems for it. `KINDS` names the shapes of trouble that
`problems` walks through in turn.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

LOSSES = ("hinge", "squared_hinge", "crammer_singer", "softmax", "squared")
KINKED = ("hinge", "crammer_singer")
MARGINS = (0.0, 1.0, 2.5)
SIZES = (1, 2, 3, 5, 7, 11, 13)
KINDS = ("random", "grid", "near", "zero_W", "duplicates", "zero_column", "tied_rivals")


@dataclass(frozen=True)
class Problem:
    """A linear classification problem with weights at which to look: scores = X W."""

    kind: str
    W: np.ndarray  # (d, k)
    X: np.ndarray  # (n, d)
    y: np.ndarray  # (n,), int64
    margin: float
    l2: float
    weights: np.ndarray | None  # (n,), not all zero
    bias_row: int | None

    @property
    def n(self) -> int:
        return self.X.shape[0]

    @property
    def d(self) -> int:
        return self.X.shape[1]

    @property
    def k(self) -> int:
        return self.W.shape[1]

    @property
    def exact(self) -> bool:
        """Whether all of X, W and the scores are small integers, so that ties are exact in any float type."""
        return self.kind in ("grid", "zero_W", "tied_rivals")

    @property
    def options(self) -> dict:
        """The keywords of taut's loss_and_gradient."""
        return {
            "margin": self.margin,
            "l2": self.l2,
            "sample_weight": self.weights,
            "bias_row": self.bias_row,
        }

    def cast(self, dtype) -> "Problem":
        return replace(self, W=self.W.astype(dtype), X=self.X.astype(dtype))


def problem(rng: np.random.Generator, kind: str) -> Problem:
    """One problem of a kind; sizes, margin, weights, penalty and bias row are drawn."""
    n, d, k = int(rng.choice(SIZES)), int(rng.integers(1, 6)), int(rng.integers(2, 8))
    X, W = rng.normal(size=(n, d)), rng.normal(size=(d, k))
    margin = float(rng.choice(MARGINS))
    if kind in ("grid", "near", "zero_W", "tied_rivals"):
        X = rng.integers(-2, 3, size=(n, d)).astype(float)
        W = rng.integers(-2, 3, size=(d, k)).astype(float)
    if kind == "near":  # within 1e-9 of a tie, on both sides
        X = X + 1e-9 * rng.normal(size=X.shape)
    elif kind == "zero_W":
        W = np.zeros_like(W)
    elif kind == "duplicates":
        X = X[rng.integers(0, max(1, n // 2), size=n)]
    elif kind == "zero_column":
        X[:, rng.integers(0, d)] = 0.0
    elif kind == "tied_rivals":  # two columns of W are the same, so two classes always tie
        pair = rng.choice(k, size=2, replace=False)
        W[:, pair[1]] = W[:, pair[0]]
    weights = None
    choice = rng.integers(0, 3)
    if choice == 1:
        weights = rng.integers(0, 4, size=n).astype(float)
        weights[rng.integers(0, n)] = 1.0
    elif choice == 2:
        weights = rng.uniform(0.1, 3.0, size=n)
    bias_row = None
    if rng.integers(0, 2):
        bias_row = int(rng.integers(0, d))
        X[:, bias_row] = 1.0
    l2 = float(rng.choice([0.0, 0.5, 0.03125, 2.0]))
    return Problem(kind, W, X, rng.integers(0, k, size=n), margin, l2, weights, bias_row)


def problems(seed: int, count: int, kinds: tuple[str, ...] = KINDS) -> Iterator[Problem]:
    """``count`` problems that walk through the kinds in turn."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        yield problem(rng, kinds[i % len(kinds)])


@dataclass(frozen=True)
class Task:
    """A small problem to be fitted."""

    X: np.ndarray
    y: np.ndarray
    k: int
    margin: float
    l2: float
    weights: np.ndarray | None
    intercept: bool

    @property
    def n(self) -> int:
        return self.X.shape[0]

    @property
    def d(self) -> int:
        return self.X.shape[1]


def task(rng: np.random.Generator, *, kind: str = "random", intercept: bool | None = None) -> Task:
    """A problem of a few rows: random points, an integer grid, repeated rows, or fewer rows than columns.

    Every class has a row, except for the kind "missing_class".
    """
    k = int(rng.integers(2, 5))
    n, d = int(rng.integers(k + 2, 12)), int(rng.integers(1, 4))
    if kind == "wide":
        n, d = k + 1, int(rng.integers(k + 2, k + 5))
    X = rng.normal(size=(n, d))
    if kind == "grid":
        X = rng.integers(-1, 2, size=(n, d)).astype(float)
    if kind == "duplicates":
        X = X[rng.integers(0, n // 2, size=n)]
    y = rng.permutation(np.concatenate([np.arange(k), rng.integers(0, k, size=n - k)]))
    if kind == "missing_class":
        y = y % (k - 1)
    weights = None
    if rng.integers(0, 2):
        weights = rng.integers(1, 4, size=n).astype(float)
        if kind != "missing_class":
            # a zero weight only where its class has another row
            spare = [i for i in range(n) if np.sum(y == y[i]) > 1]
            if spare:
                weights[rng.choice(spare)] = 0.0
    free = bool(rng.integers(0, 2)) if intercept is None else intercept
    return Task(X, y, k, float(rng.choice([0.5, 1.0, 2.5])), float(rng.choice([0.01, 0.1, 1.0])), weights, free)


def tasks(seed: int, count: int, **options) -> Iterator[Task]:
    """``count`` tasks, walking through random, grid, duplicated and wide ones."""
    rng = np.random.default_rng(seed)
    kinds = ("random", "grid", "duplicates", "wide")
    for i in range(count):
        yield task(rng, kind=kinds[i % len(kinds)], **options)


def clusters(seed: int, n: int, d: int, k: int, *, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping clouds, one a class: X (n, d) and y (n,)."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) % k)
    return rng.normal(size=(k, d))[y] + spread * rng.normal(size=(n, d)), y
