"""What a fit is, from the words of the command line: which estimator, with which of the options, judged by what."""

import argparse
import re
import sys
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone

from taut import LinearClassifier, LinearRegressor, MultilabelClassifier, TwoLayerClassifier, as_matrix
from taut.cli._options import read_data
from taut.data import SAMPLES, DataError, Dataset, MultilabelDataset, read_multilabel
from taut.losses import MULTILABEL_LOSSES
from taut.pages import plain

OPTIONS = (
    "loss", "l2", "margin", "class_weight", "solver", "tol", "max_iter", "learning_rate", "decay", "batch_size",
    "momentum", "hidden", "patience", "init", "scaling", "threshold",
)  # fmt: skip
"""Options that are parameters of some estimator by the same name; None where they were not given."""

SOLVERS = (
    "auto", "newton", "quasi_newton", "dual_ascent", "gradient_descent", "exact", "conjugate_gradients", "sgd",
    "adam",
)  # fmt: skip
"""Of all estimators; each refuses what it does not know."""


AMOUNT, BARE = re.compile(r"[-+]?[$€£¥]? ?[-+]?\d[\d.,_' ]*\D{0,12}"), re.compile(r"[-+]?\d*\.?\d*")
"""A number, perhaps with a sign of money before it or a unit after it ($1,215, 325 USD, 20 °C), and one without."""

FEW_ROWS = 5
"""So few rows may well be of a class each."""


class Task(ABC):
    """One kind of fit."""

    estimator: ClassVar[type[Any]]
    chosen_by: ClassVar[tuple[str, ...]] = ()
    """Options that chose this task and are no parameters of its estimator."""

    def read(self, arguments: argparse.Namespace, source: str | None = None, **options: Any) -> Dataset:
        """The data as this task takes them."""
        return read_data(arguments, source, **options)

    def seen(self, arguments: argparse.Namespace, dataset: Dataset) -> "Task":
        """The task that these data ask for."""
        return self

    def taken(self, dataset: Dataset) -> Dataset:
        """The data with a target of the kind that the estimator wants."""
        return dataset

    def made(self, arguments: argparse.Namespace) -> Any:
        """The estimator with the options that were given; one that means nothing to it is refused."""
        known = self.estimator().get_params()
        words = (name for name in OPTIONS if name not in self.chosen_by)
        given = {name: value for name in words if (value := getattr(arguments, name)) is not None}
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

    @abstractmethod
    def forecast(self, model: Any, X: Any) -> list[Any]:
        """What the model says of each row, as plain values."""


class Classification(Task):
    """A linear classifier."""

    estimator: ClassVar[type[Any]] = LinearClassifier

    def seen(self, arguments: argparse.Namespace, dataset: Dataset) -> Task:
        """Any target names classes; one that was hardly meant to is spoken of."""
        found = many_classes(dataset)
        if found:
            linear = "" if arguments.hidden is None else " without --hidden"
            print(f"{found}: --loss squared{linear} fits a regression", file=sys.stderr)
        return self

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

    def forecast(self, model: Any, X: Any) -> list[Any]:
        """A label a row."""
        labels: list[Any] = model.predict(X).tolist()
        return labels


class Network(Classification):
    """A network with one hidden layer."""

    estimator = TwoLayerClassifier


class Squared(Classification):
    """The squared loss: of numbers a regression, of words, images and bundled samples a classifier."""

    def seen(self, arguments: argparse.Namespace, dataset: Dataset) -> Task:
        """A regression where the target is numbers, unless --classes says that they are names."""
        named = arguments.classes or arguments.data in SAMPLES or dataset.image_shape is not None
        if named or numbers(dataset) is not None:
            return self if named else Regression()
        labels = [str(label) for label in dataset.labels.tolist()]
        if all(map(AMOUNT.fullmatch, labels)):
            dressed = next((label for label in labels if not BARE.fullmatch(label)), labels[0])
            raise DataError(
                f"{dataset.name}: the target {dressed!r} looks like a number with its unit or with commas: "
                "write the bare number, or give --classes if these are names of classes"
            )
        return self


class Regression(Task):
    """Least squares."""

    estimator = LinearRegressor
    chosen_by = ("loss",)

    def taken(self, dataset: Dataset) -> Dataset:
        """Numbers, also where the file's reader took whole ones for classes."""
        found = numbers(dataset)
        if found is None:
            raise DataError(f"{dataset.name}: the target is not all numbers, which a regression needs")
        return replace(dataset, y=found)

    def fit(self, estimator: Any, dataset: Dataset, scale: Any, shift: Any, *, witness: bool) -> None:
        """A regressor scales its own columns."""
        if scale is not None or shift is not None:
            raise ValueError("--divide and --center are not needed in a regression: see --scaling")
        if witness:
            raise ValueError("--witness means nothing to LinearRegressor: its bound comes from the normal equations")
        super().fit(estimator, dataset, None, None, witness=False)

    def judged(self, model: Any, dataset: Dataset) -> dict[str, float]:
        """The share of the variance that is explained, and the root of the mean squared error."""
        from sklearn.metrics import r2_score, root_mean_squared_error  # here: they load a terminal library

        t, forecast = dataset.labels, model.predict(as_matrix(dataset.X, dtype=np.float64))
        explained = float(r2_score(t, forecast)) if len(t) > 1 else float("nan")
        return {"r2": explained, "rmse": float(root_mean_squared_error(t, forecast))}

    def forecast(self, model: Any, X: Any) -> list[Any]:
        """A number a row, or one for each target."""
        values: list[Any] = model.predict(X).tolist()
        return values


