"""The gradient of the fitted objective at the fitted weights, checked on some rows, with the kinks around."""

import dataclasses
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.check import check_gradient
from taut.evidence._case import Case
from taut.matrix import as_matrix
from taut.objective import Objective

MOST_ROWS, FEWEST_ROWS = 100, 10
MOST_PRODUCTS = 6_000_000
"""Products of a row's entry with a weight that an evaluation may cost; a check has some hundreds of evaluations."""
MOST_PIECES = 100_000
MOST_FREE = 20_000
"""Numbers of theta that are moved; the others stand still."""
STEP, NEAR = 1e-5, 1e-6


def checked(case: Case) -> dict[str, Any]:
    """Check some rows' objective as a function of theta; large problems are cut to what a second or two can do."""
    risk, fitted = _cut(case)
    theta = fitted if _leans(risk, fitted) else 0.5 * fitted
    free = _free(risk, theta)
    block: Any = risk.matrix.block(slice(0, len(risk.targets)))

    def whole(at: FloatArray) -> FloatArray:
        moved = theta.copy()
        moved[free] = at
        return moved

    def objective(at: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = risk.value_and_gradient(whole(at))
        return value, gradient[free]

    def margins(at: FloatArray) -> FloatArray:
        return risk.loss.pieces(risk.model.scores(at, block), risk.targets).ravel()

    def units(at: FloatArray) -> FloatArray:
        return risk.model.pieces(at, block).ravel()

    bends = [units, *([margins] if risk.loss.kinked else [])]
    known = any(len(each(theta)) for each in bends)
    pieces = (lambda at: np.concatenate([each(whole(at)) for each in bends])) if known else None
    convex = True if case.convex else None
    found = check_gradient(objective, theta[free], convex=convex, pieces=pieces, directions=8)
    return {
        "sentence": found.sentence,
        "findings": [str(finding) for finding in found.findings],
        "checked": found.checked,
        "free": len(free),
        "size": len(case.theta),
        "evaluations": found.evaluations,
        "width": found.width,
        "rows": len(risk.targets),
        "halved": theta is not fitted,
        "kinks": [
            {"of": name, **_crossed(each, theta)} for name, each in (("margins", margins), ("hidden values", units))
        ],
    }


def _leans(risk: Objective, theta: FloatArray) -> bool:
    """Whether there is a gradient to check: at the optimum of these very rows rounding is all that is left of it."""
    here, start = (float(np.abs(risk.value_and_gradient(at)[1]).max()) for at in (theta, np.zeros_like(theta)))
    return here > 1e-6 * start


def _crossed(pieces: Any, theta: FloatArray) -> dict[str, int]:
    """How many change sign within a step, and how many lie as good as at 0."""
    here = pieces(theta)
    moved = pieces(theta + STEP * np.random.default_rng(0).choice([-1.0, 1.0], size=theta.shape))
    return {
        "pieces": len(here),
        "crossed": int(np.sum(np.sign(here) != np.sign(moved))),
        "near": int(np.sum(np.abs(here) <= NEAR)),
    }


def _cut(case: Case) -> tuple[Objective, FloatArray]:
    """Some rows, of the columns only those that are not zero there: the others leave no mark on any score."""
    risk = case.risk
    order = np.random.default_rng(0).permutation(risk.counted)
    a_row = risk.loss.pieces(case.scores[:1], risk.targets[:1]).shape[1]
    rows = np.sort(order[: max(1, min(MOST_ROWS, MOST_PIECES // max(a_row, 1)))])
    for _ in range(2):
        block: Any = risk.matrix.take(rows)
        dense: AnyArray = np.eye(len(rows)) @ block
        used: AnyArray = np.asarray(dense.any(axis=0))
        used[0] = True
        theta = _of_columns(case, used)
        few = max(FEWEST_ROWS, MOST_PRODUCTS // len(theta))
        if len(rows) <= few:
            break
        rows = rows[np.sort(np.random.default_rng(0).permutation(len(rows))[:few])]
    some = as_matrix(np.ascontiguousarray(dense[:, used]))
    changed = {"matrix": some, "targets": risk.targets[rows], "weights": risk.all_weights[rows]}
    model: Any = risk.model
    return dataclasses.replace(risk, **changed, model=dataclasses.replace(model, d=int(used.sum()))), theta


def _of_columns(case: Case, used: AnyArray) -> FloatArray:
    """Theta without the weights of the other columns; those of the columns come first."""
    first = case.risk.model.penalised(case.theta)[0]
    cut: FloatArray = np.concatenate([first[used].ravel(), case.theta[first.size :]])
    return cut


def _free(risk: Objective, theta: FloatArray) -> AnyArray:
    """The numbers that are moved: all, or some weights of the first layer and all that follow as far as they go."""
    if len(theta) <= MOST_FREE:
        return np.arange(len(theta))
    first = risk.model.penalised(theta)[0].size
    rng = np.random.default_rng(0)
    after = first + rng.permutation(len(theta) - first)[: MOST_FREE // 2]
    before = rng.permutation(first)[: MOST_FREE - len(after)]
    return np.sort(np.concatenate([before, after]))
