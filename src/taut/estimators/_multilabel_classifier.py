"""The multi-label classifier: scores that rank a row's labels, and thresholds that choose among them."""

import warnings
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from taut._typing import AnyArray, FloatArray
from taut.estimators._following import following
from taut.estimators._label_sets import LabelSets, as_table, decoded
from taut.estimators._multilabel_net import NET_SOLVERS, net_settings, trained_net
from taut.estimators._parameters import choice, count, flag, number
from taut.estimators._report_of import report_of
from taut.estimators._scores_of import scores_of
from taut.estimators._solver import make_solver
from taut.estimators._thresholds import check_threshold, fit_thresholds
from taut.estimators._told import Reporting, Told
from taut.estimators._told_sets import ToldSets
from taut.estimators._validation import unchanged_on_error, validated_matrix, validated_weights
from taut.losses import MultilabelLoss, make_multilabel_loss
from taut.matrix import Matrix
from taut.models import Linear, TwoLayer
from taut.objective import STRONG, StrongRisk
from taut.report import NetReport, Report
from taut.solvers import Solver, Stop, run

SOLVERS = ("auto", "quasi_newton", "gradient_descent", "sgd")

ENOUGH = ("converged", "settled")
"""Ways for a fit to end that call for no warning."""

FITTED = ("coef_", "intercept_", "W1_", "b1_", "W2_", "b2_", "primal_", "dual_", "gap_")
"""What only one of the two kinds of model has."""


