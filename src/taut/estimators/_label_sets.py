"""Sets of labels in the forms that users have them: encoded as an indicator, and decoded into the form given."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import _get_feature_names

from taut._typing import AnyArray, FloatArray
from taut.estimators._validation import encoded, validated_targets
from taut.objective import as_indicator, holds_sets

KINDS = ("indicator", "sparse", "sets", "labels")
"""Forms of Y: a table (n, K) of zeros and ones; the same sparse; n collections of labels; one label a row (n,)."""


@dataclass(frozen=True)
class LabelSets:
    """Y in the one form that a loss takes, and what it takes to answer in the form that was given.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    classes : ndarray of shape (K,)
        The labels: column numbers of a table (names, where it is a data frame), else sorted.
    table : ndarray of shape (n, K)
        The indicator, bool.
    """

    kind: str
    classes: AnyArray
    table: AnyArray

    @classmethod
    def of(cls, Y: Any, n: int) -> "LabelSets":
        """Encode what was passed to ``fit``."""
        if sparse.issparse(Y):
            table = as_indicator(Y, n)
            return cls("sparse", np.arange(table.shape[1]), table)
        if Y is not None and holds_sets(Y):
            binarizer = _binarizer()
            table = _binarized(binarizer.fit, Y, n).transform(Y).astype(bool)
            if not len(binarizer.classes_):
                raise ValueError("Y holds no label at all: every set is empty")
            return cls("sets", binarizer.classes_, table)
        given = np.asarray(Y)
        if given.ndim == 2 and given.shape[1] > 1:
            _check_length(len(given), n)
            names = _get_feature_names(Y)
            classes = np.arange(given.shape[1]) if names is None else names
            return cls("indicator", classes, as_indicator(_without_missing(given), n))
        classes, codes = encoded(validated_targets(Y, n))
        return cls("labels", classes, codes[:, None] == np.arange(len(classes)))


def as_table(kind: str, classes: AnyArray, Y: Any) -> AnyArray:
    """What ``predict`` gives, or Y in the same form, as an indicator (n, K).

    For collections of labels a last column says whether there are labels among them that are none of ``classes``.
    """
    if kind == "sets":
        if sparse.issparse(Y) or (isinstance(Y, np.ndarray) and Y.ndim == 2):
            raise ValueError("y was given to fit as collections of labels: give it so here too, not as an indicator")
        known = set(classes.tolist())
        table = _binarizer(classes).fit([]).transform([known.intersection(row) for row in Y]).astype(bool)
        return np.column_stack([table, [not known.issuperset(row) for row in Y]])
    if kind == "labels":
        return np.asarray(Y)[:, None] == classes
    counted: bool = sparse.issparse(Y)
    n = Y.shape[0] if counted else len(Y)
    return as_indicator(Y, n, len(classes))


def decoded(kind: str, classes: AnyArray, table: AnyArray, scores: FloatArray) -> Any:
    """An indicator in the form that Y had; where each row has one label, that of its highest score."""
    if kind == "labels":
        return classes[np.argmax(scores, axis=1)]
    if kind == "sets":
        return [tuple(classes[row].tolist()) for row in table]
    return sparse.csr_array(table.astype(np.int64)) if kind == "sparse" else table.astype(np.int64)


def _check_length(found: int, n: int) -> None:
    if found != n:
        raise ValueError(f"Found input variables with inconsistent numbers of samples: X has {n} rows, Y {found}")


def _binarizer(classes: AnyArray | None = None) -> Any:
    from sklearn.preprocessing import MultiLabelBinarizer  # here: it loads a terminal library

    return MultiLabelBinarizer(classes=classes)


def _binarized(fit: Any, Y: Any, n: int) -> Any:
    _check_length(len(Y), n)
    try:
        return fit(Y)
    except TypeError as error:
        raise ValueError(
            f"Y must hold collections of labels of one kind, all strings or all numbers ({error})"
        ) from None


def _without_missing(table: AnyArray) -> AnyArray:
    if table.dtype.kind == "f" and np.isnan(table).any():
        row, column = np.argwhere(np.isnan(table))[0]
        raise ValueError(f"Input y contains NaN: row {row}, column {column}, counted from 0")
    return table
