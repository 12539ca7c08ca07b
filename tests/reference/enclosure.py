"""A fit of the estimator beside a general solver's optimum, and beside its own dual point valued with loops."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning

import strategies
import taut
from reference import formulas
from reference.optimum import objective, optimum

KINDS = ("random", "grid", "duplicates", "wide", "one_class", "weightless_class")
ROUNDING = 1e-12


@dataclass(frozen=True)
class Trial:
    """A task with all its weights, and the part of them that the estimator is told as class_weight."""

    kind: str
    task: strategies.Task
    sample_weight: np.ndarray | None
    class_weight: dict[int, float] | None


def trials(seed: int, count: int) -> Iterator[Trial]:
    """``count`` trials that walk through the kinds; where a class loses its weight, every other time by class_weight.

    "one_class" leaves the rows of one class, as a fold can, "weightless_class" takes one class away.
    """
    rng = np.random.default_rng(seed)
    for i in range(count):
        kind = KINDS[i % len(KINDS)]
        task = strategies.task(rng, kind=kind)
        given, by_class = task.weights, None
        if kind in ("one_class", "weightless_class"):
            chosen = int(rng.integers(task.k))
            kept = {c: float((c == chosen) == (kind == "one_class")) for c in range(task.k)}
            factor = np.array([kept[c] for c in task.y])
            task = replace(task, weights=factor if given is None else factor * given)
            given, by_class = (given, kept) if i // len(KINDS) % 2 else (task.weights, None)
        yield Trial(kind, task, given, by_class)


@dataclass(frozen=True)
class Judged:
    """What was fitted and what is known about it without taut."""

    model: taut.LinearClassifier
    warned: bool
    optimum: float  # by a general solver: an upper bound of the infimum, mostly exact
    objective: float  # at the weights that the fit returned
    bound: float  # the dual value of witness_: a lower bound of the infimum

    @property
    def difference(self) -> float:
        """Of the returned weights' objective from the general solver's; negative where the fit is the better one."""
        return (self.objective - self.optimum) / max(1.0, self.optimum)

    @property
    def encloses(self) -> bool:
        """Whether [dual_, primal_] holds the infimum and the general solver's optimum is no refutation.

        primal_ is the objective of weights and dual_ the value of a dual point, so the infimum is between them.
        """
        rounding = ROUNDING * max(1.0, self.objective)
        return bool(
            abs(self.model.primal_ - self.objective) <= rounding
            and self.model.dual_ <= self.bound + rounding
            and self.model.dual_ <= self.optimum + rounding
        )


def judge(name: str, trial: Trial, **options) -> Judged:
    """Fit, and compare; ``options`` are the estimator's."""
    task = trial.task
    model = taut.LinearClassifier(
        name,
        l2=task.l2,
        margin=task.margin,
        fit_intercept=task.intercept,
        class_weight=trial.class_weight,
        **options,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(task.X, task.y, trial.sample_weight, witness=True)
    warned = any(issubclass(each.category, ConvergenceWarning) for each in caught)
    theta = np.concatenate([model.coef_.T.ravel(), model.intercept_ if task.intercept else []])
    return Judged(
        model, warned, optimum(name, task)[0], objective(name, task, theta), dual_value(name, task, model.witness_)
    )


def dual_value(name: str, task: strategies.Task, a: np.ndarray) -> float:
    """D(a) = −(1/S) Σ s_i loss*(a_i) − ‖Σ s_i x_i a_iᵀ‖² / (2 l2 S²), −inf outside the dual set."""
    s = np.ones(task.n) if task.weights is None else task.weights
    S = s.sum()
    if task.intercept and np.abs(s @ a).max() > ROUNDING * max(1.0, (s @ np.abs(a)).max()):
        return -np.inf
    used = np.flatnonzero(s)
    if not all(in_dual_set(name, a[i], task.y[i]) for i in used):
        return -np.inf
    conjugates = sum(s[i] * formulas.conjugate(name, list(a[i]), task.y[i], task.margin) for i in used)
    pulled = task.X.T @ (s[:, None] * a) / S
    return float(-conjugates / S - (pulled**2).sum() / (2 * task.l2))


def in_dual_set(name: str, row: np.ndarray, y: int) -> bool:
    """Whether the conjugate is finite there, to rounding."""
    others = np.delete(row, y)
    if name == "squared":
        return True
    if abs(row.sum()) > ROUNDING * max(1.0, np.abs(row).sum()) or others.min() < 0.0:
        return False
    if name == "hinge":
        return bool(others.max() <= 1.0 + ROUNDING)
    return name == "squared_hinge" or bool(others.sum() <= 1.0 + ROUNDING)
