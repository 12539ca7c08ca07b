"""Code that computes in float32: checked in float64 where it follows its input's type, and then against itself."""

from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.check._function import COARSE, Function, Layout, roundoff
from taut.check._hygiene import Hygiene
from taut.check._look import Look
from taut.check._noise import SAFETY, around
from taut.check._report import Finding
from taut.check._subject import Subject

APART = 0.05
"""A float32 gradient that is this share of the largest entry off the float64 one is more than rounding of sums."""


@dataclass(frozen=True)
class Arithmetic:
    """The function that is checked, its roundoff, and the gradient in the user's own float32 where that is another."""

    function: Function
    roundoff: float
    own: FloatArray | None = None
    own_value: float = 0.0
    notes: tuple[str, ...] = ()


def arithmetic(subject: Subject, layout: Layout, own: Function, seen: Hygiene, x: FloatArray) -> Arithmetic:
    """Float64 where the user's code computes in it when asked to, else what it insists on."""
    own_unit = max(seen.roundoff, *(float(np.finfo(each).eps) for each in own.dtypes.values()))
    own_unit = max(own_unit, float(np.finfo(np.float32).eps)) if subject.short else own_unit
    if own_unit <= COARSE:
        return Arithmetic(own, own_unit)
    double = Function(subject.double or subject.call, layout, double=True)
    try:
        with np.errstate(all="ignore"):
            value, gradient = double.call(x)
        unit = roundoff(np.asarray(value), *(np.asarray(part) for part in layout.arrays(gradient)))
        good = unit <= COARSE and np.isfinite(float(value)) and bool(np.isfinite(layout.pack(gradient)).all())
    except Exception:  # foreign code on a type that it was not written for
        good = False
    if not good:
        note = f"the function computes in {_name(own_unit)}, and intervals are as wide as that"
        return Arithmetic(own, own_unit, notes=(note,))
    short = _name(own_unit)
    note = f"the code computes in {short} here; it was checked in float64, and its {short} gradient against that"
    return Arithmetic(double, unit, seen.gradient, seen.value, (note,))


def _name(unit: float) -> str:
    """The type whose roundings are so large."""
    return "float16" if unit > float(np.finfo(np.float32).eps) else "float32"


def single_findings(numbers: Arithmetic, first: Look, own: Function, x: FloatArray) -> list[Finding]:
    """Whether the float32 gradient is one that float32 rounding explains; only a proof counts."""
    if numbers.own is None or first.suspects or not first.convex:
        return []
    largest = float(np.max(np.abs(first.base.gradient)))
    if float(np.max(np.abs(numbers.own - first.base.gradient))) <= APART * largest:
        return []
    unit = float(np.finfo(np.float32).eps)
    rounding = SAFETY * around(own, x, first.base.scales, first.search.rng)
    epsilon = 2.0 * abs(numbers.own_value - first.base.value) + rounding + 16.0 * unit * abs(numbers.own_value)
    outside = 0
    for line in first.lines:
        slope = float(np.sum(numbers.own[line.support] * line.v))
        slack = 8.0 * 1024.0 * unit * largest * float(np.max(np.abs(line.v))) * float(np.sqrt(len(line.support)))
        low = max(rung.down - rung.down_error - epsilon / rung.h for rung in line.rungs.values())
        high = min(rung.up + rung.up_error + epsilon / rung.h for rung in line.rungs.values())
        outside += not low - slack <= slope <= high + slack
    if not outside:
        return []
    evidence = f"in float64 the gradient is right; in float32 it is outside in {outside} of {len(first.lines)} lines"
    return [Finding("float32 gradient", evidence, "add up in float64, and subtract maxima before exp")]
