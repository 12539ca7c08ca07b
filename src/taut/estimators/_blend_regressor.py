"""The semi-continuous blend under scikit-learn's rules."""

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from taut._typing import AnyArray, FloatArray, IntArray
from taut.check import BlendCertificate, BlendVerdict
from taut.estimators._blend_input import blend_problem
from taut.estimators._blend_report import BlendReport
from taut.estimators._following import following
from taut.estimators._validation import unchanged_on_error
from taut.solvers.blend import NORMS, BlendProblem, BlendSolution, solve_blend


class BlendRegressor(RegressorMixin, BaseEstimator):
    """The mix of items that comes nearest to a target, each item left out or given a weight between its bounds.

    It minimises ‖X w − t‖ subject to Σ w_i = total and, for each item i, w_i = 0 or lower_i ≤ w_i ≤ upper_i, that is
    lower_i·δ_i ≤ w_i ≤ upper_i·δ_i with δ_i ∈ {0, 1}; and proves that no other mix is nearer, or says how far the
    proof got. X is (m, n): one row an entry of t, one column an item, so with the items as the rows of A it is
    ``fit(A.T, t)``.

    Parameters
    ----------
    lower, upper : float or array-like of shape (n,)
        0 ≤ lower ≤ upper, for all items or one an item. With lower = 0 a part may have any weight up to upper.
    total : float, default=1.0
        > 0; sums of bounds may miss it by 1e-12 of it, so that ten parts of 0.1 make 1.
    norm : {"l2", "l1", "max"}, default="l2"
        The distance: root of the sum of squares, sum of absolute values, largest absolute value. The proof of "l2" is
        kept as a certificate; for the others it is the word of HiGHS, the solver in SciPy.
    max_parts : int, optional
        At most so many weights are not zero.
    time_limit : float, optional
        Seconds, > 0; then the best blend so far is kept, with its gap. Ctrl-C does the same.
    fixed_in, fixed_out : sequence of items, optional
        Items that must have a weight of at least their lower bound, and items that must have none: names where X
        has names, else positions from 0.
    groups : sequence of (most, items), optional
        At most so many of these items.
    verbose : bool or int, default=False
        Show how far the search is: a live line on a terminal, one output in a notebook, now and then a line in a log
        (standard error); at last the verdict.

    Attributes
    ----------
    coef_ : ndarray of shape (n,)
        The weights; those left out are exactly 0.0, the others within their bounds.
    support_ : ndarray of shape (parts,)
        Positions of the parts, ascending.
    status_ : {"optimal", "feasible"}
        Whether the gap is closed: to 1e-9 for "l2", to 1e-6, HiGHS's own tolerance, for the others.
    objective_, bound_, gap_ : float
        ‖X w − t‖, a lower bound of it over all blends, and (objective − bound)/objective; over a thousandth of the
        distance of the worst single item where the fit is nearly exact.
    report_ : BlendReport
        ``str(report_)`` is the verdict in one sentence.
    certificate_ : BlendCertificate or None
        What `verify` checks; None for "l1" and "max".
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Their names, where X had some, as in scikit-learn.

    Raises
    ------
    InfeasibleBlendError
        A ValueError: no blend obeys the bounds, so there are no weights to return. The message says why and what
        would mend it.
    ValueError
        NaN or infinity in X or t, lower above upper, negative bounds, wrong lengths, unknown items.

    Warns
    -----
    ConvergenceWarning
        The search ended before the gap was closed; the best blend found is kept.

    Examples
    --------
    >>> import numpy as np, taut
    >>> A = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.6]])  # three items, two entries
    >>> model = taut.BlendRegressor(lower=0.2, upper=1.0).fit(A.T, [0.9, 0.1])
    >>> model.coef_, model.status_
    (array([0.8, 0. , 0.2]), 'optimal')
    >>> model.verify().proved
    True

    References
    ----------
    A. Frangioni, C. Gentile, "Perspective cuts for a class of convex 0–1 mixed integer programs", Mathematical
    Programming 106 (2006): the slope of D w² below the lower bound, eq. (4).
    """

    coef_: FloatArray
    support_: IntArray
    status_: str
    objective_: float
    bound_: float
    gap_: float
    report_: BlendReport
    certificate_: BlendCertificate | None
    n_features_in_: int
    feature_names_in_: AnyArray

    def __init__(
        self,
        *,
        lower: float | ArrayLike,
        upper: float | ArrayLike,
        total: float = 1.0,
        norm: str = "l2",
        max_parts: int | None = None,
        time_limit: float | None = None,
        fixed_in: Any = None,
        fixed_out: Any = None,
        groups: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.lower = lower
        self.upper = upper
        self.total = total
        self.norm = norm
        self.max_parts = max_parts
        self.time_limit = time_limit
        self.fixed_in = fixed_in
        self.fixed_out = fixed_out
        self.groups = groups
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> Self:
        """Find the weights of the columns of X (m, n) that come nearest to y (m,)."""
        with unchanged_on_error(self):
            problem = blend_problem(self, X, y)
            verbose = bool(self.verbose)
            with following(verbose, type(self).__name__) as told, threadpool_limits(1, user_api="blas"):
                tell = told.search if verbose else None
                found = solve_blend(problem, self.norm, self.time_limit, tell)
            if found.w is None:
                raise ValueError(
                    "no blend was found in time, nor was it proved that there is none: allow more with time_limit"
                )
            self._adopt(problem, found, found.w)
        told.end(self.report_)
        if self.status_ != "optimal":
            warnings.warn(str(self.report_), ConvergenceWarning, stacklevel=2)
        return self

    def predict(self, X: Any) -> FloatArray:
        """X w, (rows,)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        blended: FloatArray = X @ self.coef_
        return blended

    def verify(self) -> BlendVerdict:
        """Check ``certificate_`` in exact fractions, without anything of the solver's.

        The leaves of the search must cover every choice of parts, and each leaf's dual point must prove ``bound_``;
        the weights must be a blend whose distance is ``objective_``. Takes a few milliseconds a leaf.
        """
        check_is_fitted(self)
        if self.certificate_ is None:
            why = f"norm={self.norm!r} is solved by HiGHS, which leaves no certificate; norm='l2' does"
            return BlendVerdict(False, 0, self.bound_, why)
        return self.certificate_.verify()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # weights that sum to total do not fit whatever the data are
        return tags

    def _adopt(self, problem: BlendProblem, found: BlendSolution, w: FloatArray) -> None:
        gap = problem.relative_gap(found.objective, found.bound)
        self.coef_ = w
        self.support_ = np.flatnonzero(w).astype(np.int64)
        self.objective_, self.bound_, self.gap_ = found.objective, found.bound, gap
        self.status_ = "optimal" if gap <= NORMS[self.norm] else "feasible"
        self.certificate_ = _certificate(problem, found, w)
        self.report_ = BlendReport(
            status=self.status_,
            ended=found.ended,
            norm=self.norm,
            objective=found.objective,
            bound=found.bound,
            gap=gap,
            tol=NORMS[self.norm],
            parts=len(self.support_),
            n=problem.n,
            m=len(problem.t),
            nodes=found.nodes,
            seconds=found.seconds,
        )


def _certificate(problem: BlendProblem, found: BlendSolution, w: FloatArray) -> BlendCertificate | None:
    """The search's record beside the data that it is about."""
    tree = found.tree
    if tree is None:
        return None
    return BlendCertificate(
        X=problem.X,
        t=problem.t,
        lower=problem.lower,
        upper=problem.upper,
        total=problem.total,
        most=problem.most,
        required=problem.required,
        excluded=problem.excluded,
        groups=tuple((group.items, group.most) for group in problem.groups),
        w=w,
        objective=found.objective,
        bound=found.bound,
        item=tree.item,
        out=tree.out,
        inside=tree.inside,
        proof=tree.proof,
        points=tree.points,
        levels=tree.levels,
        diagonal=tree.diagonal,
        factor=tree.factor,
    )
