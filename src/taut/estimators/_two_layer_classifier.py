"""The two-layer network as a classifier."""

import math
import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from taut._typing import AnyArray, FloatArray, IntArray
from taut.estimators._class_scores import ClassScores
from taut.estimators._following import following
from taut.estimators._net_report_of import net_report_of
from taut.estimators._parameters import check_parameters
from taut.estimators._scaling import remember_scaling
from taut.estimators._scores_of import scores_of
from taut.estimators._training import (
    Settings,
    accuracy,
    blas_held,
    checked_settings,
    general_solver,
    held_out_rows,
    minibatch_solver,
    seen_rows,
)
from taut.estimators._validation import (
    encoded,
    partly_encoded,
    unchanged_on_error,
    validated_matrix,
    validated_targets,
    validated_weights,
)
from taut.losses import Loss
from taut.models import TwoLayer
from taut.objective import NetRisk
from taut.report import NetReport
from taut.solvers import Epoch, Status, Training, Update, has_diverged, train

SEEDS = 2**31 - 1


class TwoLayerClassifier(ClassScores):
    """Network with one hidden layer of ReLU units, trained by explicit backpropagation.

    It minimises P = (1/S) Σ_i s_i loss(max(0, x_i W1 + b1) W2 + b2, y_i) + l2/2 (‖W1‖² + ‖W2‖²), S = Σ s_i. P is not
    convex: the fit stops when nothing gets better any more, and no bound on the optimum is known. Columns of X of about
    unit size train best (``taut.as_matrix(X, scale=…, shift=…)`` scales without a copy). float32 X is computed, and its
    weights are kept, in float32. A seed gives the same weights again: with any number of threads where X is dense, its
    rows whole in memory, and large enough for the compiled kernel; else with the same number.

    Parameters
    ----------
    hidden : int, default=50
        Units of the hidden layer.
    loss : {"softmax", "hinge", "squared_hinge", "crammer_singer", "squared"} or Loss, default="softmax"
        Formulas in `taut.losses`. A hidden value or a margin of exactly 0 passes no gradient.
    l2 : float, default=1e-4
        ≥ 0; acts on W1 and W2, never on the biases. `taut.l2_from` translates the courses' conventions.
    margin : float, default=1.0
        Δ ≥ 0 of the hinges.
    solver : {"adam", "sgd", "quasi_newton"}, default="adam"
        "sgd" is minibatch descent with momentum; "quasi_newton" is L-BFGS on all rows at once, for small data.
    learning_rate : float, optional
        Step of "adam" (default 0.001) and "sgd" (default: from the steepness of P at the start).
    decay : float, default=1.0
        Multiplies the learning rate after every pass.
    momentum : float, default=0.9
        In [0, 1), of "sgd".
    batch_size : int, default=200
        Rows a step.
    max_iter : int, optional
        Passes over the data; by default 200, for "quasi_newton" 1000.
    tol : float, default=1e-4
        A smaller gain, of the loss or of the validation accuracy, is none.
    patience : int, default=10
        Passes without a gain that end the fit.
    init : "he" or float, default="he"
        Standard deviation of the first weights; "he" takes √(2 / mean ‖x‖²) for W1, which for inputs of unit size is
        √(2 / D), and √(2 / hidden) for W2. Biases start at 0.
    early_stopping : bool, default=False
        Hold rows out, stop by the accuracy on them, and keep the weights that were best there; otherwise the loss
        decides.
    validation_fraction : float, default=0.1
        Share of the rows that is held out, each class in its share.
    class_weight : dict or "balanced", optional
        Multiplies the sample weights.
    warm_start : bool, default=False
        Start from the weights of the previous fit.
    random_state : int, RandomState or None
        Of the first weights, the rows held out, and the order of the batches.
    n_threads : int, optional
        Threads of the matrix products; by default as many as BLAS takes.
    verbose : bool or int, default=False
        Show how far the fit is: a live line on a terminal, one output in a notebook, now and then a line in a log
        (standard error); at last the verdict.

    Attributes
    ----------
    W1_ : ndarray of shape (D, hidden)
    b1_ : ndarray of shape (hidden,)
        Weights and biases of the hidden units.
    W2_ : ndarray of shape (hidden, C)
    b2_ : ndarray of shape (C,)
        Weights and biases of the scores: one column of W2 a class, also for two classes.
    params_ : dict
        The same arrays as W1, b1, W2 and b2: the names of the formulas, and what `taut.loss_and_gradient` takes, while
        scikit-learn's rules ask every fitted attribute for a trailing underscore.
    classes_ : ndarray of shape (C,)
    history_ : dict of lists
        ``loss``, ``train_accuracy`` (on some training rows) and ``validation_accuracy`` (NaN where no rows are held
        out) after every pass.
    report_ : NetReport
        ``str(report_)`` is the verdict in one sentence.
    n_iter_ : int
        Passes over the data.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Their names, where X had some, as in scikit-learn.

    Raises
    ------
    ValueError
        NaN or infinity in X (the first is named), fewer than two classes, a parameter out of range.

    Warns
    -----
    ConvergenceWarning
        The fit diverged, was interrupted, or ran out of passes; the best weights found are kept.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from taut import TwoLayerClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> net = TwoLayerClassifier(20, solver="quasi_newton", l2=1e-3, random_state=0).fit(X, y)
    >>> bool(net.score(X, y) > 0.97)
    True
    >>> net.W1_.shape, sorted(net.params_)
    ((4, 20), ['W1', 'W2', 'b1', 'b2'])

    References
    ----------
    D. E. Rumelhart, G. E. Hinton, R. J. Williams, "Learning representations by back-propagating errors", Nature 323,
    1986 (the gradients); D. P. Kingma, J. Ba, ICLR 2015 (Adam); K. He et al., ICCV 2015 (the start).
    """

    W1_: FloatArray
    b1_: FloatArray
    W2_: FloatArray
    b2_: FloatArray
    history_: dict[str, list[float]]
    report_: NetReport
    n_iter_: int
    n_features_in_: int
    feature_names_in_: AnyArray
    scale_: FloatArray
    shift_: FloatArray
    _update: Update

    def __init__(
        self,
        hidden: int = 50,
        *,
        loss: str | Loss = "softmax",
        l2: float = 1e-4,
        margin: float = 1.0,
        solver: str = "adam",
        learning_rate: float | None = None,
        decay: float = 1.0,
        momentum: float = 0.9,
        batch_size: int = 200,
        max_iter: int | None = None,
        tol: float = 1e-4,
        patience: int = 10,
        init: str | float = "he",
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        n_threads: int | None = None,
        verbose: bool | int = False,
    ) -> None:
        self.hidden = hidden
        self.loss = loss
        self.l2 = l2
        self.margin = margin
        self.solver = solver
        self.learning_rate = learning_rate
        self.decay = decay
        self.momentum = momentum
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.patience = patience
        self.init = init
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.n_threads = n_threads
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to X (n, D), y (n,) and sample weights (n,)."""
        rng = check_random_state(self.random_state)
        with unchanged_on_error(self):
            loss, l2 = check_parameters(self)
            settings = checked_settings(self)
            matrix = validated_matrix(self, X, reset=True)
            labels = validated_targets(y, matrix.shape[0])
            classes, codes = encoded(labels)
            weights, weight_sum = validated_weights(sample_weight, self.class_weight, classes, labels, matrix)
            model = TwoLayer(matrix.shape[1], settings.hidden, len(classes))
            whole = NetRisk(matrix, codes, loss, model, l2, weights, self.n_threads)
            theta = self._previous(model, classes) if self.warm_start else None
            theta = _start(whole, model, settings, rng) if theta is None else theta
            held = held_out_rows(codes, whole.counted, settings.held_out, rng.randint(SEEDS))
            risk = _without(whole, held)
        solver = general_solver(self, settings.name, rng.randint(SEEDS))
        shown = following(bool(self.verbose), type(self).__name__, total=settings.patience.max_iter)
        with shown as told, blas_held(risk, self.batch_size):
            training = train(
                solver,
                risk,
                theta.astype(matrix.dtype),
                settings.patience,
                train_score=accuracy(whole, seen_rows(risk.counted)),
                validation_score=accuracy(whole, held) if len(held) else None,
            )
        self.classes_ = classes
        self.__dict__.pop("_update", None)
        self._adopt(risk, model, training, settings, weight_sum, len(held))
        told.end(self.report_)
        if training.status in (Status.DIVERGED, Status.INTERRUPTED, Status.MAX_ITER):
            warnings.warn(str(self.report_), ConvergenceWarning, stacklevel=2)
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """One pass over these rows in minibatches; the first call names all classes.

        What the solver remembers of earlier moves is kept from call to call, the learning rate decays and the order of
        rows changes as from pass to pass of a fit. ``solver="quasi_newton"``, which needs all rows at once, takes Adam.
        The first call's X decides between float32 and float64. A pass that diverges is said and undone.
        """
        rng = check_random_state(self.random_state)
        with unchanged_on_error(self):
            loss, l2 = check_parameters(self)
            settings = checked_settings(self)
            if isinstance(self.class_weight, str):
                raise ValueError(
                    f"class_weight={self.class_weight!r} counts all rows, and partial_fit sees some: give a dict, or "
                    "sample weights"
                )
            first = not hasattr(self, "W1_")
            matrix = validated_matrix(self, X, reset=first)
            if not first:
                matrix = matrix.computed_in(self.W1_.dtype)
            labels = validated_targets(y, matrix.shape[0])
            self.classes_, codes = partly_encoded(labels, classes, None if first else self.classes_)
            weights, weight_sum = validated_weights(sample_weight, self.class_weight, self.classes_, labels, matrix)
            model = TwoLayer(matrix.shape[1], settings.hidden, len(self.classes_))
            risk = NetRisk(matrix, codes, loss, model, l2, weights, self.n_threads)
            theta = _start(risk, model, settings, rng) if first else self._previous(model, self.classes_)
            if theta is None:
                raise ValueError(f"hidden={self.hidden} was {self.b1_.shape[0]} on the last call to partial_fit")
        theta = theta.astype(matrix.dtype)
        passes = 0 if first else self.n_iter_
        solver = minibatch_solver(self, settings.name, rng.randint(SEEDS), passes)
        update, kept = solver.rule(theta), self.__dict__.pop("_update", None)
        update = kept if type(kept) is type(update) else update  # of another solver's moves it would make nothing
        with blas_held(risk, self.batch_size), np.errstate(over="ignore", invalid="ignore"):
            iterate = next(solver.epochs(risk, theta.copy(), update))
        epoch = Epoch(passes + 1, 0.0, iterate.value, math.nan, iterate.step, math.nan, math.nan)
        history = () if first else tuple(Epoch(**line) for line in self.report_.history)
        diverged = has_diverged(iterate, risk.start, 1)
        training = (
            Training(theta, history[-1] if history else None, Status.DIVERGED, passes + 1, 0.0, (*history, epoch))
            if diverged
            else Training(iterate.theta, epoch, Status.PARTIAL, passes + 1, 0.0, (*history, epoch))
        )
        self._adopt(risk, model, training, settings, weight_sum, 0)
        if diverged:
            warnings.warn(str(self.report_), ConvergenceWarning, stacklevel=2)
        else:
            self._update = update
        return self

    def unscale(self, *, scale: ArrayLike | None = None, shift: ArrayLike | None = None) -> Self:
        """Re-express weights fitted on (X − shift) · scale so that they take X itself.

        Predictions stay what they were. The penalty keeps acting on the weights of the scaled columns, which are
        ``W1_ / scale_[:, None]``; ``scale_`` and ``shift_`` remember both.
        """
        remember_scaling(self, scale, shift)
        raw = self.W1_ * self.scale_[:, None]
        self.b1_ = (self.b1_ - self.shift_ @ raw).astype(self.b1_.dtype)
        self.W1_ = raw.astype(self.W1_.dtype)
        self._tell()
        return self

    @property
    def params_(self) -> dict[str, FloatArray]:
        """W1, b1, W2 and b2 by the names of the formulas."""
        check_is_fitted(self)
        return {"W1": self.W1_, "b1": self.b1_, "W2": self.W2_, "b2": self.b2_}

    def scores(self, X: Any) -> FloatArray:
        """max(0, X W1 + b1) W2 + b2, (n, C), one column a class also for two classes."""
        check_is_fitted(self)
        d, hidden = self.W1_.shape
        model = TwoLayer(d, hidden, len(self.classes_))
        return scores_of(model, self._parts(), validated_matrix(self, X, reset=False))

    def _parts(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        return self.W1_, self.b1_, self.W2_, self.b2_

    def _previous(self, model: TwoLayer, classes: AnyArray) -> FloatArray | None:
        """Theta of the previous fit, None where there is none that fits."""
        if not hasattr(self, "W1_") or self.W1_.shape != (model.d, model.hidden):
            return None
        if not np.array_equal(self.classes_, classes):
            return None
        theta: FloatArray = np.concatenate(self._parts(), axis=None)
        if hasattr(self, "scale_"):  # back to the scaled columns, which is what is fitted
            W1, b1, _, _ = model.views(theta)
            b1 += self.shift_ @ W1
            W1 /= self.scale_[:, None]
        return theta

    def _adopt(
        self, risk: NetRisk, model: TwoLayer, training: Training, settings: Settings, weight_sum: float, held: int
    ) -> None:
        """The one place where theta becomes arrays with names."""
        parts = model.views(training.theta.astype(risk.matrix.dtype))
        self.W1_, self.b1_, self.W2_, self.b2_ = (part.copy() for part in parts)
        for stale in ("scale_", "shift_"):
            self.__dict__.pop(stale, None)
        self.n_iter_ = max(1, math.ceil(training.passes))
        history = training.history
        self.history_ = {
            "loss": [epoch.loss for epoch in history],
            "train_accuracy": [epoch.train_score for epoch in history],
            "validation_accuracy": [epoch.validation_score for epoch in history],
        }
        self.report_ = net_report_of(risk, training, settings, weight_sum, held_out=held)
        self._tell()


def _start(risk: NetRisk, model: TwoLayer, settings: Settings, rng: np.random.RandomState) -> FloatArray:
    mean_square = 0.0 if settings.std else risk.mean_square
    return model.drawn(rng, settings.std, mean_square=mean_square)


def _without(risk: NetRisk, rows: IntArray) -> NetRisk:
    """The same risk, some rows left out by a weight of 0."""
    if len(rows) == 0:
        return risk
    weights = risk.all_weights.copy()
    weights[rows] = 0.0
    return NetRisk(risk.matrix, risk.targets, risk.loss, risk.model, risk.l2, weights, risk.threads)
