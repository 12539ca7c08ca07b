"""Right and wrong gradients of the hinge and softmax losses, in the course's signature, at points of several kinds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LOSSES, DTYPES, PLACES = ("hinge", "softmax"), ("float64", "float32"), ("random", "exact ties", "near ties", "W = 0")
N, D, C, REG = 20, 6, 4, 0.1


def hinge(W, X, y, reg):
    """Mean over samples of sum_{j != y} max(0, s_j - s_y + 1), plus reg ||W||²."""
    rows = np.arange(len(y))
    scores = X @ W
    m = scores - scores[rows, y][:, None] + scores.dtype.type(1)
    m[rows, y] = 0
    active = (m > 0).astype(W.dtype)
    active[rows, y] = -active.sum(axis=1)
    reg = W.dtype.type(reg)
    return np.maximum(m, 0).sum() / W.dtype.type(len(y)) + reg * (W * W).sum(), X.T @ active / len(y) + 2 * reg * W


def softmax(W, X, y, reg):
    """Mean over samples of log sum_j exp(s_j) - s_y, plus reg ||W||²."""
    rows = np.arange(len(y))
    shifted = X @ W
    shifted -= shifted.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    loss = (np.log(p.sum(axis=1)) - shifted[rows, y]).sum() / W.dtype.type(len(y))
    p /= p.sum(axis=1, keepdims=True)
    p[rows, y] -= 1
    reg = W.dtype.type(reg)
    return loss + reg * (W * W).sum(), X.T @ p / len(y) + 2 * reg * W


FUNCTIONS = {"hinge": hinge, "softmax": softmax}


@dataclass(frozen=True)
class Task:
    """One function at one point, with the gradient that it claims."""

    loss: str
    function: Callable
    W: np.ndarray
    X: np.ndarray
    y: np.ndarray
    reg: float
    seed: int

    def __call__(self, W):
        return self.function(W, self.X, self.y, self.reg)

    def value(self, W):
        return self(W)[0]


def task_at(place, loss, dtype, seed, shape=(N, D, C), reg=REG):
    """Draw a problem: normal numbers; small integers, so that margins tie exactly; a near tie; or W = 0."""
    rng = np.random.default_rng([seed, PLACES.index(place)])
    n, d, c = shape
    y = rng.integers(0, c, n)
    if place == "exact ties":
        W, X = rng.integers(-2, 3, (d, c)).astype(float), rng.integers(-2, 3, (n, d)).astype(float)
    else:
        W, X = rng.standard_normal((d, c)), rng.standard_normal((n, d))
    X[:, -1] = 1.0
    if place == "near ties":
        i = rng.integers(n)
        j = (y[i] + 1 + rng.integers(c - 1)) % c
        wanted = rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-9, -2)
        W[:, j] += (wanted - (X[i] @ (W[:, j] - W[:, y[i]]) + 1.0)) / (X[i] @ X[i]) * X[i]
    if place == "W = 0":
        W[:] = 0.0
    return Task(loss, FUNCTIONS[loss], W.astype(dtype), X.astype(dtype), y, reg, seed)


# --- wrong gradients --------------------------------------------------------------------------------------------------


def data_part(task, W, y=None):
    return FUNCTIONS[task.loss](W, task.X, task.y if y is None else y, 0.0)[1]


def correct_class_share(task, W):
    """The part of the gradient that the class of each sample gets because it is the right one."""
    rows = np.arange(len(task.y))
    share = np.zeros((len(task.y), W.shape[1]), dtype=W.dtype)
    if task.loss == "hinge":
        scores = task.X @ W
        active = scores - scores[rows, task.y][:, None] + 1 > 0
        active[rows, task.y] = False
        share[rows, task.y] = -active.sum(axis=1)
    else:
        share[rows, task.y] = -1
    return task.X.T @ share / len(task.y)


def without_last_sample(task, W, g):
    n = len(task.y)
    kept = FUNCTIONS[task.loss](W, task.X[:-1], task.y[:-1], 0.0)[1] * ((n - 1) / n)
    return g - data_part(task, W) + kept


def changed(g, where, factor):
    new = g.copy()
    new[where] *= factor
    return new


def bias_unregularised(task, W, g):
    new = g.copy()
    new[-1] -= 2 * task.reg * W[-1]
    return new


def largest_plus_percent(task, W, g):
    return changed(g, np.unravel_index(np.abs(g).argmax(), g.shape), 1.01)


MUTANTS = {
    "no 1/N": lambda t, W, g: g + (len(t.y) - 1) * data_part(t, W),
    "regulariser missing": lambda t, W, g: g - 2 * t.reg * W,
    "regulariser halved": lambda t, W, g: g - t.reg * W,
    "regulariser's sign": lambda t, W, g: g - 4 * t.reg * W,
    "bias row left out of it": bias_unregularised,
    "whole sign": lambda t, W, g: -g,
    "labels shifted by one": lambda t, W, g: g - data_part(t, W) + data_part(t, W, (t.y + 1) % W.shape[1]),
    "last column zero": lambda t, W, g: changed(g, np.s_[:, -1], 0),
    "correct class not subtracted": lambda t, W, g: g - correct_class_share(t, W),
    "last sample skipped": without_last_sample,
    "transposed": lambda t, W, g: g.T.reshape(g.shape),
    "data part counted twice": lambda t, W, g: g + data_part(t, W),
    "one column +1 %": lambda t, W, g: changed(g, np.s_[:, 0], 1.01),
    "one coordinate +1 %": largest_plus_percent,
}


def wrong(task, name):
    """Return the same task with a wrong gradient beside its right loss."""

    def function(W, X, y, reg):
        loss, g = task.function(W, X, y, reg)
        return loss, MUTANTS[name](task, W, g).astype(g.dtype)

    return Task(task.loss, function, task.W, task.X, task.y, task.reg, task.seed)


def is_wrong(task, g):
    """Whether a gradient is further than 1e-3 of the largest entry from every one that the loss allows."""
    right = task(task.W)[1].astype(float)
    low, high = right.copy(), right.copy()
    if task.loss == "hinge":
        X, rows = task.X.astype(float), np.arange(len(task.y))
        scores = X @ task.W.astype(float)
        m = scores - scores[rows, task.y][:, None] + 1.0
        for i, j in np.argwhere(np.abs(m) < 1e-6):
            if j != task.y[i]:
                for column, row in ((j, X[i]), (task.y[i], -X[i])):
                    low[:, column] -= np.abs(row) / len(task.y)
                    high[:, column] += np.abs(row) / len(task.y)
    return float(np.maximum(low - g, g - high).max()) > 1e-3 * np.abs(right).max()
