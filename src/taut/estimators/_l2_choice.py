"""The l2 that rows held out prefer."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from taut._typing import FloatArray, IntArray
from taut.estimators._following import following
from taut.estimators._l2_path import fitted_path, l2_grid
from taut.estimators._linear_classifier import LinearClassifier
from taut.estimators._parameters import count, flag
from taut.estimators._validation import validated_matrix, validated_targets
from taut.pages import choice_card

RULE = "the largest l2 whose accuracy is within one standard error of the best"


@dataclass(frozen=True, eq=False)
class L2Choice:
    """Accuracies on rows held out, and the l2 that they choose.

    Attributes
    ----------
    l2 : float
        The choice: the largest l2 whose mean accuracy is within one standard error of the best mean.
    best : float
        The l2 of the best mean accuracy; of equals the largest.
    l2s : ndarray of shape (m,)
        From the largest down.
    accuracies : ndarray of shape (folds, m)
        Share of the rows of each fold that the fit on all others predicts; NaN where Ctrl-C came first.
    means, errors : ndarray of shape (m,)
        Mean accuracy over the folds, and its standard error: the standard deviation over folds / √folds; with one
        fold √(p (1 − p) / rows).
    gaps : ndarray of shape (folds, m)
        Of each fit.
    interrupted : bool
        Whether Ctrl-C ended the search; the choice is among what was fitted before.

    Examples
    --------
    >>> import numpy as np
    >>> from taut import L2Choice
    >>> accuracies = np.array([[0.5, 0.80, 0.9], [0.5, 0.9, 0.86]])
    >>> choice = L2Choice(np.array([1.0, 0.1, 0.01]), accuracies, np.zeros((2, 3)), np.array([50, 50]))
    >>> choice.l2, choice.best
    (0.01, 0.01)
    """

    l2s: FloatArray
    accuracies: FloatArray
    gaps: FloatArray
    sizes: IntArray = field(repr=False)
    interrupted: bool = False

    @property
    def means(self) -> FloatArray:
        """(m,), NaN where nothing was fitted."""
        mean: FloatArray = self._counted.mean(axis=0)
        return mean

    @property
    def errors(self) -> FloatArray:
        """(m,)."""
        counted = self._counted
        if len(counted) > 1:
            spread: FloatArray = counted.std(axis=0, ddof=1) / np.sqrt(len(counted))
            return spread
        error: FloatArray = np.sqrt(counted[0] * (1.0 - counted[0]) / self.sizes[0])
        return error

    @property
    def _counted(self) -> FloatArray:
        """The folds that saw every l2, or else as much as there is of the first."""
        whole = np.isfinite(self.accuracies).all(axis=1)
        return self.accuracies[whole] if whole.any() else self.accuracies[:1]

    @property
    def best(self) -> float:
        """The l2 with the highest mean."""
        return float(self.l2s[np.nanargmax(self.means)])

    @property
    def l2(self) -> float:
        """The choice."""
        means, at = self.means, int(np.nanargmax(self.means))
        enough = means >= means[at] - self.errors[at]  # NaN is not enough
        return float(self.l2s[int(np.argmax(enough))])

    def __str__(self) -> str:
        """The choice in one sentence."""
        at, best = list(self.l2s).index(self.l2), list(self.l2s).index(self.best)
        folds = len(self._counted)
        judged = f"{folds} folds" if folds > 1 else f"{self.sizes[0]:,} rows held out"
        return (
            f"l2 = {self.l2:g}: {RULE} (accuracy {self.means[at]:.4f}; best {self.means[best]:.4f} ± "
            f"{self.errors[best]:.4f} at l2 = {self.best:g}; {judged})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        columns = zip(self.l2s, self.means, self.errors, self.gaps.T, strict=True)
        lines = [
            {"l2": float(l2), "validation_accuracy": float(mean), "standard_error": float(error), "gap": _largest(gaps)}
            for l2, mean, error, gaps in columns
        ]
        return {"l2": self.l2, "best": self.best, "rule": RULE, "tried": lines, "interrupted": self.interrupted}

    def _repr_html_(self) -> str:
        return choice_card(self.to_dict() | {"verdict": str(self)})


def choose_l2(
    X: Any,
    y: Any,
    *,
    l2s: int | ArrayLike | None = None,
    folds: int | ArrayLike = 5,
    sample_weight: ArrayLike | None = None,
    random_state: int = 0,
    **parameters: Any,
) -> L2Choice:
    """Choose l2 by cross-validation: the largest whose accuracy is within one standard error of the best.

    For every fold the path of `l2_path` is fitted on the other rows, and judged on the fold. Rows that are held out
    have weight 0, so that X is checked and converted once and never copied. Fit on all rows with the l2 that is chosen.

    Parameters
    ----------
    X : array-like, sparse or Matrix of shape (n, d)
    y : array-like of shape (n,)
    l2s : int or array-like, optional
        As `l2_path` takes them.
    folds : int or array-like of shape (n,)
        How many folds, with every class in about the same shares; or for each row the number of its fold from 0, −1
        for rows that are never held out.
    sample_weight : array-like of shape (n,), optional
        Of the fits; every row counts alike in the accuracies.
    random_state : int
        Seed of the folds, and of the fits.
    **parameters
        Of `LinearClassifier`, but for ``l2``; ``verbose`` shows how far the whole search is.

    Returns
    -------
    L2Choice
        ``str()`` of it is the choice in one sentence.

    Raises
    ------
    ValueError
        Fewer than two folds, more than the rows of the largest class, or whatever `l2_path` refuses.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> import taut
    >>> X, y = load_iris(return_X_y=True)
    >>> choice = taut.choose_l2(X, y, l2s=[10.0, 1e-1, 1e-3], loss="softmax")
    >>> model = taut.LinearClassifier("softmax", l2=choice.l2).fit(X, y)
    >>> choice.best <= choice.l2 < 10.0
    True

    References
    ----------
    L. Breiman, J. Friedman, R. Olshen, C. Stone, "Classification and regression trees", 1984, section 3.4.3: the rule.
    """
    if "l2" in parameters:
        raise TypeError("choose_l2 takes the values of l2 as l2s")
    model = LinearClassifier(random_state=random_state, **parameters)
    matrix = validated_matrix(model, X, reset=True)
    n = matrix.shape[0]
    labels = validated_targets(y, n)
    places = _places(folds, labels, random_state)
    weights = np.ones(n) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (n,):
        raise ValueError(f"sample_weight must hold one number for each of the {n} rows, got shape {weights.shape}")
    grid = l2_grid(l2s, matrix, sample_weight, intercept=bool(model.fit_intercept))
    numbers = np.unique(places[places >= 0])
    accuracies, gaps = np.full((2, len(numbers), len(grid)), np.nan)
    stopped = False
    with following(flag("verbose", model.verbose), tol=model.tol) as told:
        for i, fold in enumerate(numbers):
            held_out = places == fold
            left = np.where(held_out, 0.0, weights)
            path = fitted_path(model, matrix, labels, left, grid, told, fold=i, folds=len(numbers))
            stopped = path[-1].report_.status == "interrupted"
            for j, each in enumerate(path):
                accuracies[i, j] = np.mean(each.predict(matrix)[held_out] == labels[held_out])
                gaps[i, j] = each.gap_
            if stopped:
                break
    sizes = np.array([np.count_nonzero(places == fold) for fold in numbers], dtype=np.int64)
    choice = L2Choice(grid, accuracies, gaps, sizes, stopped)
    told.end(choice)
    return choice


def _places(folds: int | ArrayLike, labels: Any, seed: int) -> IntArray:
    """The fold of every row, −1 for none."""
    if np.ndim(folds) == 0:
        many = count("folds", folds)
        most = int(np.unique(labels, return_counts=True)[1].max(initial=0))
        if not 2 <= many <= most:
            raise ValueError(f"folds must be from 2 to {most}, the rows of the largest class, got {many}")
        from sklearn.model_selection import StratifiedKFold  # here: it loads a terminal library

        places = np.full(len(labels), -1, dtype=np.int64)
        parts = StratifiedKFold(many, shuffle=True, random_state=seed)
        for fold, (_, held_out) in enumerate(parts.split(np.zeros((len(labels), 1)), labels)):
            places[held_out] = fold
        return places
    given: IntArray = np.asarray(folds)
    if given.shape != labels.shape or given.dtype.kind not in "iu" or not (given >= 0).any():
        raise ValueError(f"folds must be a number, or the number of its fold for each of the {len(labels)} rows of X")
    if (given == given.flat[0]).all():
        raise ValueError("folds puts all rows in one fold: none are left to fit")
    return given.astype(np.int64)


def _largest(gaps: FloatArray) -> float:
    """The worst gap of one l2 over the folds."""
    known = gaps[~np.isnan(gaps)]
    return float(known.max()) if len(known) else float("nan")
