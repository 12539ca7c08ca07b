"""A blend's certificate, and its verifier: exact fractions, and nothing of the solver's."""

from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.pages import card

SLACK = Fraction(1, 10**12)
"""Of the total: what a sum of weights or of bounds may miss it by."""


@dataclass(frozen=True, eq=False)
class BlendCertificate:
    """What proves that no blend is nearer to t than ``bound``, and that ``w`` is as near as ``objective``.

    Attributes
    ----------
    X, t : ndarray of shape (m, n) and (m,)
        The data, one column of X an item.
    lower, upper : ndarray of shape (n,)
        Each w_i = 0 or lower_i ≤ w_i ≤ upper_i.
    total : float
        Σ w_i.
    most : int
        Parts, at most.
    required, excluded : ndarray of bool of shape (n,)
        Items that must be in, and that must not be.
    groups : tuple of (items, most)
        At most so many of these items.
    w : ndarray of shape (n,)
        The blend.
    objective, bound : float
        What is claimed of it.
    item, out, inside, proof : ndarray of shape (nodes,)
        The tree from node 0: the item that a node decides (−1: a leaf), the nodes that follow if it is out and if it is
        in, and the row of a leaf's dual point (−1: no blend is left there).
    points : ndarray of shape (leaves, p)
        The dual points of the leaves.
    levels : ndarray of shape (leaves,)
        At each of them, the multiplier of Σ w_i = total.
    diagonal : ndarray of shape (n,)
        D ≥ 0 that the bounds treat item by item.
    factor : ndarray of shape (p, n) or None
        F of the rest; None: F = X − t·1ᵀ/total.
    """

    X: FloatArray
    t: FloatArray
    lower: FloatArray
    upper: FloatArray
    total: float
    most: int
    required: AnyArray
    excluded: AnyArray
    groups: tuple[tuple[tuple[int, ...], int], ...]
    w: FloatArray
    objective: float
    bound: float
    item: IntArray
    out: IntArray
    inside: IntArray
    proof: IntArray
    points: FloatArray
    levels: FloatArray
    diagonal: FloatArray
    factor: FloatArray | None

    def verify(self) -> "BlendVerdict":
        """Check every claim in exact arithmetic.

        For a leaf with roles (in, out, open) and its dual point (y, μ), every blend w of the leaf obeys
        ½‖F w‖² + ½ Σ D_i w_i² ≥ −½ ‖y‖² + μ·total + Σ_in min_{[L,U]} h_i + Σ_open min(0, min_{[L,U]} h_i),
        with h_i(w) = ((Fᵀy)_i − μ) w + ½ D_i w²; of the open items only as many count as may be in. It is weak duality:
        ½‖v‖² ≥ yᵀv − ½‖y‖² for any y and v. Here B = X − t·1ᵀ/total, so that X w − t = B w, and ‖B w‖² is at least
        ‖F w‖² + Σ D_i w_i² + total²·min(0, min_ij (BᵀB − D − FᵀF)_ij) because no weight is negative.

        Returns
        -------
        BlendVerdict
            Whether all of it holds, and where not, what fails.
        """
        try:
            return _Verifier(self).verdict()
        except _Broken as broken:
            return BlendVerdict(False, 0, self.bound, str(broken))


@dataclass(frozen=True)
class BlendVerdict:
    """What exact arithmetic says of a blend's certificate; ``str()`` is one sentence."""

    proved: bool
    leaves: int
    bound: float
    reason: str = ""

    def __str__(self) -> str:
        """The verdict in one sentence."""
        if self.proved:
            cover = "1 leaf covers" if self.leaves == 1 else f"{self.leaves:,} leaves cover"
            return (
                f"Verified in exact fractions: {cover} all choices of parts, and in none is a blend nearer than "
                f"{self.bound:.7g}."
            )
        return f"Not verified: {self.reason}."

    def _repr_html_(self) -> str:
        return card(self, asdict(self))


class _Broken(Exception):
    """A claim that does not hold."""


