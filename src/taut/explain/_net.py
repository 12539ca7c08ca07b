"""The two-layer network: forward through a ReLU, and the way back through it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.explain._axes import Names, classes_of, examples_of, features_of, units_of
from taut.explain._axis import Axis
from taut.explain._linear import dot, value_steps, weighted
from taut.explain._score_steps import score_steps
from taut.explain._scores import Scores
from taut.explain._step import Step, checked, given
from taut.losses import Loss


@dataclass(frozen=True, eq=False)
class NetProblem:
    """A two-layer network at one point, in float64: scores = max(0, X W1 + b1) W2 + b2.

    Parameters
    ----------
    W1, b1, W2, b2 : ndarray of shapes (d, h), (h,), (h, k), (k,)
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    weights : ndarray of shape (n,), or None
    loss : Loss
    l2 : float
    """

    W1: FloatArray
    b1: FloatArray
    W2: FloatArray
    b2: FloatArray
    X: FloatArray
    y: IntArray
    weights: FloatArray | None
    loss: Loss
    l2: float

    @property
    def total(self) -> float:
        """S = Σ s_i, N without weights."""
        return float(len(self.y)) if self.weights is None else float(self.weights.sum())

    def axes(self, features: Names, classes: Names, examples: Names) -> tuple[Axis, Axis, Axis, Axis]:
        """Examples, features, classes and hidden units."""
        U = self.X @ self.W1 + self.b1
        A = self.loss.rows(np.maximum(U, 0.0) @ self.W2 + self.b2, self.y)[1]
        dW1 = self.X.T @ ((weighted(A, self.weights) @ self.W2.T) * (U > 0.0))
        return (
            examples_of(self.y, classes, examples),
            features_of(dW1, features, "dW1"),
            classes_of(A, self.y, classes),
            units_of(dW1),
        )

    def steps(self, axes: tuple[Axis, Axis, Axis, Axis]) -> list[Step]:
        """From X to the loss, and back to the gradients of all four weights and of X."""
        rows, columns, classes, units = axes
        forward = _forward(self, axes)
        found = {step.name: step.array for step in forward}
        middle = score_steps(Scores(found["S"], self.y, self.loss, rows, classes))
        found |= {step.name: step.array for step in middle}
        return [
            given("X", "Examples", "One example a row.", self.X, (rows, columns)),
            given("W1", "First weights", "One column for each hidden unit.", self.W1, (columns, units)),
            given("b1", "First bias", "One number for each hidden unit.", self.b1, (units,)),
            given("W2", "Second weights", "One column for each class.", self.W2, (units, classes)),
            given("b2", "Second bias", "One number for each class.", self.b2, (classes,)),
            *forward,
            *middle,
            *value_steps(self.weights, found["L"], self.l2, [("W1", self.W1), ("W2", self.W2)]),
            *_backward(self, axes, found),
        ]

    def shapes(self) -> tuple[tuple[str, str, str], ...]:
        """Name, meaning and shape of what is computed, and of what from."""
        (d, h), (n, k) = self.W1.shape, (len(self.y), self.W2.shape[1])
        return (
            ("Loss", "mean loss of the rows + l2/2 (‖W1‖² + ‖W2‖²)", "a number"),
            ("dW1, db1", "its gradient by the first weights, of their shapes", f"{d:,} × {h:,}, {h:,}"),
            ("dW2, db2", "its gradient by the second weights, of their shapes", f"{h:,} × {k:,}, {k:,}"),
            ("X", "N examples in rows, D features in columns", f"{n:,} × {d:,}"),
            ("y", "the class of every example, 0 to C − 1", f"{n:,}"),
            ("U, H", "before and after the ReLU, a column a hidden unit", f"{n:,} × {h:,}"),
            ("S, A", "scores, and the loss's derivatives by them", f"{n:,} × {k:,}"),
        )

    def live(self, axes: tuple[Axis, Axis, Axis, Axis], budget: int) -> dict[str, Any]:
        """What a page needs to compute all of it anew."""
        shown = list(axes[1].page)
        rows = min(len(self.y), max(1, budget // (len(shown) + len(self.b1))))
        hidden = np.delete(np.arange(axes[1].size), shown)
        return {
            "kind": "net",
            "rows": rows,
            "X": self.X[:rows, shown].tolist(),
            "W1": self.W1[shown].tolist(),
            "b1": self.b1[:, None].tolist(),
            "W2": self.W2.tolist(),
            "b2": self.b2[:, None].tolist(),
            "rest": (self.X[:rows][:, hidden] @ self.W1[hidden]).tolist() if len(hidden) else None,
            "restSquares": float((self.W1[hidden] ** 2).sum()),
        }


def _forward(problem: NetProblem, axes: tuple[Axis, Axis, Axis, Axis]) -> list[Step]:
    rows, _, classes, units = axes
    X, W1, b1, W2, b2 = problem.X, problem.W1, problem.b1, problem.W2, problem.b2
    U = X @ W1 + b1
    H = np.maximum(U, 0.0)
    return [
        checked(
            "U",
            "Before the ReLU",
            U,
            (rows, units),
            lambda i, j: dot(X[i], W1[:, j]) + float(b1[j]),
            formula="U = X @ W1 + b1",
            loop="U[i, h] = Σ_d X[i, d] W1[d, h] + b1[h]",
            why="Every row of X meets every column of W1.",
            terms=len(W1) + 1,
            size=float((np.abs(X) @ np.abs(W1) + np.abs(b1)).max()),
        ),
        checked(
            "H",
            "Hidden values",
            H,
            (rows, units),
            lambda i, j: max(0.0, float(U[i, j])),
            formula="H = maximum(0, U)",
            loop="H[i, h] = max(0, U[i, h])",
            why="The ReLU lets pass what is positive.",
        ),
        checked(
            "S",
            "Scores",
            H @ W2 + b2,
            (rows, classes),
            lambda i, j: dot(H[i], W2[:, j]) + float(b2[j]),
            formula="S = H @ W2 + b2",
            loop="S[i, j] = Σ_h H[i, h] W2[h, j] + b2[j]",
            why="The second layer is a linear classifier on the hidden values.",
            terms=len(W2) + 1,
            size=float((H @ np.abs(W2) + np.abs(b2)).max()),
        ),
    ]


def _backward(problem: NetProblem, axes: tuple[Axis, Axis, Axis, Axis], found: dict[str, FloatArray]) -> list[Step]:
    rows, columns, classes, units = axes
    X, W1, W2, total = problem.X, problem.W1, problem.W2, problem.total
    A, U, H, s = found["A"], found["U"], found["H"], problem.weights
    dS = weighted(A, s) / total
    dH = dS @ W2.T
    dU = dH * (U > 0.0)
    N = "N" if s is None else "S"
    return [
        checked(
            "dS",
            "dS = dLoss/dS",
            dS,
            (rows, classes),
            lambda i, j: (1.0 if s is None else float(s[i])) * float(A[i, j]) / total,
            formula=f"dS = {'A' if s is None else 's[:, None] * A'} / {N}",
            loop=f"dS[i, j] = {'' if s is None else 's[i] '}A[i, j] / {N}",
            why=f"The loss is a mean over the rows: {N} = {total:g}.",
        ),
        *_layer(problem, "W2", W2, (H, "H"), (dS, "dS"), (rows, units, classes)),
        checked(
            "dH",
            "dH = dLoss/dH",
            dH,
            (rows, units),
            lambda i, j: dot(dS[i], W2[j]),
            formula="dH = dS @ W2.T",
            loop="dH[i, h] = Σ_j dS[i, j] W2[h, j]",
            why="What dX is to a linear classifier: each hidden value stands in every score by its row of W2.",
            terms=W2.shape[1],
            size=float((np.abs(dS) @ np.abs(W2).T).max()),
        ),
        checked(
            "dU",
            "dU = dLoss/dU",
            dU,
            (rows, units),
            lambda i, j: float(dH[i, j]) if U[i, j] > 0.0 else 0.0,
            formula="dU = dH * (U > 0)",
            loop="dU[i, h] = dH[i, h] if U[i, h] > 0 else 0",
            why="A unit that is off passes nothing back. At exactly 0, the kink of the ReLU, it counts as off.",
        ),
        *_layer(problem, "W1", W1, (X, "X"), (dU, "dU"), (rows, columns, units)),
        checked(
            "dX",
            "dX = dLoss/dX",
            dU @ W1.T,
            (rows, columns),
            lambda i, d: dot(dU[i], W1[d]),
            formula="dX = dU @ W1.T",
            loop="dX[i, d] = Σ_h dU[i, h] W1[d, h]",
            why="And back to the examples, by the first weights.",
            terms=W1.shape[1],
            size=float((np.abs(dU) @ np.abs(W1).T).max()),
        ),
    ]


def _layer(
    problem: NetProblem,
    name: str,
    W: FloatArray,
    into: tuple[FloatArray, str],
    back: tuple[FloatArray, str],
    axes: tuple[Axis, Axis, Axis],
) -> list[Step]:
    """The gradients of one layer's weights and bias: inputsᵀ · what comes back, and its column sums."""
    (X, x), (G, g), l2 = into, back, problem.l2
    _, inputs, outputs = axes
    a, b = ("d", "h") if name == "W1" else ("h", "j")
    bias = f"b{name[1:]}"

    def entry(i: int, j: int) -> float:
        return dot(X[:, i], G[:, j]) + l2 * float(W[i, j])

    return [
        checked(
            f"d{name}",
            f"d{name}",
            X.T @ G + l2 * W,
            (inputs, outputs),
            entry,
            formula=f"d{name} = {x}.T @ {g} + l2 * {name}, l2 = {l2:g}",
            loop=f"d{name}[{a}, {b}] = Σ_i {x}[i, {a}] {g}[i, {b}] + l2 {name}[{a}, {b}]",
            why=f"Each column is a combination of the rows of {x}, taken as often as {g} says; and the regulariser.",
            terms=len(X) + 1,
            size=float((np.abs(X).T @ np.abs(G) + l2 * np.abs(W)).max()),
        ),
        checked(
            f"d{bias}",
            f"d{bias}",
            G.sum(axis=0),
            (outputs,),
            lambda j: dot(G[:, j], np.ones(len(G))),
            formula=f"d{bias} = {g}.sum(axis=0)",
            loop=f"d{bias}[{b}] = Σ_i {g}[i, {b}]",
            why="A bias is a weight on a column of ones; l2 leaves it out.",
            terms=len(G),
            size=float(np.abs(G).sum(axis=0).max()),
        ),
    ]
