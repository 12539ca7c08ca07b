"""From a training to its report."""

import math

import numpy as np

from taut.estimators._training import Settings
from taut.estimators._versions import versions
from taut.matrix import dot
from taut.objective import NetRisk
from taut.report import NetReport
from taut.solvers import Training


def net_report_of(
    risk: NetRisk, training: Training, settings: Settings, weight_sum: float, *, held_out: int = 0
) -> NetReport:
    """The frozen facts; objective and gradient are taken once over all training rows at the weights kept."""
    with np.errstate(over="ignore", invalid="ignore"):  # inf and NaN stand in the report
        objective, gradient = risk.value_and_gradient(training.theta)
    best, history = training.best, training.history
    return NetReport(
        status=str(training.status),
        loss=risk.loss.name,
        margin=risk.loss.margin,
        l2=risk.l2,
        solver=settings.name,
        max_iter=settings.patience.max_iter,
        patience=settings.patience.patience,
        tol=settings.patience.tol,
        hidden=settings.hidden,
        objective=objective,
        gradient_norm=math.sqrt(dot(gradient, gradient)),
        start=risk.start,
        step=history[-1].step if history else math.nan,
        train_accuracy=math.nan if best is None else best.train_score,
        validation_accuracy=math.nan if best is None else best.validation_score,
        kept=0.0 if best is None else best.passes,
        n=len(risk.counted),
        n_validation=held_out,
        d=risk.matrix.shape[1],
        k=risk.model.k,
        weight_sum=weight_sum,
        dtype=str(risk.matrix.dtype),
        passes=training.passes,
        seconds=training.seconds,
        history=tuple(epoch._asdict() for epoch in history),
        versions=versions(),
    )
