"""What the course's reg means, and its four loss functions under it."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

import taut
from taut._typing import AnyArray, FloatArray
from taut.losses import Row, make_loss


@dataclass(frozen=True)
class Convention:
    """One reading of reg: "half" is R = ½ reg ‖W‖², dR = reg W; "full" is R = reg ‖W‖², dR = 2 reg W."""

    name: Literal["half", "full"]

    def l2(self, reg: float) -> float:
        """The strength reg in taut's own objective, loss mean + l2/2 ‖W‖²."""
        return taut.l2_from(reg=reg, convention=self.name)

    def svm_loss_naive(self, W: ArrayLike, X: ArrayLike, y: ArrayLike, reg: float) -> tuple[float, FloatArray]:
        r"""Multiclass SVM loss and gradient, example by example: the text to learn from, and the oracle of the tests.

        .. math:: L = \frac1N \sum_i \sum_{j \ne y_i} \max(0,\, s_{ij} - s_{iy_i} + 1) + R(W), \quad s_i = x_i W

        and dW the gradient; R is ½ reg ‖W‖² in `taut.cs231n.half`, reg ‖W‖² in `taut.cs231n.full`. A margin of exactly
        0 does not count.

        Parameters
        ----------
        W : array-like of shape (d, k)
            A column of weights for each class.
        X : array-like of shape (n, d)
            One example a row.
        y : array-like of shape (n,)
            Class numbers 0..k-1.
        reg : float
            ≥ 0.

        Returns
        -------
        loss : float
        dW : ndarray of shape (d, k)

        Raises
        ------
        ValueError
            Shapes that do not fit, class numbers outside 0..k-1, a negative reg.

        Examples
        --------
        >>> from taut.cs231n import full, half
        >>> W, X, y = [[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]], [[1.0, 2.0], [0.5, 0.0]], [1, 2]
        >>> half.svm_loss_naive(W, X, y, 0.1)[0], full.svm_loss_naive(W, X, y, 0.1)[0]
        (1.9, 2.05)

        References
        ----------
        J. Weston, C. Watkins, "Support vector machines for multi-class pattern recognition", ESANN 1999, eq. 3.
        """
        return _by_rows("hinge", W, X, y, self.l2(reg))

    def svm_loss_vectorized(self, W: Any, X: Any, y: ArrayLike, reg: float) -> tuple[float, FloatArray]:
        """Multiclass SVM loss and gradient by matrix products; the formula, arguments and results of `svm_loss_naive`.

        X may be sparse too. `taut.loss_and_gradient` is the same with every option.

        Examples
        --------
        >>> import numpy as np
        >>> from taut.cs231n import half
        >>> loss, dW = half.svm_loss_vectorized(np.zeros((4, 10)), np.ones((5, 4)), np.arange(5), 0.1)
        >>> loss, dW.shape
        (9.0, (4, 10))
        """
        return taut.loss_and_gradient(W, X, y, loss="hinge", l2=self.l2(reg))

    def softmax_loss_naive(self, W: ArrayLike, X: ArrayLike, y: ArrayLike, reg: float) -> tuple[float, FloatArray]:
        r"""Softmax (cross-entropy) loss and gradient, example by example.

        .. math:: L = \frac1N \sum_i \Big(\log \sum_j e^{s_{ij}} - s_{iy_i}\Big) + R(W), \quad s_i = x_i W

        and dW the gradient, safe at scores of any size; R is ½ reg ‖W‖² in `taut.cs231n.half`, reg ‖W‖² in
        `taut.cs231n.full`. Arguments, results and errors are those of `svm_loss_naive`.

        Examples
        --------
        >>> from taut.cs231n import half
        >>> loss, dW = half.softmax_loss_naive([[0.0, 0.0]], [[1.0], [2.0]], [0, 1], 0.0)
        >>> round(loss, 6), dW
        (0.693147, array([[ 0.25, -0.25]]))

        References
        ----------
        C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, eq. 4.108 and 4.109.
        """
        return _by_rows("softmax", W, X, y, self.l2(reg))

    def softmax_loss_vectorized(self, W: Any, X: Any, y: ArrayLike, reg: float) -> tuple[float, FloatArray]:
        """Softmax loss and gradient by matrix products; the formula, arguments and results of `softmax_loss_naive`.

        X may be sparse too. `taut.loss_and_gradient` is the same with every option.

        Examples
        --------
        >>> import numpy as np
        >>> from taut.cs231n import half
        >>> loss, dW = half.softmax_loss_vectorized(np.zeros((4, 10)), np.ones((5, 4)), np.arange(5), 0.1)
        >>> round(loss, 6), dW.shape
        (2.302585, (4, 10))
        """
        return taut.loss_and_gradient(W, X, y, loss="softmax", l2=self.l2(reg))


def _by_rows(loss: str, W: ArrayLike, X: ArrayLike, y: ArrayLike, l2: float) -> tuple[float, FloatArray]:
    """Mean over the examples of the loss's row form, and the sum of what each example adds to dW, written as a loop."""
    weights, examples, labels = _checked(W, X, y)
    made = make_loss(loss)
    row: Row = type(made).row
    columns = np.ascontiguousarray(weights.T)  # a class's weights lie together, and so does its part of the gradient
    total, gradient, slopes = 0.0, np.zeros(columns.shape), [0.0] * len(columns)
    for x, label in zip(examples, labels, strict=True):
        total += row((columns @ x).tolist(), int(label), made.margin, made.width, slopes)
        gradient += np.outer(slopes, x)
    gradient /= len(examples)
    gradient += l2 * columns
    value = total / len(examples)
    if l2 > 0:  # 0 times a square that overflows would be NaN
        value += 0.5 * l2 * float(np.sum(np.square(columns, dtype=np.float64)))
    return value, np.ascontiguousarray(gradient.T, dtype=columns.dtype)


def _checked(W: ArrayLike, X: ArrayLike, y: ArrayLike) -> tuple[AnyArray, AnyArray, AnyArray]:
    weights, examples, labels = np.asarray(W), np.asarray(X), np.asarray(y)
    if weights.ndim != 2 or examples.ndim != 2 or examples.shape[1] != weights.shape[0]:
        raise ValueError(f"X must be (n, d) and W (d, k), got X {examples.shape} and W {weights.shape}")
    n, k = len(examples), weights.shape[1]
    if not n or not k:
        raise ValueError(f"nothing to evaluate: X has shape {examples.shape}, W has shape {weights.shape}")
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(f"y must hold {n} class numbers, got {labels.dtype} of shape {labels.shape}")
    if labels.min() < 0 or labels.max() >= k:
        row = int(np.argmax((labels < 0) | (labels >= k)))
        raise ValueError(f"y[{row}] = {labels[row]}, but W has columns for the classes 0..{k - 1} only")
    both = np.result_type(weights, examples)
    computed = both if both in (np.float32, np.float64) else np.dtype(np.float64)  # small integers would wrap around
    return weights.astype(computed, copy=False), examples.astype(computed, copy=False), labels
