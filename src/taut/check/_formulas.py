"""The table of known wrong gradients, and which of them a given gradient is."""

from collections.abc import Iterator, Sequence

import numpy as np

from taut.check._formulas_arrays import Array
from taut.check._formulas_common import common_formulas
from taut.check._formulas_formula import Formula
from taut.check._formulas_located import located_formulas
from taut.check._formulas_pairs import pair_formulas
from taut.check._formulas_rounding import usual_rounding
from taut.check._formulas_scores import score_formulas
from taut.check._formulas_setting import CODED, MARGINED, TIE_RULES, Setting, Ties
from taut.check._formulas_softmax import softmax_formulas
from taut.check._formulas_subdifferential import between
from taut.check._report import Finding


def formulas(at: Setting) -> Iterator[Formula]:
    """Every known wrong gradient of a setting's loss that can be written without looking at the given one."""
    yield from common_formulas(at)
    yield from own_formulas(at)


def own_formulas(at: Setting) -> Iterator[Formula]:
    """Those of them that only this loss can have."""
    if at.loss in MARGINED:
        yield from pair_formulas(at)
    elif at.loss == "softmax":
        yield from softmax_formulas(at)
    else:
        yield from score_formulas(at)


def kinds(loss: str) -> tuple[str, ...]:
    """The names of a loss's known wrong gradients.

    >>> len(kinds("hinge")) >= 37 and len(kinds("softmax")) >= 37
    True
    """
    at = Setting(loss, np.ones((2, 3)), np.ones((3, 2)), np.eye(3), 0.1)
    places = located_formulas(at, at.right + np.eye(1, 6).reshape(2, 3), np.zeros((2, 3)))
    named = (formula.kind for formula in (*formulas(at), *places))
    return tuple(dict.fromkeys(named))


def matching(settings: Sequence[Setting], given: Array, tolerance: Array) -> list[Finding]:
    """The known wrong gradients that the given one equals within the tolerance, in any of the settings."""
    found: dict[str, Finding] = {}
    for setting in settings:
        allowed = tolerance + usual_rounding(setting, given)
        common, own = tuple(common_formulas(setting)), tuple(own_formulas(setting))
        done: list[Array] = []
        for ties in _rules(setting):
            at = setting.but(ties=ties)
            table = own
            if not any(np.array_equal(at.score_gradient, other) for other in done):  # else only `own` ones may differ
                table = (*common, *own, *located_formulas(at, given, allowed))
                done.append(at.score_gradient)
            with np.errstate(all="ignore"):  # a wrong formula may well overflow
                for formula in table:
                    if formula.kind not in found:
                        _compare(found, formula, at, given, allowed)
    return list(found.values())


def _compare(found: dict[str, Finding], formula: Formula, at: Setting, given: Array, tolerance: Array) -> None:
    difference = np.abs(formula.gradient(at) - given)
    if (difference <= tolerance).all():
        says = f"{formula.says}; the given gradient is this to {difference.max():.2g}"
        found[formula.kind] = Finding(formula.kind, says, formula.cure)


def valid(setting: Setting, given: Array, tolerance: Array) -> bool:
    """Whether the given gradient is a right one: at ties, any point of the subdifferential, within the tolerance."""
    allowed = tolerance + usual_rounding(setting, given)
    for ties in _rules(setting):
        right = setting.but(ties=ties).right
        if ties.top != "all" and (np.abs(right - given) <= allowed).all():
            return True
    return setting.loss in ("hinge", "crammer_singer") and between(setting, given, allowed)


def _rules(at: Setting) -> tuple[Ties, ...]:
    """The tie rules that can make a difference here."""
    if at.loss not in CODED:
        return TIE_RULES[:1]
    ordered = np.sort(at.scores, axis=1)
    near = at.band.max(axis=1, keepdims=True)
    tied = bool((np.diff(ordered, axis=1) <= near).any())
    if at.loss in MARGINED:
        for margin in (at.margin, 0.0, -at.margin, 1.0):
            tied |= bool((at.other & (np.abs(at.ahead + margin) <= at.band)).any())
            tied |= bool((at.other & (np.abs(margin - at.ahead) <= at.band)).any())
    return TIE_RULES if tied else TIE_RULES[:1]
