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
    """Roles, the minimum w over the hull, and the dual point (image, level) behind the bound."""

    role: IntArray
    w: FloatArray
    bound: float
    image: FloatArray
    level: float
    price: float


@dataclass(frozen=True, eq=False)
class Relaxation:
    """‖B w‖² ≥ ‖F w‖² + Σ d_i w_i² − lost; equal but for rounding. Rows are the columns of F; B = lift F, or F."""

    problem: BlendProblem
    rows: FloatArray
    gram: FloatArray
    curve: FloatArray
    lost: float = 0.0
    lift: FloatArray | None = None

    @classmethod
    def plain(cls, problem: BlendProblem) -> Self:
        """F from B = QF, and d = 0."""
        factor, lift = problem.differences, None
        if factor.shape[0] > factor.shape[1]:
            lift, factor = np.linalg.qr(factor)
        rows = np.ascontiguousarray(factor.T)
        return cls(problem, rows, rows @ rows.T, np.zeros(problem.n), lift=lift)

    def lifted(self, image: FloatArray) -> FloatArray:
        """An image as one of B where F is its triangular factor, so that F's rounding does not touch the proof."""
        return image if self.lift is None else self.lift @ image

    @property
    def factor(self) -> FloatArray | None:
        """F, or None where images are those of B itself."""
        return None if self.lost == 0.0 else self.rows.T

    def split(self, distance: float) -> Self:
        """The same with the largest diagonal taken out, where there is one; itself where its rounding would show.

        The entries of BᵀB − D − FᵀF are rounding; every bound of ‖·‖² loses the largest times total², which must not
        count beside ``distance``².
        """
        lost = self._rounding() * self.problem.total**2
        if lost > UNSEEN * distance**2:
            return self
        d = diagonal_part(self.gram)
        rows = np.linalg.cholesky(self.gram - np.diag(d)) if d.any() else self.rows
        return type(self)(self.problem, rows, rows @ rows.T, d, lost)

    def _rounding(self) -> float:
        """What an entry of gram may be off by."""
        problem, longest = self.problem, float(np.sqrt(np.diag(self.gram).max()))
        common = float(np.linalg.norm(problem.t)) / problem.total  # what was subtracted from every column
        return 16.0 * float(np.finfo(float).eps) * longest * (longest + common)

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
        return Node(role, w, max(bound, 0.0), image, float(dual[0]), price), float(dual[1])

    def polished(self, support: FloatArray, start: FloatArray) -> Node | None:
        """The best blend with exactly these parts."""
        return self.node(np.where(support, IN, OUT).astype(np.int64), start)


def load_kernel() -> Any:
    """The compiled routine; the compiler is loaded when it is first needed."""
    from taut.kernels._blend import blend_node

    return blend_node
