"""From the words of a network's classifier to a solver, its patience, and the rows that are held out."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from taut._typing import AnyArray, FloatArray, IntArray
from taut.estimators._parameters import choice, count, number
from taut.matrix import in_order, one_blas_thread
from taut.objective import NetRisk
from taut.solvers import SGD, Adam, GeneralSolver, LimitedMemory, Minibatch, Patience

SOLVERS = ("adam", "sgd", "quasi_newton")

PASSES = {"adam": 200, "sgd": 200, "quasi_newton": 1000}
"""max_iter where the caller names none."""

ROWS_AT_ONCE, FEWEST_SEEN, SHARE_SEEN = 500, 500, 20
"""Rows scored at a time, at least; of the training rows so many at least, or one in so many, tell their accuracy."""

SMALL_WORK = 5_000_000
"""Multiplications of products forward below which one thread does them: waking another costs more."""


class Settings(NamedTuple):
    """What was asked for, checked."""

    name: str
    patience: Patience
    hidden: int
    std: float | None
    held_out: float


def checked_settings(estimator: Any) -> Settings:
    """All parameters but those of the loss, or a ValueError that names the one that is wrong."""
    name = choice("solver", estimator.solver, SOLVERS)
    rate = estimator.learning_rate
    if rate is not None:
        number("learning_rate", rate, above=0)
        if name == "quasi_newton":
            raise ValueError(f"learning_rate={rate!r} belongs to solver='adam' or 'sgd'; 'quasi_newton' finds its own")
    number("decay", estimator.decay, above=0)
    if number("momentum", estimator.momentum, at_least=0) >= 1:
        raise ValueError(f"momentum must be below 1, got {estimator.momentum!r}")
    count("batch_size", estimator.batch_size)
    max_iter = PASSES[name] if estimator.max_iter is None else count("max_iter", estimator.max_iter)
    patience = Patience(max_iter, count("patience", estimator.patience), number("tol", estimator.tol, at_least=0))
    std = estimator.init
    if std != "he":
        if isinstance(std, str):
            raise ValueError(f"init must be 'he' or a number > 0, got {std!r}")
        std = number("init", std, above=0)
    share = number("validation_fraction", estimator.validation_fraction, above=0)
    if share >= 1:
        raise ValueError(f"validation_fraction must be below 1, got {share!r}")
    hidden = count("hidden", estimator.hidden)
    return Settings(name, patience, hidden, None if std == "he" else std, share if estimator.early_stopping else 0.0)


def general_solver(estimator: Any, name: str, seed: int) -> GeneralSolver:
    """The solver of a whole fit."""
    return LimitedMemory() if name == "quasi_newton" else minibatch_solver(estimator, name, seed)


def minibatch_solver(estimator: Any, name: str, seed: int, passes: int = 0) -> Minibatch:
    """The solver of a pass; quasi-Newton, which needs all rows at once, hands over to Adam."""
    rate, decay, batch = estimator.learning_rate, float(estimator.decay), int(estimator.batch_size)
    if name == "sgd":
        return SGD(rate, decay, batch, seed, passes, momentum=float(estimator.momentum))
    return Adam(rate, decay, batch, seed, passes)


def blas_held(risk: NetRisk, batch_size: int) -> AbstractContextManager[Any]:
    """A fit's threads of BLAS: one where a second would only be woken up, or spin in the way of our own."""
    small = min(risk.matrix.shape[0], batch_size) * risk.model.size < SMALL_WORK
    if risk.compiles_steps or (risk.threads is None and small):
        return one_blas_thread()
    return threadpool_limits(risk.threads, user_api="blas")


def held_out_rows(codes: IntArray, counted: IntArray, share: float, seed: int) -> IntArray:
    """Rows for validation, in order, drawn among those that count, each class in its share."""
    if share == 0.0:
        return np.zeros(0, dtype=np.int64)
    from sklearn.model_selection import train_test_split  # loads a terminal's colours, so only where it is needed

    number_held = max(1, round(share * len(counted)))
    if number_held >= len(counted):
        raise ValueError(
            f"validation_fraction={share:g} of {len(counted)} rows leaves none to train on: "
            "give more rows, a smaller share, or early_stopping=False"
        )
    members = np.unique(codes[counted], return_counts=True)[1]
    in_shares = members.min() >= 2 and len(members) <= min(number_held, len(counted) - number_held)
    stratify = codes[counted] if in_shares else None
    _, held = train_test_split(counted, test_size=number_held, stratify=stratify, random_state=seed)
    rows: IntArray = np.sort(held)
    return rows


def accuracy(risk: NetRisk, rows: IntArray) -> Callable[[FloatArray], float]:
    """The weighted share of these rows whose largest score is that of their class, as a function of theta.

    By our threads and not by those of BLAS, which would spin on in the way of the next pass.
    """
    size = max(ROWS_AT_ONCE, SMALL_WORK // risk.model.size)
    parts = [rows[begin : begin + size] for begin in range(0, len(rows), size)]

    def score(theta: FloatArray) -> float:
        cast = theta.astype(risk.matrix.dtype, copy=False)

        def right(some: IntArray) -> AnyArray:
            return risk.model.scores(cast, risk.matrix.take(some)).argmax(axis=1) == risk.targets[some]

        found = np.concatenate([*in_order(right, parts, risk.used_threads)])
        return float(np.average(found, weights=None if risk.weights is None else risk.weights[rows]))

    return score


def seen_rows(counted: IntArray) -> IntArray:
    """Some training rows, evenly spread."""
    return counted[:: max(1, min(SHARE_SEEN, len(counted) // FEWEST_SEEN))]