@dataclass
class _Verifier:
    """Everything as integers over one denominator, or as fractions."""

    claim: BlendCertificate
    total: Fraction = field(init=False)
    groups: list[tuple[frozenset[int], int]] = field(init=False)
    leaves: int = 0

    def __post_init__(self) -> None:
        c = self.claim
        _check_form(c)
        self.total = Fraction(c.total)
        self.groups = [(frozenset(items), most) for items, most in c.groups]
        self.lower = [Fraction(float(v)) for v in c.lower]
        self.upper = [min(Fraction(float(v)), self.total) if np.isfinite(v) else self.total for v in c.upper]
        self.diagonal = [Fraction(float(v)) for v in c.diagonal]

    def verdict(self) -> BlendVerdict:
        try:
            self._check_weights()
            self._prepare()
            self._walk()
        except _Broken as broken:
            return BlendVerdict(False, self.leaves, self.claim.bound, str(broken))
        return BlendVerdict(True, self.leaves, self.claim.bound)

    def _check_weights(self) -> None:
        """The weights are a blend, and its distance is the one that is claimed."""
        c = self.claim
        w = [Fraction(float(v)) for v in c.w]
        inside = [i for i, v in enumerate(w) if v != 0]
        for i in inside:
            _require(self.lower[i] <= w[i] and float(w[i]) <= c.upper[i], f"weight {i} is outside its bounds")
            _require(not c.excluded[i], f"weight {i} is of an item that was fixed out")
        for i in map(int, np.flatnonzero(c.required)):
            _require(w[i] >= self.lower[i], f"weight {i} is of an item that was fixed in, and below its lower bound")
        _require(abs(sum(w, Fraction(0)) - self.total) <= SLACK * self.total, "the weights do not sum to the total")
        _require(len(inside) <= c.most, "there are more parts than allowed")
        for items, most in self.groups:
            _require(sum(w[i] != 0 for i in items) <= most, "a group has more parts than allowed")
        x, unit = _integers(c.X)
        t, t_unit = _integers(c.t)
        whole, w_unit = _integers(c.w)
        missed = (x @ whole) * t_unit - t * (unit * w_unit)
        square = Fraction(int(missed @ missed), (unit * w_unit * t_unit) ** 2)
        largest = [Fraction(float(np.abs(each).max(initial=0.0))) for each in (c.X, c.t)]
        scale = (largest[0] * self.total + largest[1]) * Fraction(len(c.t) ** 0.5)
        claimed = Fraction(c.objective) * (1 + SLACK) + Fraction(1e-14) * scale
        _require(square <= claimed**2, "the weights are further from t than claimed")

    def _prepare(self) -> None:
        """B and F exactly, and what BᵀB may fall short of D + FᵀF by."""
        c = self.claim
        x, unit = _integers(c.X)
        t, t_unit = _integers(c.t)
        over, under = self.total.numerator, self.total.denominator
        differences = x * (t_unit * over) - t[:, None] * (unit * under)
        common = unit * t_unit * over
        self.factor, self.unit, self.lost = differences, common, Fraction(0)
        _require(all(d >= 0 for d in self.diagonal), "the diagonal has a negative entry")
        if c.factor is None:
            _require(not any(self.diagonal), "a diagonal is taken out, but no factor of the rest is given")
            return
        self.factor, self.unit = _integers(c.factor)
        d, d_unit = _integers(c.diagonal)
        rest = (differences.T @ differences) * (d_unit * self.unit**2)
        rest -= (self.factor.T @ self.factor) * (d_unit * common**2) + np.diag(d * (common**2 * self.unit**2))
        lowest = Fraction(min(0, int(rest.min())), d_unit * self.unit**2 * common**2)
        self.lost = -lowest * self.total**2

    def _walk(self) -> None:
        """Visit every leaf; each branch has both its children, so nothing is left out."""
        c = self.claim
        nodes, seen = len(c.item), set[int]()
        root = [1 if c.required[i] else -1 if c.excluded[i] else 0 for i in range(len(c.w))]
        stack = [(0, root)]
        while stack:
            node, role = stack.pop()
            _require(0 <= node < nodes and node not in seen, "the tree is broken")
            seen.add(node)
            i = int(c.item[node])
            if i < 0:
                self.leaves += 1
                self._check_leaf(int(c.proof[node]), role)
                continue
            _require(i < len(role) and role[i] == 0, "the tree decides an item twice")
            for child, decided in ((int(c.out[node]), -1), (int(c.inside[node]), 1)):
                stack.append((child, [*role[:i], decided, *role[i + 1 :]]))

    def _check_leaf(self, proof: int, role: list[int]) -> None:
        c, limit = self.claim, self.total * (1 + SLACK)
        chosen = [i for i, r in enumerate(role) if r > 0]
        least, room = sum((self.lower[i] for i in chosen), Fraction(0)), c.most - len(chosen)
        full = [items for items, most in self.groups if sum(role[i] > 0 for i in items) >= most]
        open_ = [i for i, r in enumerate(role) if r == 0 and least + self.lower[i] <= limit]
        open_ = [i for i in open_ if not any(i in items for items in full)]
        if proof < 0:
            crowded = any(sum(role[i] > 0 for i in items) > most for items, most in self.groups)
            others = sorted((self.upper[i] for i in open_), reverse=True)[: max(room, 0)]
            reach = sum((self.upper[i] for i in chosen), Fraction(0)) + sum(others, Fraction(0))
            impossible = crowded or room < 0 or least > limit or reach < self.total * (1 - SLACK)
            _require(impossible, "a leaf that is called empty has blends")
            return
        _require(proof < len(c.levels), "a leaf has no dual point")
        if c.bound <= 0:  # no distance is negative
            return
        bound = 2 * self._bound(proof, chosen, open_, room) - self.lost
        _require(bound >= Fraction(c.bound) ** 2, "a leaf's dual point does not reach the bound")

    def _bound(self, proof: int, chosen: list[int], open_: list[int], room: int) -> Fraction:
        """The bound of one leaf, exactly."""
        point, level = self.claim.points[proof], Fraction(float(self.claim.levels[proof]))
        y, y_unit = _integers(point)
        slopes, unit = self.factor.T @ y, self.unit * y_unit
        bound = level * self.total - Fraction(int(y @ y), 2 * y_unit**2)
        for i in chosen:
            bound += self._least(i, Fraction(int(slopes[i]), unit) - level)
        gains = sorted(min(Fraction(0), self._least(i, Fraction(int(slopes[i]), unit) - level)) for i in open_)
        return bound + sum(gains[: max(room, 0)], Fraction(0))

    def _least(self, i: int, slope: Fraction) -> Fraction:
        """The minimum of slope·w + ½ D_i w² over lower_i ≤ w ≤ upper_i."""
        d, low, high = self.diagonal[i], self.lower[i], self.upper[i]
        at = min(max(-slope / d, low), high) if d > 0 else (low if slope >= 0 else high)
        return slope * at + d * at * at / 2


