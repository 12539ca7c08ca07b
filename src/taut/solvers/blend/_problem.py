"""What a blend is: data, bounds, and which choices of parts are allowed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray

SLACK = 1e-12
"""Of the total: sums of bounds may miss it by this much, so that ten parts of 0.1 make 1."""

FINE = 1e-3
"""Of the problem's scale: the gap is relative to the distance, or to this where the fit is nearly exact."""

OUT, OPEN, IN = -1, 0, 1
"""The role of an item in a node of the search."""


@dataclass(frozen=True)
class Group:
    """At most so many of these items."""

    items: tuple[int, ...]
    most: int


@dataclass(frozen=True, eq=False)
class BlendProblem:
    """min ‖X w − t‖ with Σ w = total and each w_i = 0 or lower_i ≤ w_i ≤ upper_i.

    X is (m, n), one column an item; ``required`` and ``excluded`` are (n,) masks. Everything is checked by the caller:
    finite, 0 ≤ lower ≤ upper, total > 0.
    """

    X: FloatArray
    t: FloatArray
    lower: FloatArray
    upper: FloatArray
    total: float
    max_parts: int | None
    required: AnyArray
    excluded: AnyArray
    groups: tuple[Group, ...] = ()

    @cached_property
    def n(self) -> int:
        """Items."""
        return self.X.shape[1]

    @cached_property
    def most(self) -> int:
        """Parts, at most."""
        return self.n if self.max_parts is None else min(self.max_parts, self.n)

    @cached_property
    def differences(self) -> FloatArray:
        """B = X − t/total, whose B w is X w − t wherever Σ w = total."""
        return self.X - (self.t / self.total)[:, None]

    @cached_property
    def scale(self) -> float:
        """The distance of the worst single item from t, all of total being that item."""
        return self.total * float(np.linalg.norm(self.differences, axis=0).max())

    def first_roles(self) -> IntArray:
        """The roles before any choice."""
        role = np.where(self.excluded, OUT, np.where(self.required, IN, OPEN)).astype(np.int64)
        role[(role == OPEN) & (self.upper == 0.0)] = OUT
        return role

    def settled(self, role: IntArray) -> IntArray | None:
        """The roles with every open item out that can no longer be in; None where no blend is left."""
        chosen = role == IN
        count, least = int(np.count_nonzero(chosen)), float(self.lower @ chosen)
        limit = self.total * (1 + SLACK)
        if count > self.most or least > limit:
            return None
        open_ = role == OPEN
        role = role.copy()
        role[open_ if count == self.most else open_ & (least + self.lower > limit)] = OUT
        for group in self.groups:
            members = np.array(group.items, dtype=np.int64)
            inside = int(chosen[members].sum())
            if inside > group.most:
                return None
            if inside == group.most:
                role[members[role[members] == OPEN]] = OUT
        return role if self._reaches(role, count) else None

    def _reaches(self, role: IntArray, count: int) -> bool:
        """Whether the upper bounds of the parts that may be in reach the total."""
        needed = self.total * (1 - SLACK)
        if self.most == self.n:
            return float(self.upper @ (role != OUT)) >= needed
        others = np.sort(self.upper[role == OPEN])[::-1][: self.most - count]
        return float(self.upper @ (role == IN)) + float(others.sum()) >= needed

    def admits(self, support: AnyArray) -> bool:
        """Whether some blend has exactly these parts, all of them within their bounds."""
        if (support & self.excluded).any() or (self.required & ~support).any():
            return False
        role = self.settled(np.where(support, IN, OUT).astype(np.int64))
        return role is not None

    def distance(self, w: FloatArray, norm: str) -> float:
        """‖X w − t‖ in the norm."""
        residual = self.X @ w - self.t
        if norm == "l2":
            return float(np.linalg.norm(residual))
        sizes = np.abs(residual)
        return float(sizes.sum() if norm == "l1" else sizes.max(initial=0.0))

    def relative_gap(self, objective: float, bound: float) -> float:
        """(objective − bound) / objective, or over a thousandth of the scale where the fit is nearly exact."""
        missing = max(0.0, objective - bound)
        return missing / max(objective, FINE * self.scale) if missing else 0.0
