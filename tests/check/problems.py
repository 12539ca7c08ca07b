"""Small correct problems for the gradient checker, seeded: `from check.problems import problems`.

The code under check here is plain NumPy in the manner of a student's notebook, and shares nothing with taut.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

LOSSES = ("hinge", "squared_hinge", "crammer_singer", "softmax", "squared", "binary", "net")
KINDS = (
    "random",
    "grid",
    "near",
    "zero_W",
    "scaled",
    "one_sample",
    "two_classes",
    "duplicates",
    "zero_column",
    "margin_zero",
)


@dataclass(frozen=True)
class Problem:
    """One function with a correct gradient, and the point at which to check it."""

    loss: str
    kind: str
    fn: Callable
    point: object  # array, or dict of arrays for the net
    X: np.ndarray
    y: np.ndarray
    k: int
    reg: float
    half: bool  # 0.5 reg ||W||^2 rather than reg ||W||^2
    margin: float

    @property
    def convex(self) -> bool:
        return self.loss != "net"


def hinge(scores, y, margin, strict):
    rows = np.arange(len(y))
    m = scores - scores[rows, y][:, None] + scores.dtype.type(margin)
    m[rows, y] = -1
    counts = (m > 0) if strict else (m >= 0)
    G = counts.astype(scores.dtype)
    G[rows, y] = -G.sum(axis=1)
    return np.maximum(m, 0).sum(axis=1), G


def squared_hinge(scores, y, margin, strict):
    rows = np.arange(len(y))
    m = np.maximum(scores - scores[rows, y][:, None] + scores.dtype.type(margin), 0)
    m[rows, y] = 0
    G = 2 * m
    G[rows, y] = -G.sum(axis=1)
    return (m * m).sum(axis=1), G


def crammer_singer(scores, y, margin, strict):
    rows = np.arange(len(y))
    m = scores - scores[rows, y][:, None] + scores.dtype.type(margin)
    m[rows, y] = 0  # so that the maximum with 0 is taken by the class itself
    best = m.argmax(axis=1) if strict else m.shape[1] - 1 - m[:, ::-1].argmax(axis=1)
    G = np.zeros_like(scores)
    G[rows, best] += 1
    G[rows, y] -= 1
    return m.max(axis=1), G


def softmax(scores, y, margin, strict):
    rows = np.arange(len(y))
    shifted = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    total = p.sum(axis=1, keepdims=True)
    p /= total
    p[rows, y] -= 1
    return np.log(total[:, 0]) - shifted[rows, y], p


def squared(scores, y, margin, strict):
    r = scores.copy()
    r[np.arange(len(y)), y] -= 1
    return 0.5 * (r * r).sum(axis=1), r


def binary(scores, y, margin, strict):
    sign = (2 * y - 1).astype(scores.dtype)
    z = sign * scores[:, 0]
    return np.logaddexp(scores.dtype.type(0), -z), (-sign * np.exp(-np.logaddexp(scores.dtype.type(0), z)))[:, None]


BY_NAME = {each.__name__: each for each in (hinge, squared_hinge, crammer_singer, softmax, squared, binary)}


def linear(loss, X, y, reg, half, margin, strict, insist):
    """fn(W) of a linear model; ``insist`` casts W to the type of X, as much code in the wild does."""

    def fn(W):
        if insist:
            W = W.astype(X.dtype)
        values, G = BY_NAME[loss](X @ W, y, margin, strict)
        penalty = (0.5 if half else 1.0) * reg
        return values.mean() + penalty * (W * W).sum(), (X.T @ G) / len(y) + 2 * penalty * W

    return fn


def net(X, y, reg, margin, insist, last):
    """fn(parameters) of a two-layer ReLU net by backpropagation, relu'(0) = 0, with the loss ``last`` on top."""

    def fn(p):
        if insist:
            p = {name: each.astype(X.dtype) for name, each in p.items()}
        hidden = np.maximum(X @ p["W1"] + p["b1"], 0)
        values, G = BY_NAME[last](hidden @ p["W2"] + p["b2"], y, margin, True)
        G = G / len(y)
        back = (G @ p["W2"].T) * (hidden > 0)
        value = values.mean() + 0.5 * reg * ((p["W1"] * p["W1"]).sum() + (p["W2"] * p["W2"]).sum())
        return value, {
            "W1": X.T @ back + reg * p["W1"],
            "b1": back.sum(axis=0),
            "W2": hidden.T @ G + reg * p["W2"],
            "b2": G.sum(axis=0),
        }

    return fn