def _check_form(c: BlendCertificate) -> None:
    """Shapes that fit each other, numbers that are numbers, and bounds that are not negative."""
    (m, n), nodes, p = c.X.shape, len(c.item), len(c.t) if c.factor is None else len(c.factor)
    wanted: dict[str, tuple[int, ...]] = {"X": (m, n)}
    wanted |= {"t": (m,), "lower": (n,), "upper": (n,), "required": (n,), "excluded": (n,), "w": (n,), "diagonal": (n,)}
    wanted |= {"out": (nodes,), "inside": (nodes,), "proof": (nodes,), "points": (len(c.levels), p)}
    wanted |= {"item": (nodes,), "factor": (p, n)} if c.factor is not None else {"item": (nodes,)}
    for name, shape in wanted.items():
        held = getattr(c, name).shape
        # Where no leaf holds a blend, there are no points, of any length.
        _require(held == shape or (name == "points" and held[0] == shape[0] == 0), f"{name} has the shape {held}")
    for name in ("X", "t", "lower", "w", "points", "levels", "diagonal", "factor", "total", "objective", "bound"):
        value = getattr(c, name)
        _require(value is None or bool(np.isfinite(value).all()), f"{name} holds what is not finite")
    for name in ("item", "out", "inside", "proof"):
        _require(getattr(c, name).dtype.kind in "iu", f"{name} holds what is no whole number")
    _require(c.total > 0, "the total is not above 0")
    _require(bool((c.lower >= 0).all()), "a lower bound is negative")
    _require(not np.isnan(c.upper).any(), "upper holds what is not a number")
    _require(all(0 <= i < n for items, _ in c.groups for i in items), "a group names an item that there is not")


def _integers(values: FloatArray) -> tuple[Any, int]:
    """The numbers as integers over one power of two, exactly."""
    ratios = [float(v).as_integer_ratio() for v in values.ravel()]
    unit = max((below for _, below in ratios), default=1)
    whole = np.empty(len(ratios), dtype=object)
    whole[:] = [above * (unit // below) for above, below in ratios]
    return whole.reshape(values.shape), unit


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise _Broken(reason)
