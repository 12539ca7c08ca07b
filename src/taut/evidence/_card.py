"""What was fitted on, in a few lines."""

import math
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.evidence._case import Case

MOST_NAMES = 30


def card(case: Case, labels: AnyArray, sample_weight: FloatArray | None) -> list[tuple[str, str]]:
    """Sizes, classes, values of the rows as the user has them."""
    raw = case.raw.computed_in(np.dtype(np.float64))
    n, d = raw.shape
    first, second = (moment / n for moment in raw.column_moments(np.ones(n)))
    constant = int(np.sum(second - first**2 <= 1e-12 * second))
    shape = f", images of {' × '.join(map(str, case.image_shape))}" if case.image_shape else ""
    return [
        ("rows", f"{n:,}"),
        ("features", f"{d:,}{shape}"),
        ("stored as", str(case.raw.stored)),
        ("not zero", f"{case.raw.nonzeros / max(n * d, 1):.1%} of the entries"),
        ("constant columns", f"{constant:,}"),
        ("mean, root mean square", f"{first.mean():.4g}, {math.sqrt(second.mean()):.4g} over all entries"),
        (case.called, _numbers(labels) if case.called == "targets" else _labels(labels)),
        ("sample weights", "" if sample_weight is None else f"sum {np.sum(sample_weight):.6g}"),
    ]


def _numbers(targets: AnyArray) -> str:
    span = f"from {targets.min():.6g} to {targets.max():.6g}"
    return f"numbers {span}, mean {targets.mean():.6g}" if targets.ndim == 1 else f"{targets.shape[1]:,} a row, {span}"


def _labels(labels: AnyArray) -> str:
    if labels.ndim == 2:
        return f"{labels.shape[1]:,} labels, {labels.sum() / max(len(labels), 1):.3g} of them a row"
    names, counts = np.unique(labels, return_counts=True)
    told = [f"{name}: {count:,}" for name, count in zip(names.tolist(), counts.tolist(), strict=True)][:MOST_NAMES]
    rest = len(names) - MOST_NAMES
    return ", ".join(told) + (f", and {rest:,} more classes" if rest > 0 else "")


def checked_objective(case: Case, report: Any) -> str:
    """Whether these rows are those of the fit: they give the objective that was reported."""
    said = vars(report)
    reported, found = said.get("primal", said.get("objective")), case.risk.value(case.theta, case.scores)
    scale = max(abs(reported), 1e-9 * abs(report.start), np.finfo(float).tiny)
    if abs(found - reported) <= (1e-3 if report.dtype == "float32" else 1e-6) * scale:
        return f"{found:.7g} at the fitted weights, as reported"
    return (
        f"{found:.7g} at the fitted weights, but {reported:.7g} was reported: these are not the rows of the fit, or "
        "not its sample weights"
    )
