"""Fits over a grid of l2, each started from the last."""

import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from taut._typing import FloatArray
from taut.estimators._following import Following, following
from taut.estimators._linear_classifier import LinearClassifier
from taut.estimators._parameters import count, flag, number
from taut.estimators._validation import validated_matrix
from taut.matrix import Matrix
from taut.pages import path_card

DEFAULT = 11
"""Values of l2 where the caller names none: half a decade apart."""

HIGHEST, LOWEST = 1e-1, 1e-6
"""Ends of a grid as shares of the mean square distance of the rows from their mean: above the first, scores hardly
differ from those of the first step from W = 0; below the second, a fit of ten thousand rows hardly is penalised."""


class L2Path(list[LinearClassifier]):
    """The fits of a path, from the largest l2 to the smallest: a list that says how it went, in a notebook too."""

    @property
    def sentence(self) -> str:
        """The verdict: how many fits, how many of them certified."""
        reports = [model.report_ for model in self]
        certified = sum(report.certified for report in reports)
        passes = sum(report.passes for report in reports)
        proved = "all certified" if certified == len(reports) else f"{certified} of {len(reports)} certified"
        effort = f"{passes:,.0f} passes over the data in {sum(report.seconds for report in reports):.2g} s"
        ended = ", interrupted" if reports and reports[-1].status == "interrupted" else ""
        return f"{len(reports)} fit{'s' if len(reports) != 1 else ''}{self._ends()}: {proved}{ended}; {effort}."

    def _ends(self) -> str:
        return f" from l2 = {self[0].l2:g} to {self[-1].l2:g}" if len(self) > 1 else ""

    def to_dict(self) -> dict[str, Any]:
        """Everything that a table shows, as plain values."""
        names = ("l2", "primal", "dual", "gap", "certified", "status", "passes", "seconds")
        reports = [model.report_.to_dict(history=False) for model in self]
        return {"verdict": self.sentence, "fits": [{name: report[name] for name in names} for report in reports]}

    def _repr_html_(self) -> str:
        return path_card(self.to_dict())


def l2_path(
    X: Any,
    y: Any,
    *,
    l2s: int | ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    **parameters: Any,
) -> "L2Path":
    """Fit a `LinearClassifier` for every l2 of a grid, from the largest down, each started from the last.

    The minimum of (1/S) Σ_i s_i loss(x_i W + b, y_i) + l2/2 ‖W‖² moves continuously with l2, so that the weights for
    one l2 are a good start for the next. X is checked and converted once. Each fit ends with its own certificate,
    which does not depend on where it started.

    Parameters
    ----------
    X : array-like, sparse or Matrix of shape (n, d)
    y : array-like of shape (n,)
    l2s : int or array-like, optional
        How many values, evenly spaced on a logarithmic scale from 1e-1 to 1e-6 times the mean square distance of the
        rows from their mean (without an intercept: from 0), or the values themselves, in any order. Default: 11.
    sample_weight : array-like of shape (n,), optional
    **parameters
        Of `LinearClassifier`, but for ``l2``; ``verbose`` shows how far the whole path is.

    Returns
    -------
    L2Path
        A list of `LinearClassifier`, which a notebook shows as a table: from the largest l2 to the smallest, each with
        its ``l2`` and its ``report_``. After Ctrl-C the list ends with the fit that was interrupted.

    Raises
    ------
    ValueError
        No values, one that is negative or not finite, or whatever ``LinearClassifier.fit`` refuses.

    Warns
    -----
    ConvergenceWarning
        For every fit that ended without a certificate.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> import taut
    >>> X, y = load_iris(return_X_y=True)
    >>> path = taut.l2_path(X, y, l2s=[1e-3, 1e-1, 1e-2], loss="softmax")
    >>> [(model.l2, model.report_.certified) for model in path]
    [(0.1, True), (0.01, True), (0.001, True)]
    """
    if "l2" in parameters:
        raise TypeError("l2_path takes the values of l2 as l2s")
    model = LinearClassifier(**parameters)
    matrix = validated_matrix(model, X, reset=True)
    names = vars(model).get("feature_names_in_")
    grid = l2_grid(l2s, matrix, sample_weight, intercept=bool(model.fit_intercept))
    with following(flag("verbose", model.verbose), tol=model.tol) as told:
        models = fitted_path(model, matrix, y, sample_weight, grid, told)
    for each in models:
        if names is not None:
            each.feature_names_in_ = names
            each._tell()
    told.end(models.sentence)
    return models


def fitted_path(
    model: LinearClassifier,
    matrix: Matrix,
    y: Any,
    sample_weight: ArrayLike | None,
    grid: FloatArray,
    told: Following,
    *,
    fold: int = 0,
    folds: int = 1,
) -> L2Path:
    """A model for every l2 in the grid's order, all with the parameters of the given one; of which of how many folds.

    One display tells of them all, so that no fit has one of its own.
    """
    models = L2Path()
    asked = {"warm_start": model.warm_start, "verbose": model.verbose}
    for i, l2 in enumerate(grid.tolist()):
        where = f"fold {fold + 1} of {folds}, " if folds > 1 else ""
        told.part(f"{where}l2 = {l2:g} ({i + 1} of {len(grid)})", fold * len(grid) + i, folds * len(grid))
        model = copy.copy(model).set_params(l2=l2, warm_start=True, verbose=False)
        models.append(model.fit(matrix, y, sample_weight, witness=True))
        if len(models) > 1:
            _forget(models[-2])
        if model.report_.status == "interrupted":
            break
    for each in models:
        each.set_params(**asked)
        _forget(each)
    return models


def _forget(model: LinearClassifier) -> None:
    """A dual point is as large as the scores of all rows, and only the next fit needs it."""
    model.__dict__.pop("witness_", None)
    model._tell()  # the report too had it


def l2_grid(
    l2s: int | ArrayLike | None, matrix: Matrix, sample_weight: ArrayLike | None, *, intercept: bool
) -> FloatArray:
    """The values of a grid from the largest down, each once."""
    if l2s is None or np.ndim(l2s) == 0:
        many = DEFAULT if l2s is None else count("l2s", l2s)
        high, low = np.log10([HIGHEST, LOWEST]) + np.log10(_spread(matrix, sample_weight, intercept=intercept))
        values = np.logspace(high, low, many)
        return np.array([float(f"{value:.3g}") for value in values])
    given = [number("l2s", value, at_least=0) for value in np.asarray(l2s).ravel().tolist()]
    if not given:
        raise ValueError("l2s must hold at least one value of l2")
    return np.array(sorted(set(given), reverse=True))


def _spread(matrix: Matrix, sample_weight: ArrayLike | None, *, intercept: bool) -> float:
    """The mean square distance of the rows from their mean, or from 0; 1 where that is nothing."""
    n = matrix.shape[0]
    s = np.ones(n) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if s.shape != (n,) or not s.sum() > 0:
        return 1.0  # the fit says what is wrong
    first, second = matrix.column_moments(s / s.sum())
    spread = float((second - first**2 if intercept else second).sum())
    return spread if spread > 0 else 1.0