class MultilabelClassifier(ClassifierMixin, Reporting):
    """Multi-label classifier, linear or with one hidden layer: every row has a set of labels.

    It minimises P(W, b) = (1/S) Σ_i s_i loss(x_i W + b, Y_i) + l2/2 ‖W‖², S = Σ s_i, which is convex for every loss.
    Without an intercept all parameters are penalised, and P − min P ≤ ‖∇P‖²/(2·l2): the fit stops when this proves
    that P is within ``tol`` (relative) of its minimum. With one it stops when the gradient predicts as much, and
    claims no bound. With a hidden layer scores = max(0, x W1 + b1) W2 + b2: P is not convex, and the fit stops when the
    loss falls no more, as in `TwoLayerClassifier`.

    Parameters
    ----------
    loss : {"bp_mll", "log_bp_mll", "zlpr", "lsep", "binary", "pairwise_hinge"} or MultilabelLoss, default="bp_mll"
        Formulas in `taut.losses`. A row without any label, or with all, gives the ranking losses (all but "zlpr" and
        "binary") no pair to compare: it has weight 0 and is left out of S.
    l2 : float, default=1e-4
        ≥ 0; never acts on the intercept.
    margin : float, default=1.0
        Δ ≥ 0 of "pairwise_hinge".
    hidden : int, optional
        Units of the hidden layer; by default there is none, and scores are linear.
    solver : {"auto", "quasi_newton", "gradient_descent", "sgd"}, default="auto"
        "auto" is "quasi_newton". With a hidden layer {"auto", "adam", "sgd", "quasi_newton"}, and "auto" is "adam".
    fit_intercept : bool, default=True
        Of linear scores.
    tol : float, default=1e-3
        The relative gap that is enough. Of "log_bp_mll", which takes negative values, the gap relative to max(P, 1).
        With a hidden layer a fall of the loss by less is none.
    max_iter : int, optional
        Passes over the data; by default 20,000, for "sgd" 100; with a hidden layer 200, for "quasi_newton" 1000.
    undefined : {"ignore", "raise"}, default="ignore"
        What to do with rows that the loss is not defined on.
    threshold : {"label", "global", "least_squares"} or float, default="label"
        How far up a label must be to be predicted. "label": one threshold a label, "global": one for all, with the
        largest F1 on the training rows (for "global" of all labels together); "least_squares": a linear function of
        the row's scores, fitted to the thresholds that would part each training row best (BP-MLL's own way); a
        number is taken as it is, and 0 goes with "zlpr" and "binary".
    learning_rate, decay, batch_size, momentum, random_state
        Of "sgd", "adam" and "gradient_descent", as in `LinearClassifier` and `TwoLayerClassifier`.
    n_threads : int, optional
        Threads of the matrix products; by default as many as BLAS takes.
    verbose : bool or int, default=False
        Show how far the fit is: a live line on a terminal, one output in a notebook, now and then a line in a log
        (standard error); at last the verdict.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        The labels: column numbers of an indicator (the names of a data frame's columns), else sorted.
    coef_ : ndarray of shape (K, D)
        Weights of linear scores; with a hidden layer W1_ (D, hidden), b1_ (hidden,), W2_ (hidden, K) and b2_ (K,)
        instead.
    intercept_ : ndarray of shape (K,)
        Of linear scores.
    thresholds_ : ndarray of shape (K,)
        Label j is predicted where its score exceeds thresholds_[j] + scores · threshold_coef_.
    threshold_coef_ : ndarray of shape (K,)
        0 but for "least_squares".
    n_undefined_rows_ : int
        Rows that the loss is not defined on.
    primal_, dual_, gap_ : float
        The objective at the returned weights, a lower bound on its minimum, and their relative distance; −inf and inf
        where no bound is claimed. Of linear scores only.
    report_ : Report or NetReport
        ``str(report_)`` is the verdict in one sentence, and says what the bound is.
    n_iter_ : int
        Passes over the data.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Their names, where X had some, as in scikit-learn.
    target_kind_ : str
        The form of Y, which ``predict`` answers in: "indicator", "sparse", "sets", or "labels" (one label a row).

    Raises
    ------
    ValueError
        NaN or infinity in X, entries of Y other than 0 and 1, a parameter out of range, no row that the loss is
        defined on; with ``undefined="raise"`` the first such row is named.

    Warns
    -----
    UserWarning
        Once, how many rows the loss is not defined on.
    ConvergenceWarning
        The fit ended before ``tol``; the best weights found are kept.

    Examples
    --------
    >>> import numpy as np, taut
    >>> X = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.2, 0.9]])
    >>> Y = [{"sea"}, {"sea", "sun"}, {"sun"}, {"sea"}]
    >>> model = taut.MultilabelClassifier("zlpr", l2=0.01, fit_intercept=False).fit(X, Y)
    >>> model.predict(X)
    [('sea',), ('sea', 'sun'), ('sun',), ('sea',)]
    >>> model.ranking([[1.0, 0.1]]).tolist()
    [['sun', 'sea']]
    >>> bool(model.gap_ <= 1e-3)
    True

    References
    ----------
    M.-L. Zhang, Z.-H. Zhou, "Multilabel neural networks with applications to functional genomics and text
    categorization", IEEE TKDE 18(10), 2006.
    """

    classes_: AnyArray
    coef_: FloatArray
    intercept_: FloatArray
    W1_: FloatArray
    b1_: FloatArray
    W2_: FloatArray
    b2_: FloatArray
    thresholds_: FloatArray
    threshold_coef_: FloatArray
    n_undefined_rows_: int
    primal_: float
    dual_: float
    gap_: float
    report_: Report | NetReport
    n_iter_: int
    n_features_in_: int
    feature_names_in_: AnyArray
    target_kind_: str
    _teller: ClassVar[type[Told]] = ToldSets

    def __init__(
        self,
        loss: str | MultilabelLoss = "bp_mll",
        *,
        l2: float = 1e-4,
        margin: float = 1.0,
        hidden: int | None = None,
        solver: str = "auto",
        fit_intercept: bool = True,
        tol: float = 1e-3,
        max_iter: int | None = None,
        undefined: str = "ignore",
        threshold: str | float = "label",
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
        self.hidden = hidden
        self.solver = solver
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.undefined = undefined
        self.threshold = threshold
        self.learning_rate = learning_rate
        self.decay = decay
        self.batch_size = batch_size
        self.momentum = momentum
        self.random_state = random_state
        self.n_threads = n_threads
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to X (n, D), the label sets of its rows, and sample weights (n,).

        y is an indicator (n, K), dense or sparse, a sequence of n collections of labels, or one label a row (n,).
        """
        with unchanged_on_error(self):
            loss, l2, threshold = check_multilabel(self)
            matrix = validated_matrix(self, X, reset=True)
            way = make_solver(self, loss, matrix) if self.hidden is None else None
            sets = LabelSets.of(y, matrix.shape[0])
            given, weight_sum = validated_weights(sample_weight, None, sets.classes, sets.classes, matrix)
            weights, share, undefined = self._defined(loss, sets.table, given)
        if undefined:
            warnings.warn(_told(undefined, len(sets.table), loss), UserWarning, stacklevel=2)
        problem = (loss, l2, matrix, sets.table, weights, weight_sum * share)
        for stale in FITTED:
            self.__dict__.pop(stale, None)
        stop = net_settings(self)[1].patience if way is None else way[2]
        limits = {"total": stop.max_iter} if way is None else {"total": stop.max_iter, "tol": stop.tol}
        with following(bool(self.verbose), type(self).__name__, **limits) as told:
            if way is not None:
                self._fit_linear(way, *problem)
            else:
                (self.W1_, self.b1_, self.W2_, self.b2_), self.report_ = trained_net(self, *problem)
        self.classes_, self.target_kind_, self.n_undefined_rows_ = sets.classes, sets.kind, undefined
        self.n_iter_ = max(1, int(np.ceil(self.report_.passes)))
        every = np.ones(len(sets.table)) if given is None else given
        self.thresholds_, self.threshold_coef_ = fit_thresholds(threshold, self._scores(matrix), sets.table, every)
        self._tell()
        told.end(self.report_)
        if not self.report_.certified and self.report_.status not in ENOUGH:
            warnings.warn(str(self.report_), ConvergenceWarning, stacklevel=2)
        return self

    def _fit_linear(
        self,
        way: tuple[str, Solver, Stop],
        loss: MultilabelLoss,
        l2: float,
        matrix: Matrix,
        table: AnyArray,
        weights: FloatArray | None,
        weight_sum: float,
    ) -> None:
        name, solver, stop = way
        model = Linear(matrix.shape[1], table.shape[1], bool(self.fit_intercept))
        risk = StrongRisk(matrix, table, loss, model, l2, weights, self.n_threads)
        with threadpool_limits(1 if self.n_threads is None and risk.is_small else self.n_threads, user_api="blas"):
            solution = run(solver, risk, np.zeros(model.size), stop)
        W, b = model.views(solution.theta.astype(matrix.dtype))
        self.coef_ = np.ascontiguousarray(W.T)
        self.intercept_ = np.zeros(model.k, dtype=W.dtype) if b is None else b.copy()
        found = solution.certificate
        self.primal_, self.dual_, self.gap_ = found.primal, found.dual, found.gap
        self.report_ = report_of(risk, solution, name, stop, weight_sum, proof=STRONG)

    def decision_function(self, X: Any) -> FloatArray:
        """Scores (n, K), the more the surer; where y was one label a row of two, s₁ − s₀ (n,)."""
        scores = self.scores(X)
        if self.target_kind_ == "labels" and len(self.classes_) == 2:
            return scores[:, 1] - scores[:, 0]
        return scores

    def predict(self, X: Any) -> Any:
        """The labels of each row, in the form that y had: an indicator (n, K), dense or sparse, or a list of tuples.

        Where y was one label a row, the label with the highest score.
        """
        scores = self.scores(X)
        bar = self.thresholds_ + (scores @ self.threshold_coef_)[:, None]
        return decoded(self.target_kind_, self.classes_, scores > bar, scores)

    def ranking(self, X: Any) -> AnyArray:
        """All labels of each row, the surest first, (n, K); of tied labels the first in ``classes_``."""
        order = np.argsort(-self.scores(X), axis=1, kind="stable")
        ranked: AnyArray = self.classes_[order]
        return ranked

    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """The share of rows whose set is predicted exactly."""
        from sklearn.metrics import accuracy_score  # here: it loads a terminal library, which no fit needs

        told = (as_table(self.target_kind_, self.classes_, each) for each in (y, self.predict(X)))
        return float(accuracy_score(*told, sample_weight=sample_weight))

    def scores(self, X: Any) -> FloatArray:
        """X W + b, or max(0, X W1 + b1) W2 + b2, (n, K)."""
        check_is_fitted(self)
        return self._scores(validated_matrix(self, X, reset=False))

    def _scores(self, matrix: Matrix) -> FloatArray:
        d, k = self.n_features_in_, len(self.classes_)
        linear = "coef_" in vars(self)
        parts = [self.coef_.T, self.intercept_] if linear else [self.W1_, self.b1_, self.W2_, self.b2_]
        model = Linear(d, k) if linear else TwoLayer(d, len(self.b1_), k)
        return scores_of(model, parts, matrix)

    def _defined(
        self, loss: MultilabelLoss, table: AnyArray, weights: FloatArray | None
    ) -> tuple[FloatArray | None, float, int]:
        """The weights without undefined rows, which share of their sum is left, and how many rows went."""
        defined = loss.defined(table)
        undefined = int(len(defined) - defined.sum())
        if not undefined:
            return weights, 1.0, 0
        if self.undefined == "raise":
            row = int(np.argmin(defined))
            what = "all labels" if table[row].any() else "no label"
            raise ValueError(
                f"row {row} of y, counted from 0, has {what}: {loss.name} compares labels that belong with labels that "
                f"do not ({undefined} of {len(table)} rows are so; undefined='ignore' leaves them out)"
            )
        every = np.ones(len(table)) if weights is None else weights
        left = every * defined
        if not left.any():
            raise ValueError(
                f"every row of y with a weight has no label or all: {loss.name} has no pair to compare there, in any "
                "class; loss='binary' or 'zlpr' takes such rows"
            )
        return left, float(left.sum() / every.sum()), undefined

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags


def check_multilabel(estimator: MultilabelClassifier) -> tuple[MultilabelLoss, float, str | float]:
    """The loss, l2 and the threshold, all parameters but the solver's being right."""
    loss = make_multilabel_loss(estimator.loss, margin=number("margin", estimator.margin, at_least=0))
    choice("solver", estimator.solver, SOLVERS if estimator.hidden is None else NET_SOLVERS)
    choice("undefined", estimator.undefined, ("ignore", "raise"))
    if estimator.hidden is not None:
        net_settings(estimator)
    if estimator.n_threads is not None:
        count("n_threads", estimator.n_threads)
    flag("verbose", estimator.verbose)
    return loss, number("l2", estimator.l2, at_least=0), check_threshold(estimator.threshold)


def _told(undefined: int, n: int, loss: MultilabelLoss) -> str:
    return (
        f"{undefined} of {n} rows have no label or all labels: {loss.name} has no pair to compare there, so they have "
        "weight 0 (undefined='raise' refuses them, loss='binary' or 'zlpr' takes them)"
    )
