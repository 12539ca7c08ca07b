"""What a mutant is: a function in the course's signature whose value is right and whose gradient is not.

The mutants are written by hand, one short NumPy expression each, and share nothing with the checker's own table of
wrong formulas. The regulariser is reg ‖W‖², its gradient 2 reg W.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Gradient = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Mutant:
    """A wrong function and the standard names, one of which the checker should give it."""

    loss: str
    name: str
    kinds: tuple[str, ...]
    function: Callable[..., tuple[float, np.ndarray]]


@dataclass
class Family:
    """All mutants of one loss, around its right form: ``losses(S, y)`` and ``slopes(S, y)``, both by hand."""

    loss: str
    losses: Callable[[np.ndarray, np.ndarray], np.ndarray]
    slopes: Callable[[np.ndarray, np.ndarray], np.ndarray]
    mutants: list[Mutant] = field(default_factory=list)

    def value(self, W, X, y, reg):
        return self.losses(X @ W, y).mean() + reg * np.sum(W * W)

    def right(self, W, X, y, reg):
        return self.value(W, X, y, reg), X.T @ self.slopes(X @ W, y) / len(y) + 2 * reg * W

    def gradient(self, *kinds: str, name: str = "") -> Callable[[Gradient], Gradient]:
        """Register a whole wrong gradient, a function of (W, X, y, reg)."""

        def register(wrong: Gradient) -> Gradient:
            def function(W, X, y, reg):
                return self.value(W, X, y, reg), wrong(W, X, y, reg)

            self.mutants.append(Mutant(self.loss, name or wrong.__name__.replace("_", " "), kinds, function))
            return wrong

        return register

    def scores(self, *kinds: str, name: str = "") -> Callable[[Gradient], Gradient]:
        """Register wrong derivatives by the scores, a function of (S, y); the rest of the gradient is right."""

        def register(wrong: Gradient) -> Gradient:
            def gradient(W, X, y, reg):
                return X.T @ wrong(X @ W, y) / len(y) + 2 * reg * W

            self.gradient(*kinds, name=name or wrong.__name__.replace("_", " "))(gradient)
            return wrong

        return register

    def common(self, *, without: tuple[str, ...] = ()) -> None:
        """Register the mutants that any loss can have, but those of the names given."""
        for name, kinds, wrong in COMMON:
            if name in without:
                continue

            def gradient(W, X, y, reg, wrong=wrong):
                return wrong(self.slopes(X @ W, y), W, X, y, reg)

            self.gradient(*kinds, name=name)(gradient)


def _zero_column(A, W, X, y, reg, c=-1, keep=0.0):
    g = X.T @ A / len(y) + 2 * reg * W
    g[:, c] = keep * W[:, c]
    return g


def _zero_row(A, W, X, y, reg):
    g = X.T @ A / len(y) + 2 * reg * W
    g[-1] = 0
    return g


def _no_bias_penalty(A, W, X, y, reg):
    g = X.T @ A / len(y)
    g[:-1] += 2 * reg * W[:-1]
    return g


def _data_only_column(A, W, X, y, reg):
    g = X.T @ A / len(y)
    g[:, -1] = 0
    return g + 2 * reg * W


def _bias_data_missing(A, W, X, y, reg):
    g = X.T @ A / len(y)
    g[-1] = 0
    return g + 2 * reg * W


def _one_entry(A, W, X, y, reg, factor=1.01):
    g = X.T @ A / len(y) + 2 * reg * W
    g[2, 1] *= factor
    return g


def _loop_assigns(A, W, X, y, reg):
    for i in range(len(y)):
        g = np.outer(X[i], A[i])
    return g / len(y) + 2 * reg * W


def _returns_inside(A, W, X, y, reg):
    return np.outer(X[0], A[0]) / len(y) + 2 * reg * W


def _integer_buffer(A, W, X, y, reg):
    g = np.zeros(W.shape, dtype=int)
    g += (X.T @ A / len(y) + 2 * reg * W).astype(int)
    return g.astype(float)


COMMON = [
    ("no 1/N", ("missing 1/N",), lambda A, W, X, y, reg: X.T @ A + 2 * reg * W),
    ("1/(N-1)", ("divided by N-1",), lambda A, W, X, y, reg: X.T @ A / (len(y) - 1) + 2 * reg * W),
    ("1/(N*C)", ("divided by N*C",), lambda A, W, X, y, reg: X.T @ A / A.size + 2 * reg * W),
    ("1/D", ("divided by D",), lambda A, W, X, y, reg: X.T @ A / X.shape[1] + 2 * reg * W),
    ("1/C", ("divided by C",), lambda A, W, X, y, reg: X.T @ A / W.shape[1] + 2 * reg * W),
    ("1/N twice", ("divided by N twice",), lambda A, W, X, y, reg: X.T @ A / len(y) ** 2 + 2 * reg * W),
    ("accumulated twice", ("accumulated twice",), lambda A, W, X, y, reg: 2 * X.T @ A / len(y) + 4 * reg * W),
    ("data twice", ("data part doubled",), lambda A, W, X, y, reg: 2 * X.T @ A / len(y) + 2 * reg * W),
    ("no reg", ("regulariser missing",), lambda A, W, X, y, reg: X.T @ A / len(y)),
    ("reg*W", ("regulariser half",), lambda A, W, X, y, reg: X.T @ A / len(y) + reg * W),
    ("4*reg*W", ("regulariser doubled",), lambda A, W, X, y, reg: X.T @ A / len(y) + 4 * reg * W),
    ("reg sign", ("regulariser sign",), lambda A, W, X, y, reg: X.T @ A / len(y) - 2 * reg * W),
    ("reg also /N", ("regulariser divided by N",), lambda A, W, X, y, reg: (X.T @ A + 2 * reg * W) / len(y)),
    (
        "reg for each sample",
        ("regulariser times N",),
        lambda A, W, X, y, reg: sum(np.outer(x, a) / len(y) + 2 * reg * W for x, a in zip(X, A, strict=True)),
    ),
    ("reg*sum(W)", ("regulariser reg*sum(W)",), lambda A, W, X, y, reg: X.T @ A / len(y) + 2 * reg * np.sum(W)),
    ("reg*sum(W*W)", ("regulariser reg*sum(W*W)",), lambda A, W, X, y, reg: X.T @ A / len(y) + reg * np.sum(W * W)),
    ("reg*sum(X*X)", ("regulariser reg*sum(X*X)",), lambda A, W, X, y, reg: X.T @ A / len(y) + 2 * reg * np.sum(X * X)),
    ("reg*W*W", ("regulariser reg*W*W",), lambda A, W, X, y, reg: X.T @ A / len(y) + 2 * reg * W * W),
    ("reg*sign(W)", ("regulariser reg*sign(W)",), lambda A, W, X, y, reg: X.T @ A / len(y) + reg * np.sign(W)),
    ("no factor reg", ("regulariser without reg",), lambda A, W, X, y, reg: X.T @ A / len(y) + 2 * W),
    ("whole sign", ("whole sign",), lambda A, W, X, y, reg: -X.T @ A / len(y) - 2 * reg * W),
    ("data sign", ("data sign",), lambda A, W, X, y, reg: -X.T @ A / len(y) + 2 * reg * W),
    ("last column zero", ("one column zero",), _zero_column),
    ("second column zero", ("one column zero",), lambda *a: _zero_column(*a, c=1)),
    ("last column's data missing", ("one column's data missing",), _data_only_column),
    ("bias row zero", ("one row zero",), _zero_row),
    ("bias row's data missing", ("one row's data missing",), _bias_data_missing),
    ("bias row unregularised", ("bias row unregularised", "one row's regulariser missing"), _no_bias_penalty),
    (
        "last sample skipped",
        ("last sample skipped",),
        lambda A, W, X, y, reg: X[:-1].T @ A[:-1] / len(y) + 2 * reg * W,
    ),
    (
        "first sample skipped",
        ("first sample skipped",),
        lambda A, W, X, y, reg: sum(np.outer(X[i], A[i]) for i in range(1, len(y))) / len(y) + 2 * reg * W,
    ),
    ("= for +=", ("only the last sample",), _loop_assigns),
    ("return in the loop", ("only the first sample",), _returns_inside),
    (
        "transposed and reshaped",
        ("transposed",),
        lambda A, W, X, y, reg: (A.T @ X / len(y) + 2 * reg * W.T).reshape(W.shape),
    ),
    ("classes reversed", ("classes reversed",), lambda A, W, X, y, reg: X.T @ A[:, ::-1] / len(y) + 2 * reg * W),
    ("one coordinate + 1 %", ("one coordinate",), _one_entry),
    ("one coordinate's sign", ("one coordinate",), lambda *a: _one_entry(*a, factor=-1.0)),
    ("integer buffer", ("integer truncation",), _integer_buffer),
]
