"""Layer 0: what any loss and gradient must do before numbers are worth comparing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from taut._typing import FloatArray
from taut.check._function import Function, roundoff
from taut.check._report import Finding


@dataclass(frozen=True)
class Hygiene:
    """What the first calls showed: the value and gradient in the user's own types, and what is wrong already."""

    value: float
    gradient: FloatArray | None  # None: nothing that could be compared came back
    findings: tuple[Finding, ...]
    roundoff: float

    @property
    def fatal(self) -> bool:
        """Whether differences would mean nothing."""
        stop = ("random value", "not finite", "wrong shape", "not a number", "wrong names", "not a pair", "complex")
        return self.gradient is None or any(finding.kind in stop for finding in self.findings)


def hygiene(function: Function, x: FloatArray) -> Hygiene:
    """Call the user's function twice at one point, and look at everything but the derivative."""
    findings: list[Finding] = []
    first = _seen(function, x, findings)
    if first is None:
        return Hygiene(float("nan"), None, tuple(findings), 0.0)
    value, gradient, raw = first
    kept = gradient.copy()
    again = _seen(function, x, [])
    if again is None:
        findings.append(Finding("random value", "the second call with the same point returned something else"))
    else:
        findings += _compared(value, kept, again[0], again[1])
        if _shares(function, raw[1], again[2][1]) or not _same(function.layout.pack(raw[1]), kept):
            findings.append(
                Finding(
                    "gradient overwritten",
                    "the gradient array of one call is the memory that the next call writes into",
                    "return a new array: grad = np.zeros_like(W)",
                )
            )
    if not findings:
        elsewhere = x + 2.0**-10 * (1.0 + np.abs(x))
        function.both(elsewhere)  # state that a call elsewhere leaves behind shows in the next call at x
        third = function.both(x)
        if not _same(function.layout.pack(raw[1]), kept):
            findings.append(
                Finding(
                    "gradient overwritten",
                    "a later call changed the gradient array that an earlier call had returned",
                    "return a new array: grad = np.zeros_like(W)",
                )
            )
        findings += _compared(value, kept, *third)
    return Hygiene(value, kept, tuple(findings), roundoff(raw[0], *function.layout.arrays(raw[1])))


def _seen(function: Function, x: FloatArray, findings: list[Finding]) -> tuple[float, FloatArray, Any] | None:
    """One call, checked: value, flat gradient and the raw pair; None where differences would be meaningless."""
    layout = function.layout
    function.evaluations += 1
    point = layout.unpack(x, {block.name: block.dtype for block in layout.blocks})
    kept = layout.unpack(x, {block.name: block.dtype for block in layout.blocks})
    with np.errstate(all="ignore"):
        raw = function.fn(point)
    if not isinstance(raw, tuple | list) or len(raw) != 2:
        findings.append(Finding("not a pair", f"the function returned {type(raw).__name__}", "return loss, gradient"))
        return None
    for block, given, was in zip(layout.blocks, layout.arrays(point), layout.arrays(kept), strict=True):
        if not np.array_equal(given, was):
            cure = f"work on a copy: {block.name} = {block.name}.copy(), and never {block.name} += ..."
            findings.append(Finding("point changed", f"the call changed {block.name} in place", cure))
    value = np.asarray(raw[0])
    if value.size != 1 or value.dtype.kind not in "fiub":
        kind = "complex" if value.dtype.kind == "c" else "not a number"
        findings.append(Finding(kind, f"the value is an array of shape {value.shape}, dtype {value.dtype}"))
        return None
    if not _shaped(function, raw[1], findings):
        return None
    gradient = layout.pack(raw[1])
    for block, given, part in zip(layout.blocks, layout.arrays(point), layout.arrays(raw[1]), strict=True):
        if isinstance(part, np.ndarray) and np.may_share_memory(given, part):
            cure = f"return a new array: grad_{block.name} = np.zeros_like({block.name})"
            findings.append(Finding("gradient is the point", f"the gradient of {block.name} is its own memory", cure))
    if not np.isfinite(value).all():
        findings.append(Finding("not finite", f"the value is {float(value.ravel()[0])}", _finite_cure()))
    if not np.isfinite(gradient).all():
        i = int(np.flatnonzero(~np.isfinite(gradient))[0])
        block = layout.block_of(i)
        where = f"{block.name}{list(block.place(i))}"
        evidence = f"{int((~np.isfinite(gradient)).sum()):,} gradient entries are not finite; the first is {where}"
        findings.append(Finding("not finite", evidence, _finite_cure()))
    return float(value.ravel()[0]), gradient, raw


def _finite_cure() -> str:
    return "look for log(0), 0/0 and exp of large scores: subtract the row's maximum first"


def _shaped(function: Function, gradient: Any, findings: list[Finding]) -> bool:
    """Whether the gradient has the names, shapes and types of the point."""
    layout = function.layout
    if layout.named and (
        not isinstance(gradient, Mapping) or not {block.name for block in layout.blocks} <= gradient.keys()
    ):
        names = ", ".join(block.name for block in layout.blocks)
        findings.append(Finding("wrong names", f"the gradient must be a dict with the names {names}"))
        return False
    good = True
    for block, part in zip(layout.blocks, layout.arrays(gradient), strict=True):
        array = np.asarray(part)
        if array.dtype.kind not in "fiu":
            findings.append(Finding("not a number", f"the gradient of {block.name} has dtype {array.dtype}"))
            good = False
        elif array.shape != block.shape:
            turned = array.T.shape == block.shape
            cure = "transpose it: " + f"grad_{block.name}.T" if turned else "one entry for each entry of the point"
            evidence = f"the gradient of {block.name} has shape {array.shape}, the point {block.shape}"
            findings.append(Finding("wrong shape", evidence, cure))
            good = False
        elif array.dtype.kind in "iu":
            cure = "np.zeros_like of an integer array is an integer array: convert to float first"
            findings.append(Finding("integer gradient", f"the gradient of {block.name} is {array.dtype}", cure))
    return good


def _compared(value: float, gradient: FloatArray, value2: float, gradient2: FloatArray) -> list[Finding]:
    findings = []
    if value != value2 and not (np.isnan(value) and np.isnan(value2)):
        evidence = f"two calls with the same point returned {value!r} and {value2!r}"
        cure = "switch dropout, shuffling and random batches off, or seed them inside the function"
        findings.append(Finding("random value", evidence, cure))
    if not _same(gradient, gradient2):
        differ = int((gradient != gradient2).sum())
        evidence = f"two calls with the same point differ in {differ:,} gradient entries"
        cure = "start each call from grad = 0: something is kept or accumulated between calls"
        findings.append(Finding("gradient changes between calls", evidence, cure))
    return findings


def _same(a: FloatArray, b: FloatArray) -> bool:
    return bool(np.array_equal(a, b, equal_nan=True))


def _shares(function: Function, a: Any, b: Any) -> bool:
    pairs = zip(function.layout.arrays(a), function.layout.arrays(b), strict=True)
    return any(isinstance(p, np.ndarray) and isinstance(q, np.ndarray) and np.may_share_memory(p, q) for p, q in pairs)
