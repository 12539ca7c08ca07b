"""The course's two-layer network."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

import taut
from taut._typing import FloatArray, IntArray
from taut.cs231n._convention import Convention
from taut.cs231n._minibatches import checked_examples, minibatches, tell


class Net:
    r"""Two layers with a ReLU between them, and the softmax loss.

    .. math:: S = \max(0,\, X W_1 + b_1)\, W_2 + b_2, \quad
       L = \frac1N \sum_i \Big(\log \sum_j e^{s_{ij}} - s_{iy_i}\Big) + R(W_1) + R(W_2)

    R is ½ reg ‖W‖² in `taut.cs231n.half`, reg ‖W‖² in `taut.cs231n.full`. At a hidden value of exactly 0 the ReLU's
    derivative is taken as 0. Scores of any size are safe.

    Parameters
    ----------
    input_size, hidden_size, output_size : int
        d, h and k.
    std : float
        W1, then W2 are drawn as std · N(0, 1) from NumPy's global stream; the biases are 0.

    Attributes
    ----------
    params : dict
        W1 (d, h), b1 (h,), W2 (h, k), b2 (k,).

    Examples
    --------
    >>> import numpy as np
    >>> from taut.cs231n import full as course
    >>> np.random.seed(0)
    >>> net = course.TwoLayerNet(4, 10, 3, std=1e-1)
    >>> X = 10 * np.random.randn(5, 4)
    >>> net.loss(X).shape
    (5, 3)
    >>> loss, grads = net.loss(X, np.array([0, 1, 2, 2, 1]), reg=0.05)
    >>> sorted(grads)
    ['W1', 'W2', 'b1', 'b2']
    """

    convention: ClassVar[Convention]

    def __init__(self, input_size: int, hidden_size: int, output_size: int, std: float = 1e-4) -> None:
        self.params: dict[str, FloatArray] = {
            "W1": std * np.random.randn(input_size, hidden_size),
            "b1": np.zeros(hidden_size),
            "W2": std * np.random.randn(hidden_size, output_size),
            "b2": np.zeros(output_size),
        }

    def loss(self, X: Any, y: ArrayLike | None = None, reg: float = 0.0) -> Any:
        """The scores (n, k) where y is None, else the loss and a dict of the gradients by the names of ``params``.

        Parameters
        ----------
        X : array of shape (n, d)
        y : array-like of shape (n,), optional
            Class numbers 0..k-1.
        reg : float
            ≥ 0; on W1 and W2, never on the biases.

        Raises
        ------
        ValueError
            Shapes that do not fit, class numbers outside 0..k-1, a negative reg.
        """
        if y is None:
            hidden = np.maximum(0.0, np.asarray(X @ self.params["W1"]) + self.params["b1"])
            return hidden @ self.params["W2"] + self.params["b2"]
        return taut.loss_and_gradient(self.params, X, y, loss="softmax", l2=self.convention.l2(reg))

    def train(
        self,
        X: Any,
        y: ArrayLike,
        X_val: Any,
        y_val: ArrayLike,
        learning_rate: float = 1e-3,
        learning_rate_decay: float = 0.95,
        reg: float = 5e-6,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
    ) -> dict[str, list[float]]:
        """Train by steps −learning_rate · gradient on random minibatches.

        After iteration 0 and after every whole epoch (n / batch_size iterations, at least one) the accuracies on the
        minibatch and on the validation rows are noted, and the learning rate is multiplied by its decay. As in the
        course, an epoch is not rounded: where n / batch_size is not whole, only its whole multiples count. Minibatches
        are drawn with replacement from NumPy's global stream.

        Parameters
        ----------
        X, X_val : array of shape (n, d)
        y, y_val : array-like of shape (n,)
            Class numbers 0..k-1.
        learning_rate, learning_rate_decay, reg : float
        num_iters, batch_size : int
        verbose : bool
            Whether to print the loss every hundredth iteration.

        Returns
        -------
        dict
            loss_history, one entry an iteration; train_acc_history and val_acc_history, one an epoch.

        Raises
        ------
        ValueError
            Shapes that do not fit, class numbers outside 0..k-1.
        """
        (X, labels), (X_val, labels_val) = checked_examples(X, y), checked_examples(X_val, y_val)
        epoch = max(len(labels) / max(batch_size, 1), 1)
        losses, seen, held_out = [], [], []
        for iteration, X_batch, y_batch in minibatches(X, labels, num_iters, batch_size):
            loss, gradients = self.loss(X_batch, y_batch, reg)
            losses.append(loss)
            self._step(gradients, learning_rate)
            if verbose:
                tell(iteration, num_iters, loss)
            if iteration % epoch == 0:
                seen.append(float(np.mean(self.predict(X_batch) == y_batch)))
                held_out.append(float(np.mean(self.predict(X_val) == labels_val)))
                learning_rate *= learning_rate_decay
        return {"loss_history": losses, "train_acc_history": seen, "val_acc_history": held_out}

    def predict(self, X: Any) -> IntArray:
        """The class of the largest score for each row of X, (n,)."""
        return np.argmax(self.loss(X), axis=1)

    def _step(self, gradients: Mapping[str, FloatArray], learning_rate: float) -> None:
        for name in self.params:
            self.params[name] = self.params[name] - learning_rate * gradients[name]
