"""What a model file holds of each estimator: arrays with their shapes, and a report."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut.estimators import (
    LinearClassifier,
    LinearRegressor,
    MultilabelClassifier,
    TwoLayerClassifier,
    check_estimator,
)
from taut.persist._error import ModelFileError
from taut.report import NetReport, Report

WORDS = {"n": "rows", "d": "columns", "k": "classes", "h": "hidden units"}

Shapes = dict[str, str]
"""Letters of each array's axes, each of which stands for one number throughout: k classes or targets, d columns, h
hidden units, n rows. A first letter in brackets may be missing: one target has no axis of targets."""


@dataclass(frozen=True)
class Kind:
    """One estimator as a file: each array is a fitted attribute's name without its underscore.

    Parameters
    ----------
    name : str
        As the file names it.
    estimator, report : type
    arrays, optional : dict
        Shapes, see `Shapes`.
    numbers : tuple of str
        Fitted attributes that repeat fields of the report.
    words : dict
        Further fitted attributes that JSON holds, with their types.
    classes : {"sorted", "named", "none"}
        Whether it has classes, and whether they are in order.
    """

    name: str
    estimator: type[Any]
    report: type[Any]
    arrays: Shapes
    optional: Shapes = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    words: dict[str, type] = field(default_factory=dict)
    classes: str = "sorted"

    def taken(self, model: Any) -> dict[str, AnyArray]:
        """The arrays of a fitted model."""
        present = vars(model)
        names = [*self.arrays, *(name for name in self.optional if f"{name}_" in present)]
        return {name: np.asarray(present[f"{name}_"]) for name in names}

    def sizes(self, tensors: dict[str, AnyArray], k: int | None) -> dict[str, int]:
        """What each letter stands for, after every array was found to agree."""
        sizes = {} if k is None else {"k": k}
        if missing := self.arrays.keys() - tensors.keys():
            raise ModelFileError(f"the array {min(missing)!r} is missing")
        shapes = self.arrays | self.optional
        if unknown := tensors.keys() - shapes.keys():
            raise ModelFileError(f"holds an unknown array {min(unknown)!r}")
        for name in (name for name in shapes if name in tensors):  # the weights say how many there are of everything
            axes = tensors[name].shape
            letters = _letters(shapes[name], len(axes))
            if len(axes) == len(letters):
                sizes = dict(zip(letters, axes, strict=True)) | sizes
        for name, tensor in tensors.items():
            _check(name, tensor, _letters(shapes[name], tensor.ndim), sizes)
        return sizes

    def checked(self, parameters: dict[str, Any]) -> Any:
        """An estimator whose parameters are in their ranges."""
        model = self.estimator(**parameters)
        check_estimator(model)
        return model


def _letters(shape: str, axes: int) -> str:
    """The axes of an array that has so many."""
    plain = shape.replace("[", "").replace("]", "")
    return plain[1:] if shape.startswith("[") and axes < len(plain) else plain


def _check(name: str, tensor: AnyArray, letters: str, sizes: dict[str, int]) -> None:
    if tensor.ndim != len(letters):
        axes = " and ".join(WORDS[letter] for letter in letters)
        raise ModelFileError(f"{name} has shape {tensor.shape}, but its axes are {axes}")
    needed = tuple(sizes[letter] for letter in letters)
    if tensor.shape != needed:
        said = " and ".join(f"{sizes[letter]} {WORDS[letter]}" for letter in letters)
        raise ModelFileError(f"{name} has shape {tensor.shape}, but {said} need {needed}")
    if tensor.dtype not in (np.float32, np.float64) or not np.isfinite(tensor).all():
        raise ModelFileError(f"{name} must hold finite float32 or float64 numbers")


PROVED = ("primal", "dual", "gap")
COLUMNS = {"scale": "d", "shift": "d"}
BARS = {"thresholds": "k", "threshold_coef": "k"}
SETS = {"target_kind": str, "n_undefined_rows": int}
NET = {"W1": "dh", "b1": "h", "W2": "hk", "b2": "k"}
LINEAR = {"coef": "kd", "intercept": "k"}

KINDS = {
    kind.name: kind
    for kind in (
        Kind("LinearClassifier", LinearClassifier, Report, LINEAR, COLUMNS | {"witness": "nk"}, PROVED),
        Kind("TwoLayerClassifier", TwoLayerClassifier, NetReport, NET, COLUMNS),
        Kind("LinearRegressor", LinearRegressor, Report, {"coef": "[k]d", "intercept": "[k]"}, {}, PROVED, {}, "none"),
        Kind("MultilabelClassifier", MultilabelClassifier, Report, LINEAR | BARS, {}, PROVED, SETS, "named"),
        Kind("MultilabelClassifier, hidden", MultilabelClassifier, NetReport, NET | BARS, {}, (), SETS, "named"),
    )
}


def kind_of(model: Any) -> Kind:
    """The kind of a model that is to be saved."""
    kinds = [kind for kind in KINDS.values() if kind.estimator is type(model)]
    if not kinds:
        known = ", ".join(sorted({kind.estimator.__name__ for kind in KINDS.values()}))
        raise ModelFileError(f"{type(model).__name__} is not a model that taut saves: {known} are")
    for kind in kinds:
        if all(f"{name}_" in vars(model) for name in kind.arrays):
            return kind
    raise ModelFileError("the model is not fitted yet: call fit first, then save")
