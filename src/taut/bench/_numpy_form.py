"""The vectorised NumPy form of every loss, as the course's solutions write it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.bench._problem import Problem

Evaluation = tuple[float, AnyArray]
Form = Callable[[Any, IntArray, FloatArray], Evaluation]
"""``form(X, y, W) -> (mean loss, gradient (d, k))``."""


def numpy_form(loss: str, problem: Problem) -> Callable[[], Evaluation]:
    """One evaluation by whole-array operations."""
    form = _FORMS[loss]
    return lambda: form(problem.X, problem.y, problem.W)


def _margins(X: Any, y: IntArray, W: FloatArray) -> AnyArray:
    """max(0, s_j − s_y + 1), 0 at j = y."""
    everyone = np.arange(len(y))
    S = X @ W
    m: AnyArray = S - S[everyone, y][:, None] + S.dtype.type(1)
    m[everyone, y] = 0
    return np.maximum(m, 0, out=m)


def _hinge(X: Any, y: IntArray, W: FloatArray) -> Evaluation:
    n, m = len(y), _margins(X, y, W)
    A = (m > 0).astype(W.dtype)
    A[np.arange(n), y] = -A.sum(axis=1)
    return float(m.sum() / n), X.T @ A / n


def _squared_hinge(X: Any, y: IntArray, W: FloatArray) -> Evaluation:
    n, m = len(y), _margins(X, y, W)
    A = 2 * m
    A[np.arange(n), y] = -A.sum(axis=1)
    return float((m * m).sum() / n), X.T @ A / n


def _crammer_singer(X: Any, y: IntArray, W: FloatArray) -> Evaluation:
    n, m = len(y), _margins(X, y, W)
    everyone, rival = np.arange(n), m.argmax(axis=1)
    worst = m[everyone, rival]
    A = np.zeros_like(m)
    A[everyone, rival] = worst > 0
    A[everyone, y] -= worst > 0
    return float(worst.sum() / n), X.T @ A / n


def _softmax(X: Any, y: IntArray, W: FloatArray) -> Evaluation:
    n = len(y)
    P = X @ W
    P -= P.max(axis=1, keepdims=True)
    np.exp(P, out=P)
    P /= P.sum(axis=1, keepdims=True)
    value = -np.log(P[np.arange(n), y]).mean()
    P[np.arange(n), y] -= 1
    return float(value), X.T @ P / n


def _squared(X: Any, y: IntArray, W: FloatArray) -> Evaluation:
    n = len(y)
    S = X @ W
    S[np.arange(n), y] -= 1
    return float(0.5 * (S * S).sum() / n), X.T @ S / n


_FORMS: dict[str, Form] = {
    "hinge": _hinge,
    "squared_hinge": _squared_hinge,
    "crammer_singer": _crammer_singer,
    "softmax": _softmax,
    "squared": _squared,
}
