"""A blend's data, bounds and items, checked: one clear line for whatever is wrong."""

import difflib
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils.validation import column_or_1d, validate_data

from taut._typing import AnyArray, FloatArray
from taut.estimators._parameters import choice, count, flag, number
from taut.solvers.blend import NORMS, BlendProblem, Group

LARGEST, SMALLEST = 1e140, 1e-140
"""Of the largest number, so that sums of squares neither overflow nor vanish."""


def blend_problem(estimator: Any, X: Any, y: Any) -> BlendProblem:
    """The problem that an estimator and its data pose."""
    choice("norm", estimator.norm, tuple(NORMS))
    total = number("total", estimator.total, above=0)
    if estimator.max_parts is not None:
        count("max_parts", estimator.max_parts)
    if estimator.time_limit is not None:
        number("time_limit", estimator.time_limit, above=0)
    flag("verbose", estimator.verbose)
    X, t = _data(estimator, X, y)
    aim = float(np.abs(t).max())
    if not SMALLEST <= total <= LARGEST or aim > LARGEST * total:
        raise ValueError(
            f"total is {total:g} and y goes up to {aim:g}, whose quotient cannot be squared: weigh in another unit"
        )
    n, items = X.shape[1], _Items(X.shape[1], getattr(estimator, "feature_names_in_", None))
    lower, upper = _bounds(estimator, n, items)
    required, excluded = items.mask("fixed_in", estimator.fixed_in), items.mask("fixed_out", estimator.fixed_out)
    if (required & excluded).any():
        raise ValueError(f"{items.called(int(np.argmax(required & excluded)))} is fixed in and fixed out: choose one")
    return BlendProblem(
        X=X,
        t=t,
        lower=lower,
        upper=np.minimum(upper, total),
        total=total,
        max_parts=None if estimator.max_parts is None else int(estimator.max_parts),
        required=required,
        excluded=excluded,
        groups=tuple(_groups(estimator.groups, items)),
    )


class _Items:
    """Items by name or by position from 0."""

    def __init__(self, n: int, names: Sequence[str] | None) -> None:
        self.n, self.names = n, None if names is None else list(names)

    def called(self, i: int) -> str:
        """An item in a message."""
        return f"item {i}" if self.names is None else f"item {self.names[i]!r}"

    def position(self, key: Any, where: str) -> int:
        """The position of an item, or an error that names it."""
        if isinstance(key, str):
            if self.names is None:
                raise ValueError(f"{where} names {key!r}, but X has no names: give positions from 0, or a data frame")
            if key in self.names:
                return self.names.index(key)
            close = difflib.get_close_matches(key, self.names)
            known = f"did you mean {' or '.join(map(repr, close))}?" if close else f"the items are {_few(self.names)}"
            raise ValueError(f"{where} names {key!r}, which is no item; {known}")
        if isinstance(key, Integral) and not isinstance(key, bool) and 0 <= int(key) < self.n:
            return int(key)
        raise ValueError(f"{where} holds {key!r}: an item is a name or a position from 0 to {self.n - 1}")

    def positions(self, keys: Any, where: str) -> list[int]:
        """The positions of several items."""
        if isinstance(keys, str) or not isinstance(keys, Iterable):
            keys = [keys]
        return [self.position(key, where) for key in keys]

    def mask(self, where: str, keys: Any) -> AnyArray:
        """The items as a mask; None means none."""
        chosen = np.zeros(self.n, dtype=np.bool_)
        if keys is not None:
            chosen[self.positions(keys, where)] = True
        return chosen


def _data(estimator: Any, X: Any, y: Any) -> tuple[FloatArray, FloatArray]:
    if y is None:
        raise ValueError("a blend requires y to be passed, but the target y is None: give one number a row of X")
    X = validate_data(estimator, X, dtype=np.float64, ensure_all_finite=False)
    finite = np.isfinite(X)
    if not finite.all():
        row, column = map(int, np.argwhere(~finite)[0])
        names = getattr(estimator, "feature_names_in_", None)
        what = "NaN" if np.isnan(X[row, column]) else "infinity"
        where = f"row {row}, column {column}" + ("" if names is None else f" ({names[column]!r})")
        raise ValueError(
            f"Input X contains {what}: the first is in {where}, counted from 0; fill it in or leave it out"
        )
    t = column_or_1d(y, warn=True)
    try:
        t = np.asarray(t, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("y holds what is no number: the target of a blend is one number a row of X") from None
    if len(t) != len(X):
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: X has {len(X)} rows, y has {len(t)} entries"
        )
    if not np.isfinite(t).all():
        row = int(np.argmin(np.isfinite(t)))
        what = "NaN" if np.isnan(t[row]) else "infinity"
        raise ValueError(f"Input y contains {what}: entry {row}, counted from 0; fill it in or leave the row out")
    largest = max(float(np.abs(X).max()), float(np.abs(t).max()))
    if largest > LARGEST:
        raise ValueError(f"X or y holds {largest:g}, whose square overflows: divide both by a power of ten")
    if 0 < largest < SMALLEST:
        raise ValueError(f"X and y hold nothing above {largest:g}, whose square vanishes: multiply both")
    return np.ascontiguousarray(X), t


def _bounds(estimator: Any, n: int, items: _Items) -> tuple[FloatArray, FloatArray]:
    lower, upper = (_bound(name, getattr(estimator, name), n) for name in ("lower", "upper"))
    for name, values in (("lower", lower), ("upper", upper)):
        bad = np.isnan(values) | (values < 0) | ((values == np.inf) if name == "lower" else False)
        if bad.any():
            i = int(np.argmax(bad))
            raise ValueError(f"{name} is {values[i]:g} for {items.called(i)}: bounds are finite numbers >= 0")
    if (lower > upper).any():
        i = int(np.argmax(lower > upper))
        raise ValueError(
            f"lower = {lower[i]:g} is above upper = {upper[i]:g} for {items.called(i)}: "
            "exchange them, or fix the item out"
        )
    return lower, upper


def _bound(name: str, value: Any, n: int) -> FloatArray:
    """One number for all items, or one an item."""
    if isinstance(value, Real) and not isinstance(value, bool):
        return np.full(n, float(value))
    try:
        values = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, or one number an item, got {value!r}") from None
    if values.shape != (n,):
        raise ValueError(f"{name} has the shape {values.shape}, but there are {n} items: give a number or {n} of them")
    return values


def _groups(groups: Any, items: _Items) -> Iterable[Group]:
    for pair in groups or ():
        try:
            most, members = pair
        except (TypeError, ValueError):
            raise ValueError(f"groups holds {pair!r}: each is a pair (at most so many, of these items)") from None
        if not isinstance(most, Integral) or isinstance(most, bool) or most < 0:
            raise ValueError(f"groups allows at most {most!r} of its items: it must be a whole number >= 0")
        yield Group(tuple(dict.fromkeys(items.positions(members, "groups"))), int(most))


def _few(names: list[str]) -> str:
    more = f", … ({len(names)} in all)" if len(names) > 12 else ""
    return ", ".join(map(repr, names[:12])) + more
