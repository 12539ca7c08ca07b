"""scikit-learn's rules for input, and errors that name the row and the column."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, column_or_1d, validate_data

from taut._typing import AnyArray, FloatArray, IntArray
from taut.matrix import Matrix, as_matrix, largest

STORED = [np.float64, np.float32, np.uint8]
"""Types of X that are kept; others become the first."""

VANISHING = float(np.sqrt(np.finfo(np.float64).tiny))
"""The square of what is below is no longer a normal float64."""

SMALLEST = 1e-140
"""Of the largest target: squares of what is below vanish beside the smallest float64."""


@contextmanager
def unchanged_on_error(estimator: Any) -> Iterator[None]:
    """A fit that is refused, or interrupted before it begins, leaves the fitted model that was there before."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def validated_matrix(estimator: Any, X: Any, *, reset: bool) -> Matrix:
    """X as a finite Matrix; sets or compares ``n_features_in_`` and ``feature_names_in_``."""
    if isinstance(X, Matrix):
        matrix = X
        if reset:
            estimator.n_features_in_ = X.shape[1]
            if hasattr(estimator, "feature_names_in_"):  # of an earlier fit
                del estimator.feature_names_in_
        elif X.shape[1] != estimator.n_features_in_:
            name = type(estimator).__name__
            raise ValueError(
                f"X has {X.shape[1]} features, but {name} is expecting {estimator.n_features_in_} features as input"
            )
    else:
        kept = validate_data(
            estimator,
            X,
            reset=reset,
            accept_sparse="csr",
            accept_large_sparse=True,
            dtype=STORED,
            ensure_all_finite=False,
        )
        matrix = as_matrix(kept)
    _refuse_unusable(estimator, matrix)
    return matrix


def _refuse_unusable(estimator: Any, matrix: Matrix) -> None:
    found = matrix.first_unusable()
    if found is None:
        return
    row, column, value = found
    names = getattr(estimator, "feature_names_in_", None)
    where = f"row {row}, column {column}" + ("" if names is None else f" ({names[column]!r})") + ", counted from 0"
    if np.isfinite(value):
        raise ValueError(
            f"Input X contains {value:g} in {where}: its square overflows in {matrix.stored}. Divide that column, "
            "by a power of ten for example."
        )
    what = "NaN" if np.isnan(value) else "infinity"
    raise ValueError(
        f"Input X contains {what}: the first is in {where}. "
        "Fill such cells in or leave the rows or columns out: no loss is defined on them."
    )


def refuse_vanishing_columns(estimator: Any, matrix: Matrix) -> None:
    """Refuse a column that is not zero, yet whose squares are in float64: least squares would take it for constant."""
    largest_of: FloatArray = np.zeros(matrix.shape[1])
    for largest_of in matrix.column_heights():
        if (largest_of > VANISHING).all():
            return
    lost = np.flatnonzero((largest_of > 0) & (largest_of <= VANISHING))
    if len(lost):
        column, names = int(lost[0]), getattr(estimator, "feature_names_in_", None)
        which = f"column {column}" + ("" if names is None else f" ({names[column]!r})") + ", counted from 0,"
        raise ValueError(
            f"Input X holds nothing above {largest_of[column]:g} in {which} whose square vanishes in float64: "
            "multiply that column by a power of ten"
        )


def validated_targets(y: Any, n: int) -> AnyArray:
    """Labels as a 1-D array of n, none missing."""
    if y is None:
        raise ValueError("a classifier requires y to be passed, but the target y is None: give one label a row of X")
    labels = _plain(column_or_1d(_plain(np.asarray(y)), warn=True))
    if len(labels) != n:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: X has {n} rows, y has {len(labels)} labels"
        )
    if labels.dtype == object:
        missing = np.array([label is None or _differs(label) for label in labels])
    else:
        missing = labels != labels  # NaN and NaT differ from themselves
    if np.any(missing):
        row = int(np.argmax(missing))
        raise ValueError(f"Input y contains NaN: the label of row {row}, counted from 0, is missing")
    if labels.dtype.kind == "f" and np.isinf(labels).any():
        row = int(np.argmax(np.isinf(labels)))
        raise ValueError(f"Input y contains infinity: it is the label of row {row}, counted from 0")
    if labels.dtype == object and len({isinstance(label, str) for label in labels}) > 1:
        raise ValueError("Input y mixes strings with other labels: make them all strings or all numbers")
    check_classification_targets(labels)
    return labels


