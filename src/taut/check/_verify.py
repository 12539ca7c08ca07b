"""Primal, dual and gap of a fitted model, recomputed from data and weights by code that no fit uses."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from taut._typing import AnyArray, FloatArray
from taut.check._verify_losses import FORMULAS, SLACK, Formulas, Rows, dual_point
from taut.matrix import Matrix, as_matrix
from taut.pages import card

FLOOR = 1e-9
"""Share of the objective at W = 0 below which an objective counts as 0."""

OTHER = 1e-3
"""Relative difference from the fit's own objective that tells of other data."""


@dataclass(frozen=True)
class Certificate:
    """What verify found.

    Attributes
    ----------
    primal : float
        The objective at the model's weights.
    dual : float
        A lower bound on the objective at all weights; −inf where none is known.
    gap : float
        (primal − dual) / primal.
    tol : float
        The gap that the model's fit asked for.
    why : str
        Why nothing is certified; empty where it is.
    """

    primal: float
    dual: float
    gap: float
    tol: float
    why: str = ""

    @property
    def certified(self) -> bool:
        """Whether the gap is proved to be at most tol."""
        return not self.why

    def __str__(self) -> str:
        """``certified gap …`` or ``not certified: why``."""
        if self.why:
            return f"not certified: {self.why}"
        return (
            f"certified gap {self.gap:.1e} <= tol {self.tol:g} "
            f"(objective {self.primal:.7g}, lower bound {self.dual:.7g}, both recomputed)"
        )

    def _repr_html_(self) -> str:
        return card(self, asdict(self))


