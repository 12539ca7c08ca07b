"""Who fits: taut, scikit-learn, Cyanure and mlpack where they are installed, and LIBLINEAR-style programs by path."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from taut import LinearClassifier
from taut._version import __version__
from taut.bench._fit_problem import FitProblem, Weights
from taut.bench._train_program import TrainProgram

TIGHT = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8)
"""Tolerances that are tried in turn; each library means something else by them."""

ENDLESS = 100_000
"""Iterations: a tolerance should end a fit, not their number."""


@dataclass(frozen=True)
class Contender:
    """One solver of one library.

    Attributes
    ----------
    name, version : str
    settings : sequence of float
        From loose to tight: tolerances, or numbers of epochs.
    fit : callable
        ``fit(setting) -> Weights``.
    """

    name: str
    version: str
    settings: Sequence[float]
    fit: Callable[[float], Weights]


def taut_contender(problem: FitProblem, gaps: Sequence[float]) -> Contender:
    """Its tolerance is the gap that is asked for."""

    def fit(tol: float) -> Weights:
        return weights_of(taut_fit(problem, tol))

    return Contender("taut", __version__, sorted(gaps, reverse=True), fit)


def taut_fit(problem: FitProblem, tol: float, *, witness: bool = False) -> LinearClassifier:
    """The fit, with its dual point if asked for."""
    model = LinearClassifier(problem.loss, l2=problem.l2, fit_intercept=problem.intercept, tol=tol)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the gap is measured
        return model.fit(problem.X, problem.y, witness=witness)


def weights_of(model: Any) -> Weights:
    """Weights of a classifier with coef_ (k, d)."""
    return Weights(np.asarray(model.coef_).T, np.broadcast_to(model.intercept_, len(model.coef_)))


def fit_peers(problem: FitProblem, programs: Sequence[Path] = ()) -> list[Contender]:
    """Everyone else who minimises this very objective."""
    found = [*_scikit_learn(problem), *_cyanure(problem), *_mlpack(problem)]
    return found + [_program(problem, path) for path in programs if problem.loss in PROGRAM_TYPES]


def _scikit_learn(problem: FitProblem) -> list[Contender]:
    if problem.loss == "crammer_singer" and not problem.intercept:  # else it penalises the intercept
        return [_estimator("LinearSVC", partial(_linear_svc, problem), problem)]
    if problem.loss != "softmax":
        return []
    solvers = ["lbfgs", "newton-cg", "saga"]
    if not sparse.issparse(problem.X):
        solvers.insert(2, "newton-cholesky")
    return [_estimator(name, partial(_logistic, problem, name), problem) for name in solvers]


def _estimator(name: str, make: Callable[[float], Any], problem: FitProblem) -> Contender:
    def fit(tol: float) -> Weights:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = weights_of(make(tol).fit(problem.X, problem.y))
        if problem.k == 2:  # of one vector w the halves ±w/2
            half = Weights(0.5 * found.W, 0.5 * found.b)
            return Weights(np.hstack([-half.W, half.W]), np.concatenate([-half.b, half.b]))
        return found

    return Contender(name, metadata.version("scikit-learn"), TIGHT, fit)


def _logistic(problem: FitProblem, solver: str, tol: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    # For two classes it penalises one vector w, which is twice as much as two of half its length.
    C = problem.C * (2.0 if problem.k == 2 else 1.0)
    return LogisticRegression(
        C=C, fit_intercept=problem.intercept, solver=solver, tol=tol, max_iter=ENDLESS, random_state=0
    )


def _linear_svc(problem: FitProblem, tol: float) -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(
        multi_class="crammer_singer", C=problem.C, fit_intercept=False, tol=tol, max_iter=ENDLESS, random_state=0
    )


def _installed(name: str) -> Any:
    """A library, None where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None


def _cyanure(problem: FitProblem) -> list[Contender]:
    library = _installed("cyanure.estimators") if problem.loss == "softmax" and problem.k > 2 else None
    if library is None:
        return []

    def fit(tol: float) -> Weights:
        model = library.Classifier(
            loss="multiclass-logistic", penalty="l2", lambda_1=problem.l2, fit_intercept=problem.intercept, tol=tol,
            max_iter=ENDLESS, verbose=False,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(problem.X, problem.y)
        b = np.ravel(model.intercept_) if problem.intercept else np.zeros(problem.k)
        return Weights(np.asarray(model.coef_), b)

    return [Contender("cyanure", _version("cyanure"), TIGHT, fit)]


def _mlpack(problem: FitProblem) -> list[Contender]:
    library = _installed("mlpack") if problem.loss == "hinge" and not problem.intercept else None
    if library is None or sparse.issparse(problem.X):
        return []
    X, y = problem.X.astype(np.float64, copy=False), problem.y.astype(np.uint64)

    def fit(tol: float) -> Weights:
        found = library.linear_svm(
            training=X, labels=y, lambda_=problem.l2, delta=1.0, no_intercept=True, num_classes=problem.k,
            optimizer="lbfgs", tolerance=tol, max_iterations=ENDLESS, seed=1,
        )  # fmt: skip
        svm = found["output_model"].get_cpp_params()["LinearSVMModel"]["svm"]
        return Weights(np.asarray(svm["parameters"]).T, np.zeros(problem.k))

    return [Contender("mlpack", _version("mlpack"), TIGHT, fit)]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"


EPOCHS = (3, 10, 30, 100, 300, 1000, 3000)

PROGRAM_TYPES = {"hinge": (30, "-t", EPOCHS), "crammer_singer": (4, "-e", TIGHT)}
"""What follows ``-s``, Weston–Watkins as LIBLINEAR's public extension numbers it and Crammer–Singer as LIBLINEAR does;
and what ends the fit: the former knows no tolerance but one that is compiled in, and epochs."""


def _program(problem: FitProblem, path: Path) -> Contender:
    kind, rung, settings = PROGRAM_TYPES[problem.loss]
    return Contender(path.name, str(path), settings, TrainProgram(path, problem, kind, rung).fit)