def _sizes(rng, kind):
    n = 1 if kind == "one_sample" else int(rng.choice([1, 2, 3, 5, 10, 20]))
    k = 2 if kind == "two_classes" else int(rng.integers(2, 6))
    return n, int(rng.integers(1, 6)), k


def problem(rng: np.random.Generator, loss: str, kind: str, dtype) -> Problem:
    """One problem: sizes, margin, penalty, strictness at ties and the habits of the code are drawn."""
    n, d, k = _sizes(rng, kind)
    whole = kind in ("grid", "near", "margin_zero") or (kind in ("zero_W", "duplicates") and rng.integers(0, 2))
    draw = (lambda *shape: rng.integers(-2, 3, size=shape).astype(float)) if whole else (lambda *s: rng.normal(size=s))
    X = draw(n, d)
    if kind == "near":
        X = X + 10.0 ** rng.uniform(-9, -2) * rng.choice([-1.0, 1.0], size=X.shape)
    if kind == "scaled":
        X *= 10.0 ** rng.uniform(-3, 4)
    if kind == "duplicates":
        X = X[rng.integers(0, max(1, n // 2), size=n)]
    if kind == "zero_column":
        X[:, rng.integers(0, d)] = 0.0
    margin = 0.0 if kind == "margin_zero" else float(rng.choice([1.0, 1.0, 0.5, 2.0]))
    spread = float(rng.choice([1.0, 1.0, 0.01, 1e-4]))
    reg, half = float(rng.choice([0.0, 0.1, 1e-3, 5.0])), bool(rng.integers(0, 2))
    strict, insist = bool(rng.integers(0, 2)), bool(rng.integers(0, 2))
    X = X.astype(dtype)
    zero = kind == "zero_W"
    if loss == "net":
        h = int(rng.integers(1, 5))
        point = {"W1": draw(d, h), "b1": np.zeros(h), "W2": draw(h, k), "b2": np.zeros(k)}
        if zero:
            point["W1" if rng.integers(0, 2) else "W2"] *= 0.0
        elif rng.integers(0, 2):
            point["b1"], point["b2"] = draw(h), draw(k)
        if not whole:
            point = {name: each * spread for name, each in point.items()}
        point = {name: each.astype(dtype) for name, each in point.items()}
        y = rng.integers(0, k, size=n)
        last = str(rng.choice(["softmax", "softmax", "hinge", "squared"]))
        return Problem(loss, kind, net(X, y, reg, margin, insist, last), point, X, y, k, reg, half, margin)
    k = 1 if loss == "binary" else k
    W = draw(d, k) * (0.0 if zero else 1.0) * (1.0 if whole else spread)
    if kind == "near" and rng.integers(0, 2):
        W = W + 10.0 ** rng.uniform(-9, -2) * rng.choice([-1.0, 1.0], size=W.shape)
    y = rng.integers(0, max(k, 2), size=n)
    fn = linear(loss, X, y, reg, half, margin, strict, insist)
    return Problem(loss, kind, fn, W.astype(dtype), X, y, k, reg, half, margin)


def problems(seed: int, count: int, losses=LOSSES, kinds=KINDS, dtypes=(np.float64, np.float32)) -> Iterator[Problem]:
    """``count`` problems that walk through losses, types and kinds in turn."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        loss = losses[i % len(losses)]
        dtype = dtypes[(i // len(losses)) % len(dtypes)]
        kind = kinds[(i // (len(losses) * len(dtypes))) % len(kinds)]
        yield problem(rng, loss, kind, dtype)
