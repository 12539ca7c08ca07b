"""The course's linear classifiers: minibatch SGD on the SVM or the softmax loss."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from taut._typing import FloatArray, IntArray
from taut.cs231n._convention import Convention
from taut.cs231n._minibatches import checked_examples, minibatches, tell


class LinearClassifier(ABC):
    """Scores X W, trained by minibatch SGD; a subclass gives the loss.

    Attributes
    ----------
    W : ndarray of shape (d, k), or None before the training
    """

    def __init__(self) -> None:
        self.W: FloatArray | None = None

    @abstractmethod
    def loss(self, X_batch: Any, y_batch: ArrayLike, reg: float) -> tuple[float, FloatArray]:
        """The regularised loss of some rows, and its gradient with respect to W."""

    def train(
        self,
        X: Any,
        y: ArrayLike,
        learning_rate: float = 1e-3,
        reg: float = 1e-5,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
    ) -> list[float]:
        """Train W by steps −learning_rate · dW on random minibatches, from 0.001 · N(0, 1) or from where it stands.

        W (once), then the rows of each minibatch (with replacement) come from NumPy's global stream in the course's
        order, so that ``np.random.seed`` fixes the result.

        Parameters
        ----------
        X : array of shape (n, d)
        y : array-like of shape (n,)
            Class numbers; max(y) + 1 classes.
        learning_rate, reg : float
        num_iters, batch_size : int
        verbose : bool
            Whether to print the loss every hundredth iteration.

        Returns
        -------
        list of float
            The loss of each minibatch, before its step.

        Raises
        ------
        ValueError
            X and y that do not fit together, class numbers that do not fit W.

        Examples
        --------
        >>> import numpy as np
        >>> from taut.cs231n import half as course
        >>> np.random.seed(0)
        >>> svm = course.LinearSVM()
        >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.2], [0.2, 1.0]])
        >>> history = svm.train(X, np.array([0, 1, 0, 1]), learning_rate=0.1, num_iters=101, verbose=True)
        iteration 0 / 101: loss 0.998827
        iteration 100 / 101: loss 0.000008
        >>> svm.predict(X)
        array([0, 1, 0, 1])
        """
        X, labels = checked_examples(X, y)
        if self.W is None:
            self.W = 0.001 * np.random.randn(X.shape[1], int(np.max(labels)) + 1)
        history = []
        for iteration, X_batch, y_batch in minibatches(X, labels, num_iters, batch_size):
            loss, gradient = self.loss(X_batch, y_batch, reg)
            history.append(loss)
            self.W = self.W - learning_rate * gradient
            if verbose:
                tell(iteration, num_iters, loss)
        return history

    def predict(self, X: Any) -> IntArray:
        """The class of the largest score for each row of X, (n,)."""
        return np.argmax(np.asarray(X @ self._trained()), axis=1)

    def _trained(self) -> FloatArray:
        if self.W is None:
            raise ValueError("there are no weights yet: call train first, or set W")
        return self.W


class MulticlassSVM(LinearClassifier):
    """The multiclass SVM (margin 1), trained by minibatch SGD; a subclass says what reg means."""

    convention: ClassVar[Convention]

    def loss(self, X_batch: Any, y_batch: ArrayLike, reg: float) -> tuple[float, FloatArray]:
        """The SVM loss of some rows and dW, by `svm_loss_vectorized`."""
        return self.convention.svm_loss_vectorized(self._trained(), X_batch, y_batch, reg)


class SoftmaxClassifier(LinearClassifier):
    """The softmax classifier, trained by minibatch SGD; a subclass says what reg means."""

    convention: ClassVar[Convention]

    def loss(self, X_batch: Any, y_batch: ArrayLike, reg: float) -> tuple[float, FloatArray]:
        """The softmax loss of some rows and dW, by `softmax_loss_vectorized`."""
        return self.convention.softmax_loss_vectorized(self._trained(), X_batch, y_batch, reg)
