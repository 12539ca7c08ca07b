"""Problems whose loss is known by its name or by its value: what is wrong with the value, or with the gradient."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from taut.check._formulas import matching, valid
from taut.check._formulas_arrays import Array
from taut.check._formulas_fault import ValueFault
from taut.check._formulas_problem import KnownProblem
from taut.check._formulas_readings import Look, Readings, look_around, readings
from taut.check._formulas_rounding import gradient_bound
from taut.check._formulas_setting import Setting
from taut.check._report import Finding

__all__ = ["KnownProblem", "known_value_findings", "matching_formulas"]

KIND = "loss value"

LOOSE = 1024.0
"""Roundings, relative to the largest entry, that a gradient may be off which matches nothing more closely."""


def known_value_findings(problem: KnownProblem, W: NDArray[Any], value: float) -> list[Finding]:
    """What is wrong with the value of a known loss, by name; every fault that fits is listed.

    A loss that was recognised and not named is not accused of what may be meant (a sum for a mean, another
    regulariser, absolute residuals for squares), unless its gradient is that of the usual loss.

    Parameters
    ----------
    problem : KnownProblem
    W : ndarray
        The point.
    value : float
        What the function gave there.

    Returns
    -------
    list of Finding
        Of kind "loss value"; empty where nothing is wrong, or the loss was neither named nor recognised.

    Examples
    --------
    >>> import numpy as np
    >>> def hinge(W, X, y, reg):  # without `if j == y: continue`
    ...     m = np.maximum(X @ W - np.take_along_axis(X @ W, y[:, None], axis=1) + 1, 0)
    ...     mask = (m > 0) - np.eye(3)[y] * np.sum(m > 0, axis=1)[:, None]
    ...     return m.sum() / len(y) + reg * np.sum(W * W), X.T @ mask / len(y) + 2 * reg * W
    >>> problem = KnownProblem(hinge, X=np.array([[1.0, 2.0], [2.0, -1.0]]), y=np.array([1, 0]), reg=0.1)
    >>> W = np.array([[0.5, 0.0, 1.0], [0.0, 0.5, 0.0]])
    >>> for finding in known_value_findings(problem, W, problem(W)[0]): print(finding.evidence)
    hinge loss is 1, the margin, too large: the correct class was not skipped; it is 2.9 and should be 1.9
    """
    seen = look_around(problem, W, value)
    read = readings(seen)
    here = seen[0]
    if not here.settings:
        return []
    if not np.isfinite(value):
        return _not_finite(here, read)
    if read.clean or (problem.loss is None and not read.faulty):
        return []
    found = [
        _finding(here, index, fault)
        for index, fault in read.faulty
        if problem.loss is not None or fault.slip or _usual(here, index)
    ]
    return found or ([_unexplained(here)] if problem.loss is not None else [])


def matching_formulas(
    problem: KnownProblem, W: NDArray[Any], given: NDArray[Any], tolerance: float | NDArray[Any]
) -> list[Finding]:
    """The known wrong gradients that the given one equals at W, within the tolerance: all of them, never a guess.

    At ties every choice that a right gradient may make is allowed to a wrong one too; a gradient that is right, for
    any choice at ties, matches nothing.

    Parameters
    ----------
    problem : KnownProblem
    W, given : ndarray
        The point, and the gradient that the function gave there.
    tolerance : float or ndarray
        How far each entry may be off.

    Returns
    -------
    list of Finding
        One for each standard name; empty where the loss was neither named nor recognised, or nothing matches.

    Examples
    --------
    >>> import numpy as np
    >>> def squared(W, X, y, reg):
    ...     r = X @ W - np.eye(W.shape[1])[y]
    ...     return 0.5 * np.sum(r * r) / len(y) + 0.5 * reg * np.sum(W * W), X.T @ r + reg * W
    >>> problem = KnownProblem(squared, X=np.array([[1, 2], [3, 4], [0, 1.0]]), y=np.array([0, 1, 1]), reg=0.1)
    >>> W = np.array([[0.5, -0.25], [0.125, 1.0]])
    >>> [finding.kind for finding in matching_formulas(problem, W, problem(W)[1], 1e-12)]
    ['missing 1/N']
    """
    given = np.asarray(given, dtype=np.float64)
    if given.shape != np.shape(W) or not np.isfinite(given).all():
        return []
    allowed = np.broadcast_to(np.asarray(tolerance, dtype=np.float64), given.shape)
    given, allowed = given.reshape(len(given), -1), allowed.reshape(len(given), -1)
    here = look_around(problem, W)
    groups = _groups(problem, here[0], readings(here))
    if any(valid(setting, given, allowed) for group in groups for setting in group):
        return []
    rounding = here[0].settings[0].eps * float(np.abs(given).max()) if here[0].settings else 0.0
    for looseness in (0.0, LOOSE * rounding):  # a wrong formula may also be one that rounds badly
        for group in groups:
            found = matching(group, given, allowed + looseness)
            if found:
                return found
    return []


def _groups(problem: KnownProblem, here: Look, read: Readings) -> list[list[Setting]]:
    """The objectives whose gradient may have been meant, the likeliest first."""
    if read.clean:
        return [[here.settings[index] for index in read.clean]]
    if read.faulty:
        usual = dict.fromkeys(index for index, _ in read.faulty)
        shared = [fault.consistent(here.settings[index]) for index, fault in read.faulty if fault.consistent]
        return [[here.settings[index] for index in usual], shared]
    return [list(here.settings)] if problem.loss is not None else []


def _usual(here: Look, index: int) -> bool:
    """Whether the function's gradient is that of the usual objective, whatever its value is."""
    at = here.settings[index]
    gradient: Array = here.gradient.reshape(at.W.shape) if here.gradient.size == at.W.size else here.gradient
    return gradient.shape == at.W.shape and valid(at, gradient, gradient_bound(at))


