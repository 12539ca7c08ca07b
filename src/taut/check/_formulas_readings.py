"""Which known objective a function computes, read from its values at a few points."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taut.check._formulas_arrays import Array
from taut.check._formulas_fault import ValueFault
from taut.check._formulas_problem import CONVENTIONS, KnownProblem
from taut.check._formulas_rounding import gamma, value_bound
from taut.check._formulas_setting import CODED, LOSSES, Setting
from taut.check._formulas_values import value_faults


@dataclass(frozen=True, eq=False)
class Look:
    """The function at one point, and what every candidate objective would be there."""

    value: float
    gradient: Array
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Readings:
    """The candidates that explain the values at all points within rounding.

    ``clean`` ones, by their place in a look's settings, need no fault. Where there are none, ``faulty`` ones need one
    fault, which each look has for itself: the first entry belongs to the first look.
    """

    clean: tuple[int, ...]
    faulty: tuple[tuple[int, ValueFault], ...]


def look_around(problem: KnownProblem, W: NDArray[Any], value: float | None = None) -> list[Look]:
    """The function at W and at points near zero, where scores are of the order of 1: two finite looks, if there are.

    ``value`` saves a call where the function's value at W is known to be another than the function would give now.
    """
    W = np.asarray(W)
    dtype = W.dtype if W.dtype.kind == "f" else np.dtype(np.float64)
    length = float(np.sqrt(np.mean(np.sum(np.asarray(problem.X, dtype=np.float64) ** 2, axis=1)))) or 1.0
    rng = np.random.default_rng(0)
    seen = [_look(problem, W, value)]
    while len(seen) < 2 + (not np.isfinite(seen[0].value)):
        try:
            seen.append(_look(problem, (rng.standard_normal(W.shape) / length).astype(dtype), None))
        except Exception:  # whatever the user's code raises away from its own point: there is nothing to see then
            break
    return seen


def readings(seen: list[Look]) -> Readings:
    """The candidates that explain the values wherever they are finite, which must be at two points."""
    finite = [look for look in seen if np.isfinite(look.value)]
    if len(finite) < 2:
        return Readings((), ())
    candidates = range(len(seen[0].settings))
    clean = [c for c in candidates if all(_is(look.value, look.settings[c].value, look.settings[c]) for look in finite)]
    if clean:
        return Readings(tuple(clean), ())
    faulty: dict[tuple[str, str], tuple[int, ValueFault]] = {}
    explained: dict[str, int] = {}
    for c in candidates:
        loss = seen[0].settings[c].loss
        if explained.get(loss, c) != c:  # under another convention the same values only have another name
            continue
        for faults in zip(*(value_faults(look.settings[c]) for look in finite), strict=True):
            if all(_has(look, look.settings[c], fault) for look, fault in zip(finite, faults, strict=True)):
                faulty.setdefault((loss, faults[0].says), (c, faults[0]))
                explained[loss] = c
    return Readings((), tuple(faulty.values()))


def _is(value: float, wanted: float, at: Setting) -> bool:
    return bool(abs(value - wanted) <= value_bound(at))


def _has(look: Look, at: Setting, fault: ValueFault) -> bool:
    """Whether a fault gives the value that was seen."""
    with np.errstate(all="ignore"):
        wrong = fault.value(at)
        bound = (
            value_bound(fault.consistent(at)) if fault.consistent else value_bound(at) + 4.0 * gamma(at) * abs(wrong)
        )
        return bool(abs(look.value - wrong) <= bound)


def _look(problem: KnownProblem, W: NDArray[Any], value: float | None) -> Look:
    with np.errstate(all="ignore"):
        got, gradient = problem(W.copy())
    eps = max(_eps(np.asarray(each)) for each in (W, problem.X, got, gradient))
    number = float(got if value is None else value)
    with np.errstate(over="ignore"):
        if float(np.float32(number)) == number:  # it may have been computed in float32 somewhere
            eps = max(eps, float(np.finfo(np.float32).eps))
    settings = _settings(problem, np.asarray(W, dtype=np.float64).reshape(len(W), -1), eps)
    return Look(number, np.asarray(gradient, dtype=np.float64), settings)


def _eps(array: NDArray[Any]) -> float:
    return float(np.finfo(array.dtype if array.dtype.kind == "f" else np.float64).eps)


def _settings(problem: KnownProblem, W: Array, eps: float) -> tuple[Setting, ...]:
    """Every candidate: the problem's own loss, convention and bias row, or all where they are not named."""
    losses = LOSSES if problem.loss is None else (problem.loss,)
    conventions = CONVENTIONS if problem.convention is None else (problem.convention,)
    last = len(W) - 1
    bias_rows = (None, last) if problem.bias_row is None and last > 0 else (problem.bias_row,)
    found: list[Setting] = []
    X = np.asarray(problem.X, dtype=np.float64)
    for loss in losses:
        targets = _targets(np.asarray(problem.y), W.shape[1], coded=loss in CODED)
        if targets is None:
            continue
        first = Setting(loss, W, X, targets, float(problem.reg), float(problem.margin), eps=eps)
        if found:
            first = found[0].but(loss=loss, targets=targets)
        _ = first.scores, first.reach  # computed once, and shared by what is made from it
        found += [first.but(convention=convention, bias_row=row) for convention in conventions for row in bias_rows]
    return tuple(found)


def _targets(y: NDArray[Any], k: int, *, coded: bool) -> Array | None:
    """The targets as (n, k), or None where they do not fit the loss."""
    if y.ndim == 2:
        values = np.asarray(y, dtype=np.float64)
        one_hot = values.shape[1] == k and ((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all()
        return values if values.shape[1] == k and (one_hot or not coded) else None
    if k == 1:
        return None if coded else np.asarray(y, dtype=np.float64)[:, None]
    codes = np.asarray(y)
    if codes.dtype.kind not in "iu" and not (codes == np.round(codes)).all():
        return None
    if codes.min() < 0 or codes.max() >= k:
        return None
    return np.eye(k)[codes.astype(np.int64)]