def validated_numbers(y: Any, n: int) -> FloatArray:
    """Targets (n,) or (n, T) as finite float64 numbers."""
    if y is None:
        raise ValueError("a regressor requires y to be passed, but the target y is None: give one number a row of X")
    targets = np.asarray(y)
    if targets.dtype.kind in "OUS":
        try:
            targets = targets.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"y must hold numbers, got {targets.dtype}: {error}") from None
    if targets.dtype.kind not in "fiub":
        raise ValueError(f"y must hold real numbers, got dtype {targets.dtype}")
    if targets.ndim not in (1, 2) or 0 in targets.shape[1:]:
        raise ValueError(f"y must have shape (rows,) or (rows, targets), got {targets.shape}")
    if len(targets) != n:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: X has {n} rows, y has {len(targets)} targets"
        )
    targets = targets.astype(np.float64)
    bad = ~(np.abs(targets) <= largest(targets.dtype))
    if bad.any():
        at = np.unravel_index(int(np.argmax(bad)), bad.shape)
        value, where = float(targets[at]), f"row {at[0]}" + (f", target {at[1]}" if targets.ndim == 2 else "")
        what, mend = "NaN" if np.isnan(value) else "infinity", "leave such rows out"
        if np.isfinite(value):
            what, mend = f"{value:g}, and sums of squares would overflow", "divide y by a power of ten"
        raise ValueError(f"Input y contains {what}: the first is in {where}, counted from 0; {mend}")
    size = float(np.abs(targets).max(initial=0.0))
    if 0 < size < SMALLEST:
        raise ValueError(f"Input y holds nothing above {size:g}, whose square vanishes: multiply y by a power of ten")
    return targets


def _plain(labels: AnyArray) -> AnyArray:
    """Objects that are all integers or all booleans in the type that they mean, as pandas' nullable columns give."""
    if labels.dtype != object or labels.size == 0:
        return labels
    for kind, dtype in ((bool | np.bool_, np.bool_), (int | np.integer, np.int64)):
        if all(isinstance(label, kind) for label in labels.flat):
            try:
                return labels.astype(dtype)
            except OverflowError:
                return labels
    return labels


def _differs(label: Any) -> bool:
    """Whether a label is a missing value: NaN differs from itself, and pandas' NA cannot even be asked."""
    try:
        return bool(label != label)
    except TypeError:
        return True


def encoded(labels: AnyArray) -> tuple[AnyArray, IntArray]:
    """Sorted classes and the code of each label."""
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            "a classifier needs samples of at least 2 classes in the data, "
            f"but y holds only one class: {classes.tolist()[0]!r}"
        )
    return classes, codes.astype(np.int64)


def partly_encoded(labels: AnyArray, classes: Any, known: AnyArray | None) -> tuple[AnyArray, IntArray]:
    """All classes, named by the first call of partial_fit, and the code of each label."""
    if known is None:
        if classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        known, _ = encoded(validated_targets(classes, len(np.asarray(classes))))
    elif classes is not None and not np.array_equal(np.unique(classes), known):
        raise ValueError(f"`classes={classes!r}` is not the same as on last call to partial_fit: {known!r}")
    unknown = np.setdiff1d(labels, known)
    if len(unknown):
        raise ValueError(f"y holds labels that are not in classes: {unknown[:5].tolist()}")
    return known, np.searchsorted(known, labels).astype(np.int64)


def validated_weights(
    sample_weight: Any, class_weight: Any, classes: AnyArray, labels: AnyArray, X: Matrix
) -> tuple[FloatArray | None, float]:
    """The product of sample and class weights in a harmless unit, or None where all are 1; and their sum as given."""
    n = X.shape[0]
    s: FloatArray | None = None
    if sample_weight is not None:
        # scikit-learn's helper only asks its X for a length
        s = _check_sample_weight(sample_weight, np.empty((n, 1)), dtype=np.float64, ensure_non_negative=True)
    if class_weight is not None:
        each = compute_class_weight(class_weight, classes=classes, y=labels, sample_weight=s)
        if not (np.isfinite(each).all() and (each >= 0).all()):
            raise ValueError(f"class_weight must be finite and >= 0, got {class_weight!r}")
        s = each[np.searchsorted(classes, labels)] * (1.0 if s is None else s)
    if s is None:
        return None, float(n)
    if not s.max(initial=0.0) > 0:
        raise ValueError("sample_weight is zero for every row: nothing is left to fit")
    # The objective does not know the unit of the weights; a power of two changes no digit and saves the extremes.
    unit = 2.0 ** float(np.frexp(s.max())[1] - 1)
    s = s / unit
    return s, float(s.sum()) * unit