def _finding(here: Look, index: int, fault: ValueFault) -> Finding:
    at = here.settings[index]
    says = fault.says.removeprefix("loss is ")
    start = f"{_word(at)} is " if says != fault.says else f"{_word(at)}: "
    return Finding(KIND, f"{start}{says}; it is {here.value:.10g} and should be {at.value:.10g}", fault.cure)


def _unexplained(here: Look) -> Finding:
    wanted = " or ".join(dict.fromkeys(f"{at.value:.10g}" for at in here.settings))
    return Finding(
        KIND, f"{_word(here.settings[0])}: it is {here.value:.10g} and should be {wanted}; no known fault fits"
    )


def _not_finite(here: Look, read: Readings) -> list[Finding]:
    """Why a value overflowed that need not have."""
    indices = [*read.clean, *dict.fromkeys(index for index, _ in read.faulty)]
    if not indices or not np.isfinite(here.settings[indices[0]].value):
        return []
    at = here.settings[indices[0]]
    says = f"{_word(at)}: it is {here.value} and should be {at.value:.10g}"
    if at.loss not in ("softmax", "binary"):
        return [Finding(KIND, says, "look for a division by zero, or for powers and exponentials of large scores")]
    largest, limit = float(np.abs(at.scores).max()), float(np.log(np.finfo(_dtype(at)).max))
    why = f"exp overflows, scores reach {largest:.4g}" if largest > limit else "a probability underflows to 0 in a log"
    cure = {
        "softmax": "subtract each row's largest score first: log(sum(exp(S - max))) + max - s_y",
        "binary": "use max(s, 0) - s*t + log(1 + exp(-|s|))",
    }
    return [Finding(KIND, f"{says}; {why}", cure[at.loss])]


def _dtype(at: Setting) -> type[np.floating[Any]]:
    return np.float32 if at.eps > 1e-10 else np.float64


def _word(at: Setting) -> str:
    return f"{at.loss.replace('_', ' ')} loss"
