"""What a model file holds of each estimator: arrays with their shapes, and a report."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut.estimators import LinearClassifier, TwoLayerClassifier, check_parameters
from taut.net_report import NetReport
from taut.persist._error import ModelFileError
from taut.report import Report

WORDS = {"n": "rows", "d": "columns", "k": "classes", "h": "hidden units"}

Shapes = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Kind:
    """One estimator as a file: each array is a fitted attribute's name without its underscore.

    Parameters
    ----------
    estimator, report : type
    arrays, optional : dict
        Shapes in letters, each of which stands for one number throughout: k classes, d columns, h hidden units.
    numbers : tuple of str
        Fitted attributes that repeat fields of the report.
    """

    estimator: type[Any]
    report: type[Any]
    arrays: Shapes
    optional: Shapes = field(default_factory=dict)
    numbers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As the file names it."""
        return self.estimator.__name__

    def taken(self, model: Any) -> dict[str, AnyArray]:
        """The arrays of a fitted model."""
        present = vars(model)
        if f"{next(iter(self.arrays))}_" not in present:
            raise ModelFileError("the model is not fitted yet: call fit first, then save")
        names = [*self.arrays, *(name for name in self.optional if f"{name}_" in present)]
        return {name: present[f"{name}_"] for name in names}

    def sizes(self, tensors: dict[str, AnyArray], k: int) -> dict[str, int]:
        """What each letter stands for, after every array was found to agree."""
        sizes = {"k": k}
        if missing := self.arrays.keys() - tensors.keys():
            raise ModelFileError(f"the array {min(missing)!r} is missing")
        shapes = self.arrays | self.optional
        for name, tensor in tensors.items():
            if name not in shapes:
                raise ModelFileError(f"holds an unknown array {name!r}")
            if tensor.ndim == len(shapes[name]):
                for letter, size in zip(shapes[name], tensor.shape, strict=True):
                    sizes.setdefault(letter, size)
        for name, tensor in tensors.items():
            self._check(name, tensor, shapes[name], sizes)
        return sizes

    def _check(self, name: str, tensor: AnyArray, letters: tuple[str, ...], sizes: dict[str, int]) -> None:
        if tensor.ndim != len(letters):
            axes = " and ".join(WORDS[letter] for letter in letters)
            raise ModelFileError(f"{name} has shape {tensor.shape}, but its axes are {axes}")
        needed = tuple(sizes[letter] for letter in letters)
        if tensor.shape != needed:
            said = " and ".join(f"{sizes[letter]} {WORDS[letter]}" for letter in letters)
            raise ModelFileError(f"{name} has shape {tensor.shape}, but {said} need {needed}")
        if tensor.dtype not in (np.float32, np.float64) or not np.isfinite(tensor).all():
            raise ModelFileError(f"{name} must hold finite float32 or float64 numbers")

    def checked(self, parameters: dict[str, Any]) -> Any:
        """An estimator whose parameters are in their ranges."""
        model = self.estimator(**parameters)
        check_parameters(model)
        return model


LINEAR = Kind(
    LinearClassifier,
    Report,
    {"coef": ("k", "d"), "intercept": ("k",)},
    {"scale": ("d",), "shift": ("d",), "witness": ("n", "k")},
    ("primal", "dual", "gap"),
)

NETWORK = Kind(
    TwoLayerClassifier,
    NetReport,
    {"W1": ("d", "h"), "b1": ("h",), "W2": ("h", "k"), "b2": ("k",)},
    {"scale": ("d",), "shift": ("d",)},
)

KINDS = {kind.name: kind for kind in (LINEAR, NETWORK)}


def kind_of(model: Any) -> Kind:
    """The kind of a model that is to be saved."""
    name = type(model).__name__
    if name not in KINDS or KINDS[name].estimator is not type(model):
        raise ModelFileError(f"{name} is not a model that taut saves: {', '.join(KINDS)} are")
    return KINDS[name]
