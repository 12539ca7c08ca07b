"""The multiclass linear classifier."""

import dataclasses
import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from taut._typing import AnyArray, FloatArray
from taut.estimators._class_scores import ClassScores
from taut.estimators._following import following
from taut.estimators._parameters import check_parameters
from taut.estimators._report_of import report_of
from taut.estimators._scaling import remember_scaling
from taut.estimators._scores_of import scores_of
from taut.estimators._solver import make_solver
from taut.estimators._validation import (
    encoded,
    partly_encoded,
    unchanged_on_error,
    validated_matrix,
    validated_targets,
    validated_weights,
)
from taut.losses import Loss
from taut.models import Linear
from taut.objective import Certificate, Risk
from taut.report import Report
from taut.solvers import Solution, Status, Stop, fit_findings, run


class LinearClassifier(ClassScores):
    """Multiclass linear classifier whose fit ends with a certificate.

    It minimises P(W, b) = (1/S) Σ_i s_i loss(x_i W + b, y_i) + l2/2 ‖W‖², S = Σ s_i, and stops when the
    duality gap proves that P is within ``tol`` (relative) of its minimum.

    Parameters
    ----------
    loss : {"hinge", "squared_hinge", "crammer_singer", "softmax", "squared"} or Loss, default="hinge"
        "hinge" is the Weston–Watkins multiclass SVM; formulas in `taut.losses`. At a kink the comparison
        is strict.
    l2 : float, default=1e-4
        ≥ 0; never acts on the intercept. `taut.l2_from` translates C and the courses' conventions.
    margin : float, default=1.0
        Δ ≥ 0 of the hinges.
    solver : {"auto", "newton", "dual_ascent", "quasi_newton", "gradient_descent", "sgd"}, default="auto"
        "auto" ends with a certificate. "sgd" is the minibatch training of the course, which seldom does.
    fit_intercept : bool, default=True
    tol : float, default=1e-3
        The relative duality gap that is enough, the same for every loss.
    max_iter : int, optional
        Passes over the data; by default 20,000, for "sgd" 100.
    class_weight : dict or "balanced", optional
        Multiplies the sample weights.
    warm_start : bool, default=False
        Start from the weights of the previous fit; "dual_ascent" from its dual point, where ``witness_`` holds one
        for the same rows.
    learning_rate : float, optional
        Step of "gradient_descent" (default: searched) and "sgd" (default: from the data's scale).
    decay : float, default=1.0
        Multiplies the learning rate after every pass.
    batch_size : int, default=200
        Rows a step of "sgd".
    momentum : float, default=0.0
        In [0, 1), of "sgd" and of "gradient_descent" with a given learning rate.
    random_state : int, RandomState or None
        Of the order of the rows in "sgd" and "dual_ascent"; for the latter None is a fixed seed.
    n_threads : int, optional
        Threads of the matrix products; by default as many as BLAS takes.
    verbose : bool or int, default=False
        Show how far the fit is: a live line on a terminal, one output in a notebook, now and then a line in a log
        (standard error); at last the verdict.

    Attributes
    ----------
    coef_ : ndarray of shape (C, D)
        One row of weights a class, also for two classes.
    intercept_ : ndarray of shape (C,)
        With ``fit_intercept=False`` 0, until `unscale` takes a shift of the columns into it.
    classes_ : ndarray of shape (C,)
        The labels, sorted: class j of the rows above.
    primal_, dual_, gap_ : float
        The objective at the returned weights, a lower bound on its minimum, and their relative distance.
    report_ : Report
        ``str(report_)`` is the verdict in one sentence.
    n_iter_ : int
        Passes over the data.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Their names, where X had some, as in scikit-learn.
    witness_ : ndarray of shape (n, C)
        The dual point behind ``dual_``; only after ``fit(…, witness=True)``.

    Raises
    ------
    ValueError
        NaN or infinity in X (the first is named), fewer than two classes, a parameter out of range.

    Warns
    -----
    ConvergenceWarning
        The fit ended without a certificate; the best weights found are kept.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from taut import LinearClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LinearClassifier("hinge", l2=0.01).fit(X, y)
    >>> bool(model.gap_ <= 1e-3)
    True
    >>> bool(model.score(X, y) > 0.97)
    True

    References
    ----------
    J. Weston, C. Watkins, "Support vector machines for multi-class pattern recognition", ESANN 1999.
    """

    coef_: FloatArray
    intercept_: FloatArray
    classes_: AnyArray
    primal_: float
    dual_: float
    gap_: float
    report_: Report
    n_iter_: int
    n_features_in_: int
    feature_names_in_: AnyArray
    witness_: FloatArray
    scale_: FloatArray
    shift_: FloatArray

    def __init__(
        self,
        loss: str | Loss = "hinge",
        *,
        l2: float = 1e-4,
        margin: float = 1.0,
        solver: str = "auto",
        fit_intercept: bool = True,
        tol: float = 1e-3,
        max_iter: int | None = None,
        class_weight: Any = None,
        warm_start: bool = False,
        learning_rate: float | None = None,
        decay: float = 1.0,
        batch_size: int = 200,
        momentum: float = 0.0,
        random_state: Any = None,
        n_threads: int | None = None,
        verbose: bool | int = False,
    ) -> None:
        self.loss = loss
        self.l2 = l2
        self.margin = margin
        self.solver = solver
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.learning_rate = learning_rate
        self.decay = decay
        self.batch_size = batch_size
        self.momentum = momentum
        self.random_state = random_state
        self.n_threads = n_threads
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None, *, witness: bool = False) -> Self:
        """Fit to X (n, D), y (n,) and sample weights (n,); keep the dual point if ``witness``."""
        with unchanged_on_error(self):
            loss, l2 = check_parameters(self)
            matrix = validated_matrix(self, X, reset=True)
            name, solver, stop = make_solver(self, loss, matrix)
            labels = validated_targets(y, matrix.shape[0])
            classes, codes = encoded(labels)
            weights, weight_sum = validated_weights(sample_weight, self.class_weight, classes, labels, matrix)
        model = Linear(matrix.shape[1], len(classes), bool(self.fit_intercept))
        risk = Risk(matrix, codes, loss, model, l2, weights, self.n_threads)
        theta: FloatArray = np.zeros(model.size)
        if self.warm_start:
            theta, dual = self._previous(model, classes), self._previous_dual(risk, classes)
            solver = solver if dual is None else solver.begun_at(dual)
        shown = following(bool(self.verbose), type(self).__name__, total=stop.max_iter, tol=stop.tol)
        with shown as told, threadpool_limits(self._threads(risk), user_api="blas"):
            solution = run(solver, risk, theta, stop)
        self.classes_ = classes
        self._adopt(risk, solution, name, stop, weight_sum)
        if witness and solution.certificate.witness is not None:
            self.witness_ = solution.certificate.witness
            self._tell()
        told.end(self.report_)
        if not self.report_.certified:
            warnings.warn(str(self.report_), ConvergenceWarning, stacklevel=2)
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """One pass of minibatch SGD over these rows; the first call names all classes.

        The learning rate decays and the order of rows changes from call to call as they do from pass to pass of
        ``solver="sgd"``; momentum starts anew with each call.
        """
        with unchanged_on_error(self):
            loss, l2 = check_parameters(self)
            first = not hasattr(self, "coef_")
            matrix = validated_matrix(self, X, reset=first)
            labels = validated_targets(y, matrix.shape[0])
            self.classes_, codes = partly_encoded(labels, classes, None if first else self.classes_)
            weights, weight_sum = validated_weights(sample_weight, self.class_weight, self.classes_, labels, matrix)
        model = Linear(matrix.shape[1], len(self.classes_), bool(self.fit_intercept))
        risk = Risk(matrix, codes, loss, model, l2, weights, self.n_threads)
        passes = 0 if first else self.n_iter_
        _, solver, stop = make_solver(self._as_sgd(), loss, matrix, passes=passes)
        with threadpool_limits(self._threads(risk), user_api="blas"):
            iterate = next(solver.iterates(risk, self._previous(model, self.classes_)))
        why = "no bound is known for rows that are seen once"
        primal = risk.value(risk.rounded(iterate.theta))
        unproved = Certificate(iterate.theta, primal, -np.inf, np.inf, why)
        solution = Solution(iterate.theta, unproved, Status.PARTIAL, passes + 1, 0.0, ())
        self._adopt(risk, solution, "sgd", stop, weight_sum)
        return self

    def unscale(self, *, scale: ArrayLike | None = None, shift: ArrayLike | None = None) -> Self:
        """Re-express weights fitted on (X − shift) · scale so that they take X itself.

        Predictions stay what they were. The penalty keeps acting on the weights of the scaled columns,
        which are ``coef_ / scale_``; ``scale_`` and ``shift_`` remember both.

        Examples
        --------
        >>> import numpy as np, taut
        >>> X, y = np.array([[0.0], [100.0], [200.0]]), [0, 1, 1]
        >>> model = taut.LinearClassifier("softmax").fit(taut.as_matrix(X, scale=0.01), y)
        >>> model.unscale(scale=0.01).predict([[0.0], [100.0]])
        array([0, 1])
        """
        remember_scaling(self, scale, shift)
        raw = self.coef_ * self.scale_
        self.intercept_ = self.intercept_ - raw @ self.shift_
        self.coef_ = raw
        self._tell()
        return self

    def _threads(self, risk: Risk) -> int | None:
        """Threads of BLAS: one where a second would only be woken up."""
        return 1 if self.n_threads is None and risk.is_small else self.n_threads

    def _as_sgd(self) -> Any:
        return type(self)(**{**self.get_params(deep=False), "solver": "sgd"})

    def _previous(self, model: Linear, classes: AnyArray) -> FloatArray:
        """Theta of the previous fit, zeros where there is none that fits."""
        coef = getattr(self, "coef_", None)
        if coef is None or coef.shape != (model.k, model.d) or not np.array_equal(self.classes_, classes):
            return np.zeros(model.size)
        intercept = self.intercept_
        if hasattr(self, "scale_"):  # back to the scaled columns, which is what is fitted
            intercept = intercept + coef @ self.shift_
            coef = coef / self.scale_
        parts = [coef.T, intercept[None, :]] if model.intercept else [coef.T]
        return np.concatenate(parts).astype(np.float64).ravel()

    def _previous_dual(self, risk: Risk, classes: AnyArray) -> FloatArray | None:
        """The dual point of the previous fit where it was kept and is one for these rows too."""
        dual = getattr(self, "witness_", None)
        if (
            dual is None
            or dual.shape != (risk.matrix.shape[0], risk.model.k)
            or not np.array_equal(self.classes_, classes)
        ):
            return None
        return dual if np.isfinite(risk.loss.conjugate(dual, risk.targets)).all() else None

    def _adopt(self, risk: Risk, solution: Solution, solver: str, stop: Stop, weight_sum: float) -> None:
        """The one place where theta becomes coef_ and intercept_."""
        W, b = risk.model.views(solution.theta.astype(risk.matrix.dtype))
        self.coef_ = np.ascontiguousarray(W.T)
        self.intercept_ = np.zeros(risk.model.k, dtype=W.dtype) if b is None else b.copy()
        for stale in ("scale_", "shift_", "witness_"):
            if hasattr(self, stale):
                delattr(self, stale)
        self.n_iter_ = max(1, int(np.ceil(solution.passes)))
        proved = solution.certificate
        self.primal_, self.dual_, self.gap_ = proved.primal, proved.dual, proved.gap
        report = report_of(risk, solution, solver, stop, weight_sum)
        found = fit_findings(risk, solution, stop, getattr(self, "feature_names_in_", None))
        told = tuple(dataclasses.asdict(finding) for finding in found)
        self.report_ = dataclasses.replace(report, findings=told)
        self._tell()

    def scores(self, X: Any) -> FloatArray:
        """X W + b, (n, C), one column a class also for two classes."""
        check_is_fitted(self)
        matrix = validated_matrix(self, X, reset=False)
        return scores_of(Linear(matrix.shape[1], len(self.classes_)), (self.coef_.T, self.intercept_), matrix)
