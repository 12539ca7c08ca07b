"""What a fit is, from the words of the command line: which estimator, with which of the options, judged by what."""

import argparse
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone

from taut import LinearClassifier, TwoLayerClassifier, as_matrix
from taut.data import DataError, Dataset

OPTIONS = (
    "loss", "l2", "margin", "class_weight", "solver", "tol", "max_iter", "learning_rate", "decay", "batch_size",
    "momentum", "hidden", "patience", "init",
)  # fmt: skip
"""Options that are parameters of some estimator by the same name; None where they were not given."""

SOLVERS = ("auto", "newton", "quasi_newton", "dual_ascent", "gradient_descent", "exact", "sgd", "adam")
"""Of all estimators; each refuses what it does not know."""


class Task(ABC):
    """One kind of fit."""

    estimator: ClassVar[type[Any]]

    def made(self, arguments: argparse.Namespace) -> Any:
        """The estimator with the options that were given; one that means nothing to it is refused."""
        known = self.estimator().get_params()
        given = {name: value for name in OPTIONS if (value := getattr(arguments, name)) is not None}
        if arguments.no_intercept:
            given["fit_intercept"] = False
        for name in given:
            if name not in known:
                option = "no-intercept" if name == "fit_intercept" else name.replace("_", "-")
                raise ValueError(f"--{option} means nothing to {self.estimator.__name__}: leave it out")
        seeded = {"random_state": arguments.seed, "n_threads": arguments.threads}
        given |= {name: value for name, value in seeded.items() if name in known}
        return self.estimator(**given)

    def made_with(self, estimator: Any, chosen: dict[str, Any]) -> Any:
        """Another estimator with some parameters of its own."""
        unknown = chosen.keys() - estimator.get_params().keys()
        if unknown:
            raise ValueError(f"--tune {min(unknown)}: {self.estimator.__name__} has no such parameter")
        return clone(estimator).set_params(**chosen)

    def fit(self, estimator: Any, dataset: Dataset, scale: Any, shift: Any, *, witness: bool) -> None:
        """Fit on the scaled columns; the weights that remain take the file's own."""
        X = as_matrix(dataset.X, scale=scale, shift=shift)
        options = {"witness": True} if witness else {}
        estimator.fit(X, dataset.y, dataset.sample_weight, **options)
        if scale is not None or shift is not None:
            estimator.unscale(scale=scale, shift=shift)
        if dataset.feature_names is not None:
            estimator.feature_names_in_ = np.array(dataset.feature_names, dtype=object)

    @abstractmethod
    def judged(self, model: Any, dataset: Dataset) -> dict[str, float]:
        """Numbers by their names; of the first, more is better."""


class Classification(Task):
    """A linear classifier."""

    estimator: ClassVar[type[Any]] = LinearClassifier

    def fit(self, estimator: Any, dataset: Dataset, scale: Any, shift: Any, *, witness: bool) -> None:
        """A classifier needs two classes."""
        if len(np.unique(dataset.labels)) < 2:
            label = dataset.labels.tolist()[0]
            raise DataError(f"{dataset.name}: every row is of the one class {label!r}; a classifier needs rows of two")
        super().fit(estimator, dataset, scale, shift, witness=witness)

    def judged(self, model: Any, dataset: Dataset) -> dict[str, float]:
        """Share of rows whose label is predicted; pixels are computed with in the model's own type."""
        X = as_matrix(dataset.X, dtype=model.report_.dtype if dataset.X.dtype == np.uint8 else None)
        return {"accuracy": float(np.mean(model.predict(X) == dataset.y))}


class Network(Classification):
    """A network with one hidden layer."""

    estimator = TwoLayerClassifier


def task_of(arguments: argparse.Namespace) -> Task:
    """The task that the options name."""
    return Classification() if arguments.hidden is None else Network()
