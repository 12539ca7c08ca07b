"""The linear regressor: least squares and ridge, solved at once or by a gradient descent that explains itself."""

import dataclasses
import warnings
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from taut._typing import AnyArray, FloatArray
from taut.estimators._following import following
from taut.estimators._regression_history import history_of
from taut.estimators._regression_solver import Journey, Plan, journey
from taut.estimators._report_of import report_of
from taut.estimators._scores_of import scores_of
from taut.estimators._standard import standard
from taut.estimators._told import Reporting, Told
from taut.estimators._told_numbers import ToldNumbers
from taut.estimators._validation import (
    refuse_vanishing_columns,
    unchanged_on_error,
    validated_matrix,
    validated_numbers,
    validated_weights,
)
from taut.losses import SquaredError
from taut.matrix import Matrix, one_blas_thread
from taut.models import Linear
from taut.objective import LeastSquaresRisk
from taut.report import Report
from taut.solvers import FULL_COLUMNS, Case, Numbered, Solution, run


class LinearRegressor(MultiOutputMixin, RegressorMixin, Reporting):
    """Least squares and ridge regression whose fit ends with a certificate, or says in numbers why it did not.

    It minimises P(w, b) = (1/S) Σ_i s_i ½(x_i·w + b − t_i)² + l2/2 ‖w‖², S = Σ s_i, for every target. The penalty never
    acts on the intercept. A ridge strength λ that multiplies ‖w‖² beside the plain sum of squares is l2 = λ/S.

    Parameters
    ----------
    l2 : float, default=0.0
        ≥ 0.
    solver : {"auto", "exact", "conjugate_gradients", "gradient_descent"}, default="auto"
        "exact" solves the normal equations, of few rows by QR, of many by Cholesky's factor where that is safe and by
        orthogonal steps where it is not; columns that depend on each other get the weights of smallest norm, and the
        report says so. Beyond 4,000 columns it is "conjugate_gradients" continued until rounding stops it. "auto" is
        "exact" up to 1,500 columns, else "conjugate_gradients".
    scaling : {"precondition", "standardize", "none"}, default="precondition"
        "precondition" lets gradient descent step in centred columns of equal curvature: the problem, its optimum and
        the weights stay those of the raw data. "standardize" is another problem where l2 > 0: the penalty acts on
        the weights of columns divided by their standard deviations. "none" steps in the raw columns.
        The other solvers look at "standardize" alone.
    learning_rate : float, "line_search" or None, default=None
        Step of "gradient_descent"; None is 1/L, L the largest curvature of P, found by power iteration;
        "line_search" goes to the lowest point along the gradient each time. A step above 2/L diverges.
    decay : float, default=1.0
        Multiplies the learning rate after every step.
    momentum : float or "accelerated", default=0.0
        Share in [0, 1) of the last move that is added to the next, or Nesterov's acceleration with restarts.
    fit_intercept : bool or "ones", default=True
        True centres the columns (a sparse X is not filled for it), "ones" takes a column of ones whose penalty is 0:
        two ways to the same numbers. False leaves b = 0.
    tol : float, default=1e-8
        The relative gap (P − lower bound of P) / P that is enough.
    max_iter : int, optional
        Steps; 20,000 by default.
    warm_start : bool, default=False
        Begin at the previous fit's weights.
    n_threads : int, optional
        Threads of the matrix products; by default as many as BLAS takes.
    verbose : bool or int, default=False
        Show how far the fit is: a live line on a terminal, one output in a notebook, now and then a line in a log
        (standard error); at last the verdict.

    Attributes
    ----------
    coef_ : ndarray of shape (D,), or (T, D) for targets of shape (n, T)
        Weights of the raw columns, whatever the scaling.
    intercept_ : float, or ndarray of shape (T,)
    primal_, dual_, gap_ : float
        P at the returned weights, a lower bound on its minimum, and their relative distance.
    report_ : Report
        ``str(report_)`` is the verdict, with one sentence for each cause that the diagnosis found.
    history_ : dict of str to ndarray
        "iteration", "cost" (P), "intercept", "coef", "step": one entry for each step; with few columns also what
        `taut.draw_descent` draws the contours from. Beyond 5 million numbers only every second step is kept.
    n_iter_ : int
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Their names, where X had some, as in scikit-learn.

    Raises
    ------
    ValueError
        NaN or infinity in X or y (the first is named), a parameter out of range.

    Warns
    -----
    ConvergenceWarning
        The fit ended without a certificate; the best weights found are kept.

    Examples
    --------
    >>> import taut
    >>> temperature = [[14.2], [16.4], [11.9], [15.2], [18.5], [22.1], [19.4], [25.1], [23.4], [18.1], [22.6], [17.2]]
    >>> sales = [215, 325, 185, 332, 406, 522, 412, 614, 544, 421, 445, 408]
    >>> model = taut.LinearRegressor(solver="gradient_descent").fit(temperature, sales)
    >>> f"{model.coef_[0]:.8f}, {model.intercept_:.8f}"
    '30.08786179, -159.47415234'
    >>> f"{model.predict([[20.0]])[0]:.2f} dollars"
    '442.28 dollars'

    References
    ----------
    A. E. Hoerl, R. W. Kennard, "Ridge regression", Technometrics 12, 1970, eq. 2.1.
    """

    coef_: FloatArray
    intercept_: Any
    primal_: float
    dual_: float
    gap_: float
    report_: Report
    history_: dict[str, Any]
    n_iter_: int
    n_features_in_: int
    feature_names_in_: AnyArray
    _teller: ClassVar[type[Told]] = ToldNumbers

    def __init__(
        self,
        *,
        l2: float = 0.0,
        solver: str = "auto",
        scaling: str = "precondition",
        learning_rate: float | str | None = None,
        decay: float = 1.0,
        momentum: float | str = 0.0,
        fit_intercept: bool | str = True,
        tol: float = 1e-8,
        max_iter: int | None = None,
        warm_start: bool = False,
        n_threads: int | None = None,
        verbose: bool | int = False,
    ) -> None:
        self.l2 = l2
        self.solver = solver
        self.scaling = scaling
        self.learning_rate = learning_rate
        self.decay = decay
        self.momentum = momentum
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.n_threads = n_threads
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to X (n, D), targets y (n,) or (n, T) and sample weights (n,)."""
        with unchanged_on_error(self):
            matrix = validated_matrix(self, X, reset=True)
            plan = Plan.of(self, *matrix.shape)
            if plan.l2 == 0.0 or plan.scaling == "standardize":  # else such a column is as good as zero
                refuse_vanishing_columns(self, matrix)
            targets = validated_numbers(y, matrix.shape[0])
            nothing = np.empty(0)
            weights, weight_sum = validated_weights(sample_weight, None, nothing, nothing, matrix)
        matrix = matrix.computed_in(np.dtype(np.float64))
        factors = standard(matrix, weights) if plan.scaling == "standardize" else np.ones(matrix.shape[1])
        if plan.scaling == "standardize":
            matrix = matrix.scaled(factors)
        risk = self._risk(plan, matrix, targets, weights)
        shown = following(bool(self.verbose), type(self).__name__, total=plan.stop.max_iter, tol=plan.stop.tol)
        with shown as told, one_blas_thread():  # so that the bits do not depend on how many there are
            way = journey(plan, risk)
            solution = run(way.solver, risk, self._start(risk, targets, factors), plan.stop)
            self._adopt(plan, risk, solution, way, factors, weight_sum, targets.ndim == 1)
        told.end(self.report_)
        if not self.report_.certified:
            warnings.warn(str(self.report_), ConvergenceWarning, stacklevel=2)
        return self

    def predict(self, X: Any) -> FloatArray:
        """X·w + b for raw columns, (n,) or (n, T)."""
        check_is_fitted(self)
        matrix: Matrix = validated_matrix(self, X, reset=False).computed_in(np.dtype(np.float64))
        coef, intercept = np.atleast_2d(self.coef_), np.atleast_1d(self.intercept_)
        forecast = scores_of(Linear(matrix.shape[1], len(coef)), (coef.T, intercept), matrix)
        return forecast[:, 0] if self.coef_.ndim == 1 else forecast

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _risk(self, plan: Plan, matrix: Matrix, targets: FloatArray, weights: FloatArray | None) -> LeastSquaresRisk:
        table = targets.reshape(len(targets), -1)
        d, k = matrix.shape[1], table.shape[1]
        # With a penalty, strong convexity proves what conjugate gradients find without a factor of many columns.
        spares = plan.solver == "conjugate_gradients" and plan.l2 > 0
        limit = {"most_columns": FULL_COLUMNS} if spares else {}
        return LeastSquaresRisk(
            matrix, table, SquaredError(), Linear(d, k, plan.intercept), plan.l2, weights, self.n_threads,
            centred=plan.centred, **limit,
        )  # fmt: skip

    def _start(self, risk: LeastSquaresRisk, targets: FloatArray, factors: FloatArray) -> FloatArray:
        """Zeros, or the previous weights where they fit."""
        coef = getattr(self, "coef_", None) if self.warm_start else None
        if coef is None or coef.shape != (*targets.shape[1:], risk.model.d):
            return np.zeros(risk.model.size)
        W = coef.reshape(-1, risk.model.d).T / factors[:, None]
        parts = [W, np.reshape(self.intercept_, (1, -1))] if risk.model.intercept else [W]
        return np.concatenate(parts).ravel()

    def _adopt(
        self,
        plan: Plan,
        risk: LeastSquaresRisk,
        solution: Solution,
        way: Journey,
        factors: FloatArray,
        weight_sum: float,
        single: bool,
    ) -> None:
        """The one place where theta becomes coef_ and intercept_."""
        W, b = risk.model.views(solution.theta)
        coef = np.ascontiguousarray((W * factors[:, None]).T)
        middle = np.zeros(risk.model.k) if b is None else b.copy()
        self.coef_, self.intercept_ = (coef[0], float(middle[0])) if single else (coef, middle)
        self.n_iter_ = max(1, int(np.ceil(solution.passes)))
        found = solution.certificate
        self.primal_, self.dual_, self.gap_ = found.primal, found.dual, found.gap
        names = getattr(self, "feature_names_in_", None)
        columns = Numbered(risk.model.d) if names is None else [str(name) for name in names]
        case = Case(risk, plan.stop, solution, columns, plan.finds_shortest, way.memory, way.scaling, way.rule)
        told = tuple(dataclasses.asdict(finding) for finding in case.findings())
        proof = "by the normal equations" if risk.equations is not None else "by strong convexity" if plan.l2 else ""
        report = report_of(risk, solution, plan.solver, plan.stop, weight_sum, proof=proof)
        self.report_ = dataclasses.replace(report, findings=told)
        self.history_ = history_of(risk, way, solution, factors, single)
        self._tell()
