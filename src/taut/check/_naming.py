"""What kind of wrong a gradient is, without knowing the function: fits that must hold inside every interval.

A family is true = given + θ·D with a known D: every line of the look allows an interval of θ, and the family fits
where these have a number in common. Nothing is named that a single line contradicts; all that fit are listed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.check._function import Block
from taut.check._line import Line
from taut.check._locate import Located
from taut.check._look import Look
from taut.check._report import Finding, place

TIGHT = 0.02
"""A factor that is known less precisely than this share is no name."""

MOST_EXAMPLES = 10**6


@dataclass(frozen=True)
class Naming:
    """The findings, and what given and true have in common in words for the census."""

    findings: tuple[Finding, ...]
    ratio: str = ""


@dataclass(frozen=True)
class Evidence:
    """All settled lines of a look, and what was located."""

    look: Look
    located: tuple[Located, ...]
    lines: tuple[Line, ...]

    @property
    def given(self) -> FloatArray:
        """The gradient under accusation."""
        return self.look.base.gradient

    @property
    def x(self) -> FloatArray:
        """The point."""
        return self.look.base.x

    def only(self, places: IntArray, of: FloatArray) -> FloatArray:
        """A vector that is zero outside some places."""
        out = np.zeros_like(of)
        out[places] = of[places]
        return out

    def steps(self, direction: FloatArray, start: FloatArray | None = None) -> tuple[float, float] | None:
        """The interval of θ for which start + θ·direction is allowed by every line; None where there is none."""
        low, high = -np.inf, np.inf
        for line in self.lines:
            given = line.given if start is None else float(np.sum(start[line.support] * line.v))
            below, above = line.low - line.slack - given, line.high + line.slack - given
            terms = direction[line.support] * line.v
            slope = float(np.sum(terms))
            if abs(slope) <= 1e-12 * float(np.sum(np.abs(terms))):
                if not below <= 0.0 <= above:
                    return None
                continue
            ends = sorted((below / slope, above / slope))
            low, high = max(low, ends[0]), min(high, ends[1])
        return (low, high) if low <= high else None

    def fits(self, candidate: FloatArray) -> bool:
        """Whether every line allows a candidate for the true gradient."""
        return all(line.allows(float(np.sum(candidate[line.support] * line.v))) for line in self.lines)


def name(look: Look, located: Sequence[Located]) -> Naming:
    """Everything that fits what was seen."""
    tested = [line for each in located for line in each.tested]
    known = {id(line): line for line in (*look.lines, *tested)}
    seen = Evidence(look, tuple(located), tuple(known.values()))
    findings: list[Finding] = []
    ratio = ""
    places = np.concatenate([np.arange(each.block.begin, each.block.end) for each in located] or [np.arange(0)])
    if len(places) and not np.any(seen.given[places]):
        where = " and ".join(each.block.name for each in located)
        findings.append(Finding("zero gradient", f"every entry of the gradient of {where} is 0", "it is never filled"))
    else:
        scaled = list(_scales(seen, places))
        findings += [finding for finding, _ in scaled]
        ratio = scaled[0][1] if scaled else ""
    findings += _of_the_point(seen, places)
    for finding, common in _of_parts(seen):
        findings.append(finding)
        ratio = ratio or common
    findings += _orders(seen)
    if not findings:
        parts = [("every entry", places)]
        parts += [(f"{word} alone", part) for each in located for word, part in _parts(each) if len(part) > 1]
        for word, part in parts:
            for finding, common in _two_parts(seen, part, word):
                findings.append(finding)
                ratio = ratio or common
    if not findings:
        findings += _patterns(seen)
    return Naming(tuple(findings), ratio)


def _scales(seen: Evidence, places: IntArray) -> Iterator[tuple[Finding, str]]:
    """Given = a·true on everything that is accused."""
    found = _factor(seen, places)
    if found is None:
        return
    a, exact = found
    ratio = f"ratio {'exactly ' if exact else ''}{a:.6g}"
    evidence = f"given = {a:.6g} * true in every direction and coordinate that was looked at"
    if a == 2.0:
        yield Finding("doubled", evidence, "drop a factor 2, or set the gradient to zero before accumulating"), ratio
    elif a == 0.5:
        yield Finding("half", evidence, "multiply the gradient by 2"), ratio
    elif a == -1.0:
        yield Finding("wrong sign", evidence, "change the sign of the gradient"), ratio
    elif exact and a > 1:
        cure = f"divide by {a:.0f}: is this N, the number of examples?"
        yield Finding("missing 1/N", evidence, cure), f"{ratio} (= N?)"
    elif exact and 0 < a < 1:
        cure = f"multiply by {1 / a:.0f}: divided twice, or by too much?"
        yield Finding("divided too often", evidence, cure), f"ratio exactly 1/{1 / a:.0f}"
    else:
        yield Finding("wrong factor", evidence, f"divide the gradient by {a:.6g}"), ratio


def _factor(seen: Evidence, places: IntArray) -> tuple[float, bool] | None:
    """The factor given/true on some places, and whether it is a whole number, its inverse or -1; None: no factor."""
    found = seen.steps(seen.only(places, seen.given))
    if found is None:
        return None
    low, high = 1.0 + found[0], 1.0 + found[1]
    if not (np.isfinite([low, high]).all() and low * high > 0 and not low <= 1.0 <= high):
        return None
    if high - low > TIGHT * min(abs(low), abs(high)):
        return None
    ends = sorted((1.0 / low, 1.0 / high))
    for nice in (-1.0, float(np.round(np.mean(ends))), 1.0 / float(np.round(0.5 * (low + high)) or 1.0)):
        if ends[0] <= nice <= ends[1] and nice not in (0.0, 1.0):
            return nice, True
    return float(np.mean(ends)), False


def _multiple(seen: Evidence, direction: FloatArray, start: FloatArray | None = None) -> float | None:
    """θ with true = given + θ·direction, where it is known well and is not 0; zero tells nothing."""
    found = seen.steps(direction, start) if np.any(direction) else None
    if found is None or found[0] <= 0.0 <= found[1]:
        return None
    middle = 0.5 * (found[0] + found[1])
    return middle if found[1] - found[0] <= TIGHT * abs(middle) else None


def _of_the_point(seen: Evidence, places: IntArray) -> Iterator[Finding]:
    """True - given = θ·W everywhere, or in one row: the regulariser. Or one number everywhere."""
    theta = _multiple(seen, seen.only(places, seen.x))
    if theta is not None:
        yield _regulariser(theta, "W")
    for each in seen.located:
        block = each.block
        if len(block.shape) == 2 and block.shape[0] > 1:
            table = np.arange(block.begin, block.end).reshape(block.shape)
            for word, row in (("last", table[-1]), ("first", table[0])):
                theta = _multiple(seen, seen.only(row, seen.x))
                if theta is not None and theta < 0:
                    evidence = f"given - true = {-theta:.6g} * W in the {word} row alone, and 0 elsewhere"
                    yield Finding("bias row regularised", evidence, f"leave the {word} row out of the regulariser")
    theta = _multiple(seen, seen.only(places, np.ones_like(seen.x)))
    if theta is not None:
        evidence = f"given - true = {-theta:.6g} in every entry"
        yield Finding("one number added everywhere", evidence, "a sum became a scalar and was broadcast: drop the sum")


def _regulariser(theta: float, W: str) -> Finding:
    evidence = f"true - given = {theta:.6g} * {W} in every entry"
    if theta > 0:
        cure = f"add {theta:.6g} * {W}: is this reg, or 2 * reg?"
        return Finding("regulariser missing or too small", evidence, cure)
    return Finding("regulariser too large", evidence, f"subtract {-theta:.6g} * {W}: is a factor 2 or 1/N wrong in it?")


def _of_parts(seen: Evidence) -> Iterator[tuple[Finding, str]]:
    """Given = a·true, or given + θ·W, in the accused rows, columns or coordinates alone."""
    for each in seen.located:
        for word, places in _parts(each):
            mine = seen.given[places]
            if not np.any(mine):
                yield (
                    Finding(f"{word} zero", f"the gradient is 0 in {word}, and should not be", f"fill {word}"),
                    "all 0",
                )
                continue
            found = _factor(seen, places)
            if found is not None:
                a, exact = found
                kind = f"{word} wrong sign" if a == -1.0 else f"{word} wrong factor"
                finding = Finding(kind, f"given = {a:.6g} * true in {word} alone", f"divide {word} by {a:.6g}")
                yield finding, f"ratio {'exactly ' if exact else ''}{a:.6g}"
            theta = _multiple(seen, seen.only(places, seen.x)) if len(places) > 1 else None
            if theta is not None:
                evidence = f"true - given = {theta:.6g} * {each.block.name} in {word} alone"
                cure = f"look at the regulariser in {word}"
                yield Finding(f"regulariser wrong in {word}", evidence, cure), ""


def _parts(found: Located) -> Iterator[tuple[str, IntArray]]:
    """The accused columns, rows or single coordinates of an array, where they are not all of it."""
    block, outside = found.block, found.outside
    places = np.array([int(line.support[0]) for line in outside], dtype=np.int64)
    if not len(places) or len(places) == block.size:
        return
    if len(places) == 1:
        yield place(block.name, block.place(int(places[0]))), places
        return
    if len(block.shape) != 2:
        return
    table = np.arange(block.begin, block.end).reshape(block.shape)
    rows, columns = np.unravel_index(places - block.begin, block.shape)
    if len(set(columns.tolist())) == 1:
        yield f"column {columns[0]}", table[:, columns[0]]
    if len(set(rows.tolist())) == 1:
        yield f"row {rows[0]}", table[rows[0]]


def _orders(seen: Evidence) -> Iterator[Finding]:
    """The right numbers in the wrong places."""
    for each in seen.located:
        block = each.block
        if len(block.shape) != 2 or min(block.shape) < 2:
            continue
        given = seen.given[block.part].reshape(block.shape)
        for kind, cure, table in _rearranged(given):
            if not np.array_equal(table, given) and seen.fits(_replaced(seen, block, table)):
                yield Finding(kind, f"the true gradient of {block.name} has the given one's entries, rearranged", cure)


def _rearranged(given: FloatArray) -> Iterator[tuple[str, str, FloatArray]]:
    d, k = given.shape
    yield "transposed and reshaped", "use .T, not reshape, to turn a matrix", given.reshape(k, d).T
    if d == k:
        yield "transposed", "transpose the gradient", given.T
    yield "classes reversed", "the columns are in reverse order", given[:, ::-1]
    yield "rows reversed", "the rows are in reverse order", given[::-1]
    for shift in {1, k - 1}:
        yield f"classes shifted by {shift}", "the labels are off: they must run from 0 to C-1", np.roll(given, shift, 1)


def _replaced(seen: Evidence, block: Block, table: FloatArray) -> FloatArray:
    candidate = seen.given.copy()
    candidate[block.part] = table.ravel()
    return candidate


def _two_parts(seen: Evidence, places: IntArray, where: str) -> Iterator[tuple[Finding, str]]:
    """True = given/n + θ·W on some places: the data part lacks 1/n, while the regulariser stands beside it."""
    mine = seen.only(places, seen.given)
    inside = np.zeros(seen.x.size)
    inside[places] = 1.0
    table, middle, weight = [], [], []
    for line in seen.lines:
        kept = inside[line.support] * line.v
        if np.any(kept) and np.isfinite(line.width):
            apart = float(np.sum((seen.given[line.support] * line.v)[kept == 0.0]))
            table.append([np.sum(mine[line.support] * line.v), np.sum(seen.x[line.support] * kept)])
            middle.append(0.5 * (line.low + line.high) - apart)
            weight.append(1.0 / (line.width or 1e-300))
    if len(table) < 3 or not np.any(mine):
        return
    share = np.array(weight) / max(weight)
    found = np.linalg.lstsq(np.array(table) * share[:, None], np.array(middle) * share, rcond=None)[0]
    n = float(np.round(1.0 / found[0])) if found[0] else 0.0
    if n in (0.0, 1.0) or abs(n) > MOST_EXAMPLES:
        return

    def step(n: float) -> tuple[float, float] | None:
        return seen.steps(inside * seen.x, seen.given + (1.0 / n - 1.0) * mine) if n else None

    theta = step(n)
    if theta is None or step(n - 1.0) is not None or step(n + 1.0) is not None:
        return
    middle_theta = 0.5 * (theta[0] + theta[1])
    kind = "data part wrong sign" if n == -1.0 else "missing 1/N"
    evidence = f"true = given / {n:.0f} {'+' if middle_theta > 0 else '-'} {abs(middle_theta):.3g} * W in {where}"
    cure = f"divide the data part by {n:.0f} (= N?), and leave the regulariser out of it"
    yield Finding(kind, evidence, cure), f"ratio exactly {n:.0f} (= N?) beside the regulariser"


def _patterns(seen: Evidence) -> Iterator[Finding]:
    """What is wrong has the shape of one thing: the same in every column, or opposite in two."""
    for each in seen.located:
        block = each.block
        if len(block.shape) != 2 or len(each.tested) != block.size or block.shape[1] < 2:
            continue
        scale = np.array([float(line.v[0]) for line in each.tested])
        low, high = (np.array([getattr(line, end) for line in each.tested]) / scale for end in ("low", "high"))
        slack = np.array([line.slack for line in each.tested]) / scale
        given = seen.given[block.part]
        least, most = ((given - end).reshape(block.shape) for end in (high + slack, low - slack))
        if np.all(least.max(axis=1) <= most.min(axis=1)):
            evidence = "given - true is the same in every column, row by row"
            yield Finding(
                "subtracted from every column", evidence, "subtract the sum in the correct class's column only"
            )
        wrong = [j for j in range(block.shape[1]) if np.any((least[:, j] > 0) | (most[:, j] < 0))]
        if len(wrong) == 2:
            j, y = wrong
            if np.all((least[:, j] <= -least[:, y]) | (most[:, j] >= -most[:, y])) and np.all(
                (np.maximum(least[:, j], -most[:, y])) <= np.minimum(most[:, j], -least[:, y])
            ):
                evidence = f"given - true is opposite in columns {j} and {y}: one pair of classes of some examples"
                yield Finding("mask of one pair", evidence, f"look at examples of class {y} or {j}, and their mask")
