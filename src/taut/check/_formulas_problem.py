"""The problem that a loss-and-gradient function in the course's signature works on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taut.check._formulas_setting import LOSSES

Function = Callable[[Any, Any, Any, float], tuple[Any, Any]]
CONVENTIONS = ("full", "half")


@dataclass(frozen=True, eq=False)
class KnownProblem:
    """A loss-and-gradient function in the course's signature, with its data: `taut.check_gradient` takes it as ``fn``.

    The objective that the function should compute is the mean over the examples of the loss, plus reg ‖W‖²
    (convention "full") or ½ reg ‖W‖² ("half"). What is left to None is recognised from the function's values.

    Parameters
    ----------
    function : callable
        ``function(W, X, y, reg) -> (loss, dW)``.
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,) or (n, k)
        Codes 0..k-1; for "squared" and "binary" also one column of targets for each score, or one target an example
        where W has one column.
    reg : float
    loss : {"hinge", "squared_hinge", "crammer_singer", "softmax", "squared", "binary"}, optional
        Of one example, with m_j = s_j − s_y + margin: Σ_{j≠y} max(0, m_j), Σ_{j≠y} max(0, m_j)²,
        max(0, max_{j≠y} m_j), log Σ_j e^{s_j} − s_y, ½ Σ_j (s_j − t_j)², Σ_j log(1 + e^{s_j}) − t_j s_j.
    margin : float
    convention : {"half", "full"}, optional
    bias_row : int, optional
        The row of W that the regulariser leaves out; None: none, or the last where the values say so.

    Raises
    ------
    ValueError
        An unknown loss or convention, a margin that is negative or not finite, X and y that do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> def mean_score(W, X, y, reg):
    ...     return float((X @ W).mean()), np.repeat(X.mean(0)[:, None], W.shape[1], 1) / W.shape[1]
    >>> KnownProblem(mean_score, X=np.eye(2), y=np.array([0, 1]), reg=0.0)(np.eye(2))
    (0.5, array([[0.25, 0.25],
           [0.25, 0.25]]))

    References
    ----------
    J. Weston, C. Watkins, ESANN 1999, eq. 3; K. Crammer, Y. Singer, JMLR 2, 2001, eq. 5; C. M. Bishop, "Pattern
    Recognition and Machine Learning", 2006, eq. 4.15, 4.90 and 4.108.
    """

    function: Function
    X: NDArray[Any]
    y: NDArray[Any]
    reg: float
    loss: str | None = None
    margin: float = 1.0
    convention: str | None = None
    bias_row: int | None = None

    def __post_init__(self) -> None:
        if self.loss is not None and self.loss not in LOSSES:
            raise ValueError(f"unknown loss {self.loss!r}: choose one of {', '.join(LOSSES)}")
        if self.convention is not None and self.convention not in CONVENTIONS:
            raise ValueError(f"unknown convention {self.convention!r}: choose one of {', '.join(CONVENTIONS)}")
        if not (np.isfinite(self.margin) and self.margin >= 0):
            raise ValueError(f"margin must be a finite number >= 0, got {self.margin!r}")
        if np.ndim(self.X) != 2 or len(self.X) == 0 or len(self.X) != len(self.y):
            raise ValueError(f"X must be (n, d), n > 0, with n targets; got {np.shape(self.X)} and {np.shape(self.y)}")

    def __call__(self, W: NDArray[Any]) -> tuple[Any, Any]:
        """The function's value and gradient at W."""
        return self.function(W, self.X, self.y, self.reg)
