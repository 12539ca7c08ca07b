"""Which examples, features, classes and hidden units are shown."""

from collections.abc import Sequence

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.explain._axis import Axis, by_size

PAGE_ROWS, TEXT_ROWS = 16, 6
PAGE_COLUMNS, TEXT_COLUMNS = 12, 6
TEXT_CLASSES = 10

Names = Sequence[str] | None


def examples_of(y: IntArray, classes: Names, examples: Names) -> Axis:
    """The first rows, each named with its class."""
    labels = [str(c) if classes is None else str(classes[c]) for c in y[:PAGE_ROWS].tolist()]
    names = [f"{i if examples is None else examples[i]}: {label}" for i, label in enumerate(labels)]
    return Axis.of("example", names, np.arange(len(y)), (PAGE_ROWS, TEXT_ROWS), "the first")


def features_of(gradient: FloatArray, features: Names, name: str) -> Axis:
    """The columns of X whose weights have the largest gradient (d, ·)."""
    ranking = by_size(np.abs(gradient).max(axis=1))
    return Axis.of("feature", features, ranking, (PAGE_COLUMNS, TEXT_COLUMNS), f"those with the largest {name}")


def classes_of(A: FloatArray, y: IntArray, classes: Names) -> Axis:
    """The classes of the first rows, then those with the largest derivatives there."""
    used: AnyArray = np.abs(A[:TEXT_ROWS]).sum(axis=0)
    used[y[:TEXT_ROWS]] += float(used.sum()) + 1.0
    return Axis.of("class", classes, by_size(used), (PAGE_COLUMNS, TEXT_CLASSES), "those at work in the first examples")


def units_of(gradient: FloatArray) -> Axis:
    """The hidden units whose weights have the largest gradient (·, h)."""
    ranking = by_size(np.abs(gradient).max(axis=0))
    return Axis.of("hidden unit", None, ranking, (PAGE_COLUMNS, TEXT_COLUMNS), "those with the largest dW1")
