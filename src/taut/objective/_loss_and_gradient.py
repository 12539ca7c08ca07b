"""The public one-call form of the objective: a loss and the gradients that are asked for."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from taut._typing import AnyArray, FloatArray
from taut.losses import MULTILABEL_LOSSES, Loss, MultilabelLoss, make_loss, make_multilabel_loss
from taut.matrix import Matrix
from taut.models import Linear
from taut.objective._indicator import as_indicator
from taut.objective._net_loss_and_gradient import net_loss_and_gradient, net_problem
from taut.objective._promotion import promoted
from taut.objective._risk import Risk
from taut.objective._strong_risk import StrongRisk

SCORES_AT_ONCE = 2**14
"""Scores that a loss is given at a time: what it makes of them stays in the cache."""

WRT = ("W", "X", "scores")


def loss_and_gradient(
    W: ArrayLike | Mapping[str, ArrayLike] | None,
    X: Any,
    y: ArrayLike,
    *,
    loss: str | Loss = "hinge",
    margin: float = 1.0,
    l2: float = 0.0,
    sample_weight: ArrayLike | None = None,
    bias_row: int | None = None,
    wrt: str | tuple[str, ...] = "W",
) -> Any:
    r"""Evaluate the regularised loss of a linear classifier, or of a two-layer network, and its gradients.

    .. math:: L = \frac1S \sum_i s_i\, \ell(x_i W, y_i) + \frac{l2}{2} \lVert W \rVert^2,
       \quad dW = \frac1S X^T (s A) + l2\,W, \quad dX = \frac1S (s A) W^T

    with A (n, k) the derivatives of each row's loss with respect to its scores and S = Σ s_i. Where W holds the arrays
    of a network, scores = max(0, X W1 + b1) W2 + b2, and l2 acts on W1 and W2; at a hidden value of exactly 0 the
    derivative is taken as 0.

    Parameters
    ----------
    W : array-like of shape (d, k), or None with ``wrt="scores"``
        Of a network a mapping with the names W1 (d, h), b1 (h,), W2 (h, k) and b2 (k,); its gradient is a dict of the
        same names.
    X : array-like, sparse or Matrix of shape (n, d)
        One example a row. With ``wrt="scores"`` the scores themselves, (n, k).
    y : array-like of shape (n,)
        Class numbers 0..k-1. For a loss of label sets an indicator (n, k) of zeros and ones, dense or sparse, or n
        collections of label numbers.
    loss : {"hinge", "squared_hinge", "crammer_singer", "softmax", "squared"} or Loss
        Or, of label sets, {"bp_mll", "log_bp_mll", "zlpr", "lsep", "binary", "pairwise_hinge"}: rows on which such a
        loss is not defined have weight 0. ``taut.losses`` has the formulas. At a kink (a margin of exactly 0) the
        comparison is strict: the pair does not count.
    margin : float
        Δ ≥ 0 of the hinges.
    l2 : float
        ≥ 0; ``taut.l2_from`` translates other conventions.
    sample_weight : array-like of shape (n,), optional
        s_i ≥ 0, not all zero; 1 each by default.
    bias_row : int, optional
        Index of the row of W that l2 leaves out: the weights of a column of ones.
    wrt : {"W", "X", "scores"} or a tuple of "W" and "X"
        What to differentiate by; ``()`` gives the loss alone.

    Returns
    -------
    loss : float
        Summed in float64.
    gradient, ... : ndarray
        One for each name in ``wrt``, in its order, of the type ``result_type(W, X)``; uint8 X follows W.

    Raises
    ------
    ValueError
        Shapes that do not fit, class numbers outside 0..k-1, a negative l2, margin or weight.

    Examples
    --------
    >>> import numpy as np, taut
    >>> W = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    >>> X = np.array([[1.0, 2.0], [0.5, 0.0]])
    >>> loss, dW = taut.loss_and_gradient(W, X, [1, 2], loss="hinge")
    >>> loss
    1.75
    >>> dW
    array([[ 0.25,  0.25, -0.5 ],
           [ 0.  ,  0.  ,  0.  ]])

    Label sets, as a function of the scores alone; the second row has every label, so no pair to rank, and is left out:

    >>> scores = np.array([[2.0, 0.0, 1.0], [0.0, 3.0, 1.0]])
    >>> loss, dS = taut.loss_and_gradient(None, scores, [{0, 2}, {0, 1, 2}], loss="bp_mll", wrt="scores")
    >>> print(f"{loss:.6f}", dS.round(6).tolist())
    0.251607 [[-0.067668, 0.251607, -0.18394], [0.0, 0.0, 0.0]]

    References
    ----------
    J. Weston, C. Watkins, ESANN 1999, eq. 3 (hinge); C. M. Bishop, "Pattern Recognition and Machine
    Learning", 2006, eq. 4.109 (softmax).
    """
    names = (wrt,) if isinstance(wrt, str) else tuple(wrt)
    if not set(names) <= set(WRT) or (len(names) > 1 and "scores" in names):
        raise ValueError(f"wrt must be 'W', 'X', 'scores' or a tuple of 'W' and 'X', got {wrt!r}")
    if not (isinstance(l2, Real) and np.isfinite(l2) and l2 >= 0):
        raise ValueError(f"l2 must be a finite number >= 0, got {l2!r}")
    of_sets = isinstance(loss, MultilabelLoss) or (isinstance(loss, str) and loss in MULTILABEL_LOSSES)
    made = (make_multilabel_loss if of_sets else make_loss)(loss, margin=margin)
    if names == ("scores",):
        return _by_scores(W, X, y, made, l2, sample_weight)
    if isinstance(W, Mapping):
        return _of_net(W, X, y, made, l2, sample_weight, bias_row, names)
    table, matrix = _promoted(W, X)
    n, (d, k) = matrix.shape[0], table.shape
    if bias_row is not None and not (isinstance(bias_row, Integral) and -d <= bias_row < d):
        raise ValueError(f"bias_row = {bias_row!r} is not a row of W, which has {d}")
    targets, s = _targets_and_weights(y, sample_weight, n, k, made)
    kind = StrongRisk if of_sets else Risk
    risk = kind(matrix, targets, made, Linear(d, k, intercept=False), 0.0, s)
    dX = np.empty(matrix.shape, dtype=table.dtype) if "X" in names else None
    value, gradient = risk.value_and_gradient(table.ravel(), input_gradient=dX)
    dW = gradient.reshape(d, k)
    if l2 > 0.0:
        penalised = table.astype(np.float64)
        if bias_row is not None:
            penalised[bias_row] = 0.0
        value += 0.5 * l2 * float(np.einsum("ij,ij->", penalised, penalised))  # BLAS would wake threads for it
        dW += l2 * penalised
    dW = dW.astype(table.dtype, copy=False)
    made_for = {"W": dW, "X": dX}
    return (value, *(made_for[name] for name in names)) if names else value


def _of_net(
    W: Mapping[str, ArrayLike],
    X: Any,
    y: ArrayLike,
    loss: Loss,
    l2: float,
    sample_weight: ArrayLike | None,
    bias_row: int | None,
    names: tuple[str, ...],
) -> Any:
    if bias_row is not None:
        raise ValueError("bias_row belongs to a linear W: a network has b1 and b2, which l2 leaves out")
    model, _, matrix = problem = net_problem(W, X)
    targets, s = _targets_and_weights(y, sample_weight, matrix.shape[0], model.k, loss)
    value, dW, dX = net_loss_and_gradient(problem, targets, loss, l2, s, inputs="X" in names)
    made_for = {"W": dW, "X": dX}
    return (value, *(made_for[name] for name in names)) if names else value


def _by_scores(
    W: Any, X: Any, y: ArrayLike, loss: Loss, l2: float, sample_weight: ArrayLike | None
) -> tuple[float, FloatArray]:
    if W is not None or l2 != 0.0:
        raise ValueError("wrt='scores' has no weights: pass W=None, the scores in X's place, and l2=0")
    scores = np.asarray(X)
    if scores.ndim != 2:
        raise ValueError(f"scores must have two dimensions (rows, classes), got shape {scores.shape}")
    if scores.dtype.kind not in "fiu" or 0 in scores.shape:
        raise ValueError(f"scores must be real and not empty, got {scores.dtype} of shape {scores.shape}")
    if scores.dtype not in (np.float32, np.float64):
        scores = scores.astype(np.float64)
    n, k = scores.shape
    targets, s = _targets_and_weights(y, sample_weight, n, k, loss)
    share = np.full(n, 1.0 / n) if s is None else s / s.sum()
    value, gradient = 0.0, np.empty_like(scores, order="C")
    step = max(1, SCORES_AT_ONCE // k)
    for some in (slice(begin, begin + step) for begin in range(0, n, step)):
        values, slopes = loss.rows(scores[some], targets[some])
        np.multiply(slopes, share[some, None].astype(scores.dtype), out=gradient[some])
        value += float(values.astype(np.float64) @ share[some])
    return value, gradient


def _promoted(W: Any, X: Any) -> tuple[FloatArray, Matrix]:
    """W and X in the type of the result."""
    if W is None:
        raise ValueError("W is None: that goes with wrt='scores' only")
    weights = np.asarray(W)
    if weights.ndim != 2 or weights.dtype.kind not in "fiu":
        raise ValueError(f"W must be a real array of shape (d, k), got {weights.dtype} {weights.shape}")
    matrix = promoted([weights], X)
    if matrix.shape[1] != weights.shape[0]:
        raise ValueError(
            f"X has {matrix.shape[1]} columns but W has {weights.shape[0]} rows: scores = X W needs as many"
        )
    if matrix.shape[0] == 0 or weights.shape[1] == 0:
        raise ValueError(f"nothing to evaluate: X has shape {matrix.shape}, W has shape {weights.shape}")
    return np.ascontiguousarray(weights, dtype=matrix.dtype), matrix


def _targets_and_weights(
    y: Any, sample_weight: ArrayLike | None, n: int, k: int, loss: Loss
) -> tuple[AnyArray, FloatArray | None]:
    """Codes or an indicator, and s; rows that a loss of label sets is not defined on have weight 0."""
    s = _sample_weights(sample_weight, n)
    if not isinstance(loss, MultilabelLoss):
        return _codes(y, n, k), s
    targets = as_indicator(y, n, k)
    defined = loss.defined(targets)
    if defined.all():
        return targets, s
    s = defined.astype(np.float64) if s is None else s * defined
    if not s.any():
        raise ValueError(f"every row of Y with a weight has no label or all: {loss.name} has no pair to compare there")
    return targets, s


def _codes(y: ArrayLike, n: int, k: int) -> AnyArray:
    codes = np.asarray(y)
    if codes.shape != (n,):
        raise ValueError(f"y must have shape ({n},), one class number a row of X, got {codes.shape}")
    if codes.dtype.kind not in "iu":
        raise ValueError(f"y must hold class numbers 0..{k - 1}, got dtype {codes.dtype}")
    if n and not (codes.min() >= 0 and codes.max() < k):
        row = int(np.argmax((codes < 0) | (codes >= k)))
        raise ValueError(f"y[{row}] = {codes[row]}, but W has columns for the classes 0..{k - 1} only")
    return codes.astype(np.int64, copy=False)


def _sample_weights(sample_weight: ArrayLike | None, n: int) -> FloatArray | None:
    if sample_weight is None:
        return None
    s = np.asarray(sample_weight, dtype=np.float64)
    if s.shape != (n,):
        raise ValueError(f"sample_weight must have shape ({n},), got {s.shape}")
    if not np.isfinite(s).all() or (s < 0).any() or s.sum() == 0:
        raise ValueError("sample_weight must be finite, not negative, and not all zero")
    return s
