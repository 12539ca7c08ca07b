"""The linear model: scores before, and after A the way back to W and X."""

import math
from dataclasses import dataclass
from operator import mul
from typing import Any

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.explain._axes import Names, classes_of, examples_of, features_of
from taut.explain._axis import Axis
from taut.explain._score_steps import score_steps
from taut.explain._scores import Scores
from taut.explain._step import Step, checked, given
from taut.losses import Loss


@dataclass(frozen=True, eq=False)
class LinearProblem:
    """A linear classifier at one point, in float64.

    Parameters
    ----------
    W : ndarray of shape (d, k)
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
        Class codes.
    weights : ndarray of shape (n,), or None
        s_i; None for one each.
    loss : Loss
    l2 : float
    bias_row : int or None
        The row of W that l2 leaves out.
    """

    W: FloatArray
    X: FloatArray
    y: IntArray
    weights: FloatArray | None
    loss: Loss
    l2: float
    bias_row: int | None

    @property
    def penalised(self) -> FloatArray:
        """W with zeros in the row where l2 does not act."""
        W = self.W.copy()
        if self.bias_row is not None:
            W[self.bias_row] = 0.0
        return W

    @property
    def total(self) -> float:
        """S = Σ s_i, N without weights."""
        return float(len(self.y)) if self.weights is None else float(self.weights.sum())

    def axes(self, features: Names, classes: Names, examples: Names) -> tuple[Axis, Axis, Axis]:
        """Examples, features and classes."""
        A = self.loss.rows(self.X @ self.W, self.y)[1]
        return (
            examples_of(self.y, classes, examples),
            features_of(self.X.T @ weighted(A, self.weights), features, "dW"),
            classes_of(A, self.y, classes),
        )

    def steps(self, axes: tuple[Axis, Axis, Axis]) -> list[Step]:
        """From X and W to the loss, dW and dX."""
        rows, columns, classes = axes
        scores = _scores(self, axes)
        middle = score_steps(Scores(scores.array, self.y, self.loss, rows, classes))
        found = {step.name: step.array for step in middle}
        return [
            given("X", "Examples", "One example a row.", self.X, (rows, columns)),
            given("W", "Weights", "One column of weights for each class.", self.W, (columns, classes)),
            scores,
            *middle,
            *value_steps(self.weights, found["L"], self.l2, [("W", self.penalised)]),
            *_back(self, axes, found["A"]),
        ]

    def shapes(self) -> tuple[tuple[str, str, str], ...]:
        """Name, meaning and shape of what is computed, and of what from."""
        n, (d, k) = len(self.y), self.W.shape
        return (
            ("Loss", "mean loss of the rows + l2/2 ‖W‖²: what is differentiated", "a number"),
            ("dW", "its gradient with respect to W, so of W's shape", f"{d:,} × {k:,}"),
            ("dX", "its gradient with respect to X, so of X's shape", f"{n:,} × {d:,}"),
            ("X", "N examples in rows, D features in columns", f"{n:,} × {d:,}"),
            ("W", "D features in rows, C classes in columns", f"{d:,} × {k:,}"),
            ("y", "the class of every example, 0 to C − 1", f"{n:,}"),
            ("S, A", "scores, and the loss's derivatives by them", f"{n:,} × {k:,}"),
        )

    def live(self, axes: tuple[Axis, Axis, Axis], budget: int) -> dict[str, Any]:
        """What a page needs to compute all of it anew: the shown columns, and the scores that the others make."""
        shown = list(axes[1].page)
        rows = min(len(self.y), max(1, budget // (len(shown) + self.W.shape[1])))
        hidden = np.delete(np.arange(axes[1].size), shown)
        return {
            "kind": "linear",
            "rows": rows,
            "X": self.X[:rows, shown].tolist(),
            "W": self.W[shown].tolist(),
            "rest": (self.X[:rows][:, hidden] @ self.W[hidden]).tolist() if len(hidden) else None,
            "restSquares": float((self.penalised[hidden] ** 2).sum()),
            "biasRow": shown.index(self.bias_row) if self.bias_row in shown else None,
        }


def weighted(A: FloatArray, weights: FloatArray | None) -> FloatArray:
    """Each row of A times its sample weight."""
    return A if weights is None else weights[:, None] * A


def _scores(problem: LinearProblem, axes: tuple[Axis, Axis, Axis]) -> Step:
    W, X = problem.W, problem.X
    return checked(
        "S",
        "Scores",
        X @ W,
        (axes[0], axes[2]),
        lambda i, j: dot(X[i], W[:, j]),
        formula="S = X @ W",
        loop="S[i, j] = Σ_d X[i, d] W[d, j]",
        why="Every row of X meets every column of W: one number for each example and class.",
        terms=len(W),
        size=float((np.abs(X) @ np.abs(W)).max()),
    )


def dot(left: FloatArray, right: FloatArray) -> float:
    """Σ left right, by plain Python."""
    return math.fsum(map(mul, left.tolist(), right.tolist()))


def _back(problem: LinearProblem, axes: tuple[Axis, Axis, Axis], A: FloatArray) -> list[Step]:
    """The way back through the scores: Xᵀ A, 1/N, the regulariser, and dX."""
    rows, columns, classes = axes
    X, W, s = problem.X, problem.W, problem.weights
    sA, sa = weighted(A, s), "A" if s is None else "(s[:, None] * A)"
    G = X.T @ sA
    N, total = "N" if s is None else "S", problem.total
    mean = G / total
    R = problem.l2 * problem.penalised
    left_out = "" if problem.bias_row is None else f" Row {problem.bias_row} of W, the bias, is left out."
    return [
        checked(
            "G",
            f"Xᵀ {'A' if s is None else '(s A)'}",
            G,
            (columns, classes),
            lambda d, j: dot(X[:, d], sA[:, j]),
            formula=f"G = X.T @ {sa}",
            loop=f"G[d, j] = Σ_i X[i, d] {'' if s is None else 's[i] '}A[i, j]",
            why="S[i, j] depends on W[d, j] by X[i, d]. So column j of the gradient is a combination of X's rows: each "
            "row taken as often as A[i, j] says, added for a rival that counts, subtracted for the row's own class.",
            terms=len(X),
            size=float((np.abs(X).T @ np.abs(sA)).max()),
        ),
        checked(
            "D",
            f"1/{N}",
            mean,
            (columns, classes),
            lambda d, j: float(G[d, j]) / total,
            formula=f"D = G / {N}",
            loop=f"D[d, j] = G[d, j] / {N}",
            why=f"The loss is a mean over the rows, and so is its gradient: {N} = {total:g}.",
        ),
        checked(
            "R",
            "Regulariser",
            R,
            (columns, classes),
            lambda d, j: 0.0 if d == problem.bias_row else problem.l2 * float(W[d, j]),
            formula=f"R = l2 * W, l2 = {problem.l2:g}",
            loop="R[d, j] = l2 W[d, j]",
            why="The derivative of l2/2 ‖W‖²; the ½ is there to cancel the 2." + left_out,
        ),
        checked(
            "dW",
            "dW = dLoss/dW",
            mean + R,
            (columns, classes),
            lambda d, j: float(mean[d, j]) + float(R[d, j]),
            formula="dW = D + R",
            loop="dW[d, j] = D[d, j] + R[d, j]",
            why="The gradient, of the shape of W.",
            size=float((np.abs(mean) + np.abs(R)).max()),
        ),
        checked(
            "dX",
            "dX = dLoss/dX",
            (sA @ W.T) / total,
            (rows, columns),
            lambda i, d: dot(sA[i], W[d]) / total,
            formula=f"dX = {sa} @ W.T / {N}",
            loop=f"dX[i, d] = Σ_j {'' if s is None else 's[i] '}A[i, j] W[d, j] / {N}",
            why="The same A, met by W instead of X: how the loss changes as an example moves. The "
            "regulariser does not look at X.",
            terms=W.shape[1],
            size=float((np.abs(sA) @ np.abs(W).T).max()) / total,
        ),
    ]


def value_steps(
    weights: FloatArray | None, L: FloatArray, l2: float, penalised: list[tuple[str, FloatArray]]
) -> list[Step]:
    """The data's loss, the penalty, and their sum."""
    s = np.ones_like(L) if weights is None else weights
    total = float(s.sum())
    data = float(L @ s) / total
    squares = [value for _, W in penalised for row in (W * W).tolist() for value in row]
    penalty = 0.5 * l2 * math.fsum(float((W * W).sum()) for _, W in penalised)
    norms = " + ".join(f"({name} * {name}).sum()" for name, _ in penalised)
    mean = "L.mean()" if weights is None else "(s * L).sum() / S"
    return [
        checked(
            "data",
            "Data loss",
            data,
            (),
            lambda: dot(L, s) / total,
            formula=f"data = {mean}",
            loop="data = Σ_i L[i] / N" if weights is None else "data = Σ_i s[i] L[i] / S",
            why="The mean of the rows' losses.",
            terms=len(L),
        ),
        checked(
            "penalty",
            "Penalty",
            penalty,
            (),
            lambda: 0.5 * l2 * math.fsum(squares),
            formula=f"penalty = l2/2 * {norms if len(penalised) == 1 else f'({norms})'}",
            loop="penalty = l2/2 Σ W[d, j]²",
            why="Large weights cost; what l2 leaves out does not.",
            terms=len(squares),
        ),
        checked(
            "Loss",
            "Loss",
            data + penalty,
            (),
            lambda: data + penalty,
            formula="Loss = data + penalty",
            loop="",
            why="The number whose gradient this is.",
        ),
    ]