def verify(model: Any, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Certificate:
    """Recompute primal, dual and gap of a fitted linear classifier from the data that it was fitted on.

    The primal is P(W, b) = (1/S) Σ_i s_i loss(x_i W + b, y_i) + l2/2 ‖W‖² at the model's weights; the dual is
    D(a) = (1/S) Σ_i s_i bound(a_i) − ‖Σ_i s_i x_i a_iᵀ‖² / (2 l2 S²), with Σ_i s_i a_i = 0 where the intercept is
    free. For the smooth losses (softmax, squared, squared_hinge) the dual point a follows from the weights; hinge and
    crammer_singer need the one that ``fit(…, witness=True)`` keeps. Nothing of the solvers, nor of what they know of
    the losses, takes part.

    Parameters
    ----------
    model : LinearClassifier
        Fitted, or loaded from a file. Loss, penalty, margin, tolerance and class weights are its own.
    X : array-like, sparse or Matrix of shape (n, d)
        What it was fitted on, rows in the same order.
    y : array-like of shape (n,)
    sample_weight : array-like of shape (n,), optional

    Returns
    -------
    Certificate
        ``str()`` of it is ``certified gap …`` or ``not certified: why``.

    Raises
    ------
    ValueError
        X, y or sample_weight of another shape than the model's, or labels that it does not know.

    Examples
    --------
    >>> import taut
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    >>> taut.verify(taut.LinearClassifier("softmax").fit(X, y), X, y).certified
    True
    >>> print(taut.verify(taut.LinearClassifier("hinge").fit(X, y), X, y))
    not certified: no witness; hinge needs the one that fit(…, witness=True) or taut fit --witness keeps
    """
    report = model.report_
    formulas = FORMULAS.get(report.loss)
    if formulas is None or not hasattr(model, "classes_") or not hasattr(model, "coef_"):
        known = ", ".join(FORMULAS)
        what = f"loss is {report.loss}" if formulas is None else f"type is {type(model).__name__}"
        why = f"verify knows linear classifiers with the losses {known}; this model's {what}"
        return Certificate(np.nan, -np.inf, np.inf, report.tol, why)
    problem = _Problem(model, as_matrix(X), y, sample_weight)
    scores = problem.scores()
    primal = problem.value(formulas, scores)
    if not np.isfinite(primal):
        return Certificate(primal, -np.inf, np.inf, report.tol, "the objective is not finite")
    dual, why = problem.bound(formulas, scores)
    floor = max(primal, FLOOR * problem.loss(formulas, np.zeros_like(scores)))
    gap = 0.0 if primal <= dual else (primal - dual) / floor if floor > 0 else np.inf
    if not why and not gap <= report.tol * (1 + 1e-9):
        why = f"the gap is {gap:.2g} > tol {report.tol:g} (objective {primal:.7g}, lower bound {dual:.7g})"
    if why and abs(primal - report.primal) > OTHER * abs(report.primal):
        why += (
            f"; the fit's own objective was {report.primal:.7g}: other rows, labels or weights than it was fitted on?"
        )
    return Certificate(primal, dual, float(gap), report.tol, why)


class _Problem:
    """The data and the model's weights, in float64."""

    def __init__(self, model: Any, X: Matrix, y: ArrayLike, sample_weight: ArrayLike | None) -> None:
        n, d = X.shape
        k = len(model.classes_)
        if model.coef_.shape != (k, d):
            raise ValueError(f"X has {d} columns, but the model was fitted on {model.coef_.shape[1]}")
        labels: AnyArray = np.asarray(y)
        if labels.shape != (n,):
            raise ValueError(f"y must hold one label for each of the {n} rows of X, got shape {labels.shape}")
        unknown = np.setdiff1d(labels, model.classes_)
        if len(unknown):
            raise ValueError(f"y holds labels that the model was not fitted on: {unknown[:5].tolist()}")
        self.model, self.X = model, X
        codes = np.searchsorted(model.classes_, labels)
        self.rows = Rows(codes, _weights(model, codes, sample_weight), float(model.report_.margin))
        self.total = float(self.rows.weights.sum())
        self.scale = np.asarray(getattr(model, "scale_", np.ones(d)), dtype=np.float64)
        self.shift = np.asarray(getattr(model, "shift_", np.zeros(d)), dtype=np.float64)
        self.coef = model.coef_.astype(np.float64)

    def scores(self) -> FloatArray:
        """X W + b."""
        parts = [self.X.precise_block(rows) @ self.coef.T for rows in self.X.superblocks()]
        scores: FloatArray = np.concatenate(parts) + self.model.intercept_.astype(np.float64)
        return scores

    def loss(self, formulas: Formulas, scores: FloatArray) -> float:
        """The weighted mean of the loss."""
        return float(self.rows.weights @ formulas.value(scores, self.rows)) / self.total

    def value(self, formulas: Formulas, scores: FloatArray) -> float:
        """P: the penalty acts on the weights of the columns that were fitted, (x − shift) · scale."""
        return self.loss(formulas, scores) + 0.5 * self.model.report_.l2 * float(((self.coef / self.scale) ** 2).sum())

    def bound(self, formulas: Formulas, scores: FloatArray) -> tuple[float, str]:
        """D, and why there is none."""
        report = self.model.report_
        if not report.l2 > 0:
            return -np.inf, "l2 = 0: no dual bound; l2 > 0 gives one"
        a = dual_point(formulas, scores, self.rows, intercept=report.fit_intercept)
        if a is None:
            a = getattr(self.model, "witness_", None)
            if a is None:
                needs = f"{report.loss} needs the one that fit(…, witness=True) or taut fit --witness keeps"
                return -np.inf, f"no witness; {needs}"
            if a.shape != scores.shape:
                return -np.inf, f"the witness is of {len(a)} rows and {a.shape[-1]} classes, the data of {scores.shape}"
            a = a.astype(np.float64)
        return self._dual(formulas, a)

    def _dual(self, formulas: Formulas, a: FloatArray) -> tuple[float, str]:
        report, s = self.model.report_, self.rows.weights
        bounds = formulas.bound(a, self.rows)[s > 0]
        if not np.isfinite(bounds).all():
            return -np.inf, "the witness is not a dual point of this loss"
        weighted = a * s[:, None]
        sums = weighted.sum(axis=0)
        if report.fit_intercept and not np.abs(sums).max() <= SLACK * self.total:
            return -np.inf, "the witness does not sum to zero over the rows, as a free intercept asks for"
        pulled = np.zeros((len(self.scale), a.shape[1]))
        for rows in self.X.superblocks():
            pulled += self.X.precise_block(rows).T @ weighted[rows]
        pulled = (pulled - np.outer(self.shift, sums)) * self.scale[:, None]
        penalty = float((pulled**2).sum()) / (2.0 * report.l2 * self.total**2)
        return float(bounds @ s[s > 0]) / self.total - penalty, ""


def _weights(model: Any, codes: AnyArray, sample_weight: ArrayLike | None) -> FloatArray:
    """Sample weights times the model's class weights."""
    s: AnyArray = np.ones(len(codes)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if s.shape != codes.shape or not (np.isfinite(s).all() and (s >= 0).all() and s.sum() > 0):
        raise ValueError(f"sample_weight must hold a number >= 0 for each of the {len(codes)} rows, not all of them 0")
    chosen = model.class_weight
    if chosen is None:
        return s
    k = len(model.classes_)
    if chosen == "balanced":
        each = s.sum() / (k * np.maximum(np.bincount(codes, weights=s, minlength=k), 1e-300))
    else:
        each = np.array([float(dict(chosen).get(label, 1.0)) for label in model.classes_.tolist()])
    weights: FloatArray = s * each[codes]
    return weights
