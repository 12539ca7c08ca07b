"""Checks of an estimator's parameters: what was wrong, and which values are right."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from taut.losses import Loss, make_loss


def number(name: str, value: Any, *, above: float | None = None, at_least: float | None = None) -> float:
    """A finite real number within its bound, or a ValueError that names the parameter."""
    bound = f" > {above:g}" if above is not None else f" >= {at_least:g}" if at_least is not None else ""
    fine = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if fine and above is not None:
        fine = value > above
    if fine and at_least is not None:
        fine = value >= at_least
    if not fine:
        raise ValueError(f"{name} must be a finite number{bound}, got {value!r}")
    return float(value)


def count(name: str, value: Any) -> int:
    """A whole number >= 1, or a ValueError that names the parameter."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a whole number >= 1, got {value!r}")
    return int(value)


def choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """One of the known words, or a ValueError that lists them."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return str(value)


def check_parameters(estimator: Any) -> tuple[Loss, float]:
    """The loss and l2 of a linear classifier, all its parameters but the solver's being right."""
    loss = make_loss(estimator.loss, margin=number("margin", estimator.margin, at_least=0))
    if estimator.n_threads is not None:
        count("n_threads", estimator.n_threads)
    flag("verbose", estimator.verbose)
    return loss, number("l2", estimator.l2, at_least=0)


def flag(name: str, value: Any) -> bool:
    """Whether it is on: a bool or, as scikit-learn allows, a whole number >= 0; else a ValueError that names it."""
    if not isinstance(value, Integral | np.bool_) or value < 0:
        raise ValueError(f"{name} must be True, False or a whole number >= 0, got {value!r}")
    return bool(value)
