"""Good blends early: rounding, the best weights on a support, and exchange of single parts."""

import math
import time
from collections.abc import Iterator

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.solvers.blend._problem import IN, OUT, BlendProblem
from taut.solvers.blend._relaxation import Relaxation


class Incumbent:
    """The best blend so far, and how others are tried."""

    def __init__(self, relaxation: Relaxation, deadline: float) -> None:
        self._relaxation, self._deadline = relaxation, deadline
        self._problem: BlendProblem = relaxation.problem
        self._tried: set[bytes] = set()
        self.w: FloatArray | None = None
        self.distance = math.inf

    def offer(self, support: AnyArray, start: FloatArray) -> bool:
        """Take the best blend with these parts if it is better; say whether it was."""
        key = np.packbits(support).tobytes()
        if key in self._tried or not self._problem.admits(support):
            return False
        self._tried.add(key)
        found = self._relaxation.polished(support, start)
        if found is None:
            return False
        distance = self._problem.distance(found.w, "l2")
        if not distance < self.distance * (1 - 1e-14):
            return False
        self.w, self.distance = found.w, distance
        return True

    def round(self, w: FloatArray, role: IntArray) -> bool:
        """Offer the parts that a point of the hull suggests."""
        problem = self._problem
        support = role == IN
        least, reach = float(problem.lower[support].sum()), float(problem.upper[support].sum())
        free = [0] * len(problem.groups)
        for at, group in enumerate(problem.groups):
            free[at] = group.most - int(support[list(group.items)].sum())
        for i in np.argsort(-w, kind="stable"):
            if support[i] or role[i] == OUT or int(support.sum()) >= problem.most:
                continue
            if reach >= problem.total and w[i] < 0.5 * problem.lower[i]:
                break
            mine = [at for at, group in enumerate(problem.groups) if i in group.items]
            if least + problem.lower[i] > problem.total * (1 + 1e-12) or any(free[at] <= 0 for at in mine):
                continue
            support[i] = True
            least, reach = least + problem.lower[i], reach + problem.upper[i]
            for at in mine:
                free[at] -= 1
        return self.offer(support, w)

    def improve(self) -> None:
        """Add, drop or exchange one part for as long as that helps."""
        improved = self.w is not None
        while improved:
            improved = False
            for support in self._neighbours():
                if time.perf_counter() > self._deadline:
                    return
                if self.w is not None and self.offer(support, self.w):
                    improved = True
                    break

    def _neighbours(self) -> Iterator[AnyArray]:
        """Supports that differ by one part in or out, the most promising parts first."""
        if self.w is None:
            return
        problem, support = self._problem, self.w > 0.0
        B = problem.differences
        order = np.argsort(B.T @ (B @ self.w), kind="stable")
        outside = [i for i in order if not support[i] and not problem.excluded[i]]
        inside = [i for i in order[::-1] if support[i] and not problem.required[i]]
        for leaving in [None, *inside]:
            for entering in [None, *outside]:
                if leaving is None and entering is None:
                    continue
                changed = support.copy()
                for i in (leaving, entering):
                    if i is not None:
                        changed[i] = not changed[i]
                yield changed
