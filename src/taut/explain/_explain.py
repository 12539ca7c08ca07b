"""The public function: checks what it is given, and lays out the steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from taut._typing import FloatArray
from taut.explain._explanation import Explanation
from taut.explain._linear import LinearProblem
from taut.explain._live import live_facts
from taut.explain._net import NetProblem
from taut.losses import Loss, make_loss
from taut.matrix import as_matrix
from taut.objective import loss_and_gradient

MOST = 50_000_000
"""Entries of X: all of them are looked at, in float64."""

GRADIENTS = ("dW", "dW1", "db1", "dW2", "db2", "dX")


def explain_gradient(
    W: Any,
    X: Any,
    y: ArrayLike,
    *,
    loss: str | Loss = "hinge",
    margin: float = 1.0,
    l2: float = 0.0,
    sample_weight: ArrayLike | None = None,
    bias_row: int | None = None,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    example_names: Sequence[str] | None = None,
) -> Explanation:
    r"""Show how the loss and its gradient come about on real numbers, step by step.

    .. math:: S = XW, \quad A_{ij} = \frac{\partial \ell(S_i, y_i)}{\partial S_{ij}}, \quad
       dW = \frac1N X^T A + l2\, W, \quad dX = \frac1N A W^T

    Each step comes with its formula, the same for one entry in loop form, and why it is so; every entry that is shown
    is computed both ways and compared.

    Parameters
    ----------
    W : array-like of shape (d, k), or mapping
        Of a two-layer network a mapping with the names W1 (d, h), b1 (h,), W2 (h, k) and b2 (k,).
    X : array-like, sparse or Matrix of shape (n, d)
        One example a row. All of them count; the first few are shown.
    y : array-like of shape (n,)
        Class numbers 0..k-1.
    loss : {"hinge", "squared_hinge", "crammer_singer", "softmax", "squared"} or Loss
    margin : float
        Δ ≥ 0 of the hinges. At a kink (a margin of exactly 0) the comparison is strict: the pair does not count.
    l2 : float
        ≥ 0, of the penalty l2/2 ‖W‖².
    sample_weight : array-like of shape (n,), optional
    bias_row : int, optional
        Index of the row of W that l2 leaves out.
    feature_names, class_names, example_names : sequence of str, optional
        d, k and n names; numbers are shown without them.

    Returns
    -------
    Explanation
        ``str()`` for the terminal, ``.to_html()`` for a page; ``.value`` and ``.gradients`` are those of
        `taut.loss_and_gradient` in float64.

    Raises
    ------
    ValueError
        What `taut.loss_and_gradient` refuses, numbers that are not finite, names that do not fit, more than fifty
        million entries of X.

    Examples
    --------
    >>> import taut
    >>> W = [[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]
    >>> found = taut.explain_gradient(W, [[1.0, 2.0], [0.5, 0.0]], [1, 2], loss="hinge")
    >>> found.value
    1.75
    >>> found.gradient
    array([[ 0.25,  0.25, -0.5 ],
           [ 0.  ,  0.  ,  0.  ]])

    References
    ----------
    J. Weston, C. Watkins, ESANN 1999, eq. 3 (hinge); C. M. Bishop, "Pattern Recognition and Machine Learning", 2006,
    eq. 4.109 (softmax).
    """
    made = make_loss(loss, margin=margin)
    matrix = as_matrix(X, dtype=np.float64)
    # Whatever does not fit together is refused here, in the words of the function that is explained.
    loss_and_gradient(
        W, matrix, y, loss=made, margin=margin, l2=l2, sample_weight=sample_weight, bias_row=bias_row, wrt=()
    )
    net = isinstance(W, Mapping)
    arrays = {name: np.array(array, dtype=np.float64) for name, array in (W if net else {"W": W}).items()}
    (n, d), k = matrix.shape, arrays["W2" if net else "W"].shape[1]
    if n * d > MOST:
        raise ValueError(f"X has {n:,} x {d:,} entries; every one is looked at, so pass some of the rows")
    block: Any = matrix.block(slice(0, n))
    arrays["X"] = block if isinstance(block, np.ndarray) else block.toarray()
    for name, array in arrays.items():
        _check_finite(name, array)
    shared: dict[str, Any] = {
        **arrays,
        "y": np.asarray(y).astype(np.int64),
        "weights": None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64),
        "loss": made,
        "l2": float(l2),
    }
    bias = None if bias_row is None else int(bias_row) % d
    problem = NetProblem(**shared) if net else LinearProblem(**shared, bias_row=bias)
    features, classes = _names("feature_names", feature_names, d), _names("class_names", class_names, k)
    return _explained(problem, problem.axes(features, classes, _names("example_names", example_names, n)))


def _explained(problem: Any, axes: Any) -> Explanation:
    steps = problem.steps(axes)
    found = {step.name: step.array for step in steps}
    return Explanation(
        loss=problem.loss.name,
        margin=problem.loss.margin,
        l2=problem.l2,
        value=float(found["Loss"]),
        gradients={name: found[name] for name in GRADIENTS if name in found},
        shapes=problem.shapes(),
        steps=tuple(steps),
        correct=dict(enumerate(problem.y[: len(axes[0].page)].tolist())),
        live=live_facts(problem, axes),
    )


def _names(option: str, names: Sequence[str] | None, count: int) -> list[str] | None:
    if names is None:
        return None
    listed = [str(name) for name in names]
    if len(listed) != count:
        raise ValueError(f"{option} holds {len(listed)} names, but there are {count}")
    return listed


def _check_finite(name: str, array: FloatArray) -> None:
    if not np.isfinite(array).all():
        place = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
        raise ValueError(
            f"{name}[{', '.join(map(str, place))}] is {array[place]}: a gradient is explained on finite numbers"
        )