class LabelSets(Task):
    """Several labels a row."""

    estimator = MultilabelClassifier

    def read(self, arguments: argparse.Namespace, source: str | None = None, **options: Any) -> Dataset:
        """With the labels in the order of the training file."""
        for name in ("target", "weight", "drop"):
            if getattr(arguments, name, None):
                raise ValueError(f"--{name} means nothing to {self.estimator.__name__}: leave it out")
        labels = options.pop("labels", None) or label_columns(arguments.labels)
        header = None if arguments.header is None else arguments.header == "yes"
        kind, width = (None if source else arguments.format), options.get("n_features")
        found = read_multilabel(
            source or arguments.data,
            labels=labels,
            format=kind,
            header=header,
            n_features=width,
            require_labels=options.get("require_target", True),
        )
        X, names = _in_order(found, options.get("columns"))
        return Dataset(X, found.Y, names, None, None, found.name, None, found.sha256, found.label_names)

    def fit(self, estimator: Any, dataset: Dataset, scale: Any, shift: Any, *, witness: bool) -> None:
        """The labels go by their names."""
        if scale is not None or shift is not None or witness:
            raise ValueError("--divide, --center and --witness mean nothing to MultilabelClassifier: leave them out")
        super().fit(estimator, dataset, None, None, witness=False)
        estimator.classes_ = np.array(dataset.label_names)

    def judged(self, model: Any, dataset: Dataset) -> dict[str, float]:
        """F1 over all decisions, and the share of pairs of labels that stand the wrong way round."""
        from sklearn.metrics import f1_score, label_ranking_loss

        Y, X = dataset.labels, as_matrix(dataset.X)
        with np.errstate(invalid="ignore"):
            score = float(f1_score(Y, model.predict(X), average="micro", zero_division=0))
        return {"micro_f1": score, "ranking_loss": float(label_ranking_loss(Y, model.scores(X)))}

    def forecast(self, model: Any, X: Any) -> list[Any]:
        """The names of each row's labels."""
        return [model.classes_[row > 0].tolist() for row in np.asarray(model.predict(X))]


def _in_order(found: MultilabelDataset, columns: tuple[str, ...] | None) -> tuple[Any, tuple[str, ...] | None]:
    """The features that a model was fitted on, matched by name where both have names."""
    names = found.feature_names
    if columns is None or names is None or columns == names:
        return found.X, names
    place = {name: column for column, name in enumerate(names)}
    missing = [repr(name) for name in columns if name not in place]
    if missing:
        raise DataError(f"{found.name}: there is no column {', '.join(missing[:5])}, which the model was fitted on")
    return found.X[:, [place[name] for name in columns]], columns


def task_of(arguments: argparse.Namespace) -> Task:
    """The task that the options name."""
    if arguments.labels is not None or arguments.loss in MULTILABEL_LOSSES:
        return LabelSets()
    if arguments.hidden is not None:
        return Network()
    return Squared() if arguments.loss == "squared" else Classification()


def task_for(model: Any) -> Task:
    """The task of a model that was loaded."""
    tasks = (Classification, Network, Regression, LabelSets)
    return next(task() for task in tasks if task.estimator is type(model))


def numbers(dataset: Dataset) -> Any:
    """The target as numbers, None where it is words."""
    if dataset.labels.dtype.kind in "if":
        return dataset.labels.astype(np.float64)
    try:
        values = np.array([float(label) for label in dataset.labels.tolist()])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def many_classes(dataset: Dataset) -> str:
    """What to say where each row would be a class of its own because the target is a number; empty elsewhere."""
    count, n, values = len(np.unique(dataset.labels)), len(dataset.labels), numbers(dataset)
    if values is None or not 2 * count > n >= FEW_ROWS or _are_codes(values, count):
        return ""
    return (
        f"{plain(dataset.name)}: the target looks numeric and nearly every row is its own class "
        f"({count:,} classes on {n:,} rows)"
    )


def _are_codes(values: Any, count: int) -> bool:
    """Whether different numbers are just the numbers of classes, from 0 or 1 on."""
    return bool(values.min() in (0, 1) and np.ptp(values) == count - 1)


def label_columns(text: str | None) -> Any:
    """``14`` columns, an XML file, or names separated by commas."""
    if text is None or text.lower().endswith(".xml"):
        return text
    return int(text) if text.removeprefix("-").isdecimal() else [name.strip() for name in text.split(",")]
