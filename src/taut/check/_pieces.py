"""Pieces: numbers whose signs name the smooth piece that a point lies on, from a user's hook or from known margins."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.check._function import Layout

Label = Callable[[int], str]
UNIT = 2.0**-53


class PiecesError(ValueError):
    """Pieces that cannot be used: not a vector, not finite, or at odds with the function."""


@dataclass(frozen=True)
class Pieces:
    """What tells the pieces, how they are called, and, where that is known, what they cost.

    With ``weights`` the function is something smooth plus Σ w_i max(0, p_i)^power.
    """

    values: Callable[[FloatArray], FloatArray]
    label: Label
    weights: FloatArray | None = None
    power: int = 1

    def at(self, x: FloatArray) -> FloatArray:
        """The pieces at a flat point, checked."""
        found = np.asarray(self.values(x), dtype=np.float64)
        if found.ndim != 1 or not np.isfinite(found).all():
            raise PiecesError(f"pieces must be a vector of finite numbers, got shape {found.shape}")
        return found


def hooked(hook: Callable[[Any], Any], layout: Layout) -> Pieces:
    """The pieces of a user's hook, which takes points as the user keeps them."""
    types = {block.name: block.dtype if block.dtype.kind == "f" else np.dtype(np.float64) for block in layout.blocks}
    wide = {name: np.dtype(np.float64) for name in types}
    return Pieces(lambda x: np.asarray(hook(layout.unpack(x, wide))), lambda i: f"piece {i}")


@dataclass(frozen=True)
class Margins:
    """The margins m_ij = x_i w_j - x_i w_y + margin of every example i and wrong class j, with signs that are exact.

    A margin that rounding leaves in doubt is computed again in rational arithmetic, so that the pairs that are said to
    be crossed are those that really are.
    """

    X: FloatArray  # (n, d), float64, with the intercept's column of ones where there is one
    targets: IntArray
    k: int
    margin: float

    def __call__(self, theta: FloatArray) -> FloatArray:
        """All margins, (n (k - 1),)."""
        table, X = theta.reshape(-1, self.k), self.X
        everyone = np.arange(len(X))
        scores, sizes = X @ table, np.abs(X) @ np.abs(table)
        m = scores - scores[everyone, self.targets][:, None] + self.margin
        doubt = (X.shape[1] + 4) * UNIT * (sizes + sizes[everyone, self.targets][:, None] + self.margin) * 1.01
        wrong = np.arange(self.k) != self.targets[:, None]
        for i, j in np.argwhere((np.abs(m) <= doubt) & wrong):
            m[i, j] = self._exact(X[i], table, int(self.targets[i]), int(j))
        return m[wrong]

    def _exact(self, row: FloatArray, table: FloatArray, y: int, j: int) -> float:
        total = Fraction(self.margin)
        for feature, a, b in zip(row, table[:, j], table[:, y], strict=True):
            if feature:
                total += Fraction(float(feature)) * (Fraction(float(a)) - Fraction(float(b)))
        return float(total) or (np.copysign(5e-324, total.numerator) if total else 0.0)


def pair_label(targets: IntArray, k: int) -> Label:
    """Sample and classes of a piece: the wrong classes of each row, in order."""

    def label(i: int) -> str:
        sample, j = divmod(i, k - 1)
        y = int(targets[sample])
        return f"sample {sample}, class {j + (j >= y)} against its label {y}"

    return label
