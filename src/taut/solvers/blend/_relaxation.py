"""Nodes of the search: the convex problem over the hull of their blends, and what it proves."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.solvers.blend._problem import IN, OPEN, OUT, BlendProblem
from taut.solvers.blend._split import diagonal_part

STEPS = 20
"""Active-set steps an item, at most; the bound is valid wherever they end."""


UNSEEN = 2e-10
"""Of the squared distance: a loss that leaves the gap below its tolerance."""


@dataclass(frozen=True, eq=False)
class Node:
    """Roles, the minimum w over the hull, and the dual point behind the bound: F·anchor and the multiplier level."""

    role: IntArray
    w: FloatArray
    bound: float
    anchor: FloatArray
    level: float
    price: float


@dataclass(frozen=True, eq=False)
class Relaxation:
    """½‖B w‖² ≥ ½‖F w‖² + ½ Σ d_i w_i², with equality but for rounding: rows are the columns of F."""

    problem: BlendProblem
    rows: FloatArray
    gram: FloatArray
    curve: FloatArray

    @classmethod
    def plain(cls, problem: BlendProblem) -> Self:
        """F from B = QF, and d = 0."""
        B = problem.differences
        factor: FloatArray = np.asarray(np.linalg.qr(B, mode="r")) if B.shape[0] > B.shape[1] else B
        rows = np.ascontiguousarray(factor.T)
        return cls(problem, rows, rows @ rows.T, np.zeros(problem.n))

    def split(self, distance: float) -> Self:
        """The same with the largest diagonal taken out; itself where there is none, or rounding would show.

        The rest must be convex beyond doubt: a little of the diagonal stays in, for the rounding of B and the factor.
        Every bound loses half of that times ‖w‖², which must not count beside ``distance``².
        """
        safety = self.rounding
        if safety * self.problem.total**2 > UNSEEN * distance**2:
            return self
        d = diagonal_part(self.gram, safety)
        if not d.any():
            return self
        rows = np.linalg.cholesky(self.gram - np.diag(d + 0.5 * safety))
        return type(self)(self.problem, rows, rows @ rows.T, d)

    @property
    def rounding(self) -> float:
        """What the entries of gram, a row of them together, may be off by."""
        problem, longest = self.problem, float(np.sqrt(np.diag(self.gram).max()))
        common = float(np.linalg.norm(problem.t)) / problem.total  # what was subtracted from every column
        return 8.0 * float(np.finfo(float).eps) * problem.n * longest * (longest + common)

    def node(self, role: IntArray, start: FloatArray, price: float = 0.0) -> Node | None:
        """The best bound found for the blends with these roles; None where there are none."""
        settled = self.problem.settled(role)
        if settled is None:
            return None
        best, parts = self._solved(settled, start, price)
        room = self.problem.most - int((settled == IN).sum())
        if self.problem.max_parts is None or not 0 < room < int((settled == OPEN).sum()):
            return best
        return self._priced(best, parts, room, 8 if price == 0.0 else 2)

    def _priced(self, best: Node, parts: float, room: int, trials: int) -> Node:
        """The price of a part that makes their number fit, approached by secants in its logarithm."""
        price, low, high = best.price, 0.0, np.inf
        for _ in range(trials):
            if abs(parts - room) < 0.02:
                break
            if parts > room:
                low = price
                price = 0.5 * (low + high) if high < np.inf else max(2.0 * price, 1e-3 * best.bound / room, 1e-300)
            elif price > 0.0:
                high = price
                price = 0.5 * (low + high)
            else:
                break
            other, parts = self._solved(best.role, best.w, price)
            if other.bound > best.bound:
                best = other
        return best

    def _solved(self, role: IntArray, start: FloatArray, price: float) -> tuple[Node, float]:
        problem = self.problem
        w, image, gradient, dual = start.copy(), np.empty(self.rows.shape[1]), np.empty(problem.n), np.empty(2)
        room = problem.most - int((role == IN).sum())
        bounds = (self.curve, problem.lower, problem.upper, role, room, problem.total, price)
        bound = load_kernel()(self.rows, self.gram, *bounds, STEPS * (problem.n + 10), w, image, gradient, dual)
        return Node(role, w, max(bound, 0.0), w, float(dual[0]), price), float(dual[1])

    def polished(self, support: FloatArray, start: FloatArray) -> Node | None:
        """The best blend with exactly these parts."""
        return self.node(np.where(support, IN, OUT).astype(np.int64), start)


def load_kernel() -> Any:
    """The compiled routine; the compiler is loaded when it is first needed."""
    from taut.kernels._blend import blend_node

    return blend_node
