"""The formulas of docs/blend.md, in numbers: by brute force over the switches, and on random points."""

from itertools import combinations, product

import numpy as np
import pytest

from docs.pages import DOCS, formulas
from taut import BlendRegressor

LOWER, UPPER = 0.2, 0.7


@pytest.fixture
def items():
    """A (5, 7) and t (7,)."""
    rng = np.random.default_rng(3)
    return rng.random((5, 7)), rng.random(7)


def random_blend(rng, n):
    """A blend by rejection: a random choice of parts, and weights in their range that sum to 1."""
    while True:
        delta = rng.random(n) < 0.6
        w = np.where(delta, rng.uniform(LOWER, UPPER, n), 0.0)
        if delta.sum() > 1:
            last = np.flatnonzero(delta)[-1]
            w[last] = 1.0 - (w.sum() - w[last])
            if LOWER <= w[last] <= UPPER:
                return w


def leaf_bound(B, y, mu, inside, open_, curve=None):
    """The right side of (blend-bound), each minimum by a fine grid."""
    grid = np.linspace(LOWER, UPPER, 2001)
    h = [(B[:, i] @ y - mu) * grid + (0.0 if curve is None else 0.5 * curve[i] * grid**2) for i in range(B.shape[1])]
    return mu - 0.5 * y @ y + sum(h[i].min() for i in inside) + sum(min(0.0, h[i].min()) for i in open_)


def test_every_formula_is_here():
    labels = [label for label, _ in formulas(DOCS / "blend.md")]
    assert labels == ["blend-problem", "blend-switch", "blend-bound", "blend-perspective", "blend-count"]


def test_blend_problem(items):
    A, t = items
    model = BlendRegressor(lower=LOWER, upper=UPPER).fit(A.T, t)
    assert model.objective_ == pytest.approx(np.linalg.norm(A.T @ model.coef_ - t))
    rng = np.random.default_rng(0)
    assert all(np.linalg.norm(A.T @ random_blend(rng, 5) - t) >= model.objective_ for _ in range(2000))


def test_blend_switch(items):
    """For each δ the two bounds leave exactly 0, or exactly the range."""
    A, t = items
    w = BlendRegressor(lower=LOWER, upper=UPPER).fit(A.T, t).coef_
    fitting = [
        d for d in product((0, 1), repeat=5) if all(LOWER * a <= v <= UPPER * a for a, v in zip(d, w, strict=True))
    ]
    assert fitting == [tuple(int(v > 0) for v in w)]


def test_blend_bound(items):
    A, t = items
    B, rng = A.T - t[:, None], np.random.default_rng(1)
    for _ in range(300):
        w, y, mu = random_blend(rng, 5), rng.normal(size=7) * rng.choice([0.1, 1.0]), rng.normal()
        decided = rng.random(5) < 0.5
        inside, open_ = np.flatnonzero(decided & (w > 0)), np.flatnonzero(~decided)
        assert 0.5 * np.sum((B @ w) ** 2) >= leaf_bound(B, y, mu, inside, open_) - 1e-12
    model = BlendRegressor(lower=LOWER, upper=UPPER).fit(A.T, t)
    best = B @ model.coef_
    parts = np.flatnonzero(model.coef_)
    level = np.median((B.T @ best)[parts])  # at the optimum the parts inside their range have one slope
    assert leaf_bound(B, best, level, parts, []) == pytest.approx(0.5 * best @ best)


def test_blend_perspective(items):
    """φ is the largest convex function below ½Dw² on {0} ∪ [L, U], and the rest of the form loses nothing."""
    A, t = items
    d = 1.7
    w = np.linspace(0.0, UPPER, 701)
    phi = np.where(w <= LOWER, 0.5 * d * LOWER * w, 0.5 * d * w**2)
    allowed = np.concatenate([[0.0], np.linspace(LOWER, UPPER, 51)])
    lowest = np.full_like(w, np.inf)
    for a, b in combinations(allowed, 2):  # the envelope is the lowest chord between points of the graph
        chord = 0.5 * d * (a**2 + (a + b) * (w - a))
        lowest = np.minimum(lowest, np.where((w >= a) & (w <= b), chord, np.inf))
    assert phi == pytest.approx(lowest, abs=1e-4)
    B, rng = A.T - t[:, None], np.random.default_rng(2)
    D = np.full(5, 0.5 * np.linalg.eigvalsh(B.T @ B)[0])
    F = np.linalg.cholesky(B.T @ B - np.diag(D)).T
    for _ in range(200):
        v, y, mu = random_blend(rng, 5), rng.normal(size=5), rng.normal()
        assert 0.5 * np.sum((B @ v) ** 2) >= leaf_bound(F, y, mu, [], range(5), D) - 1e-12


def test_blend_count():
    for total, lower, upper in product((1.0, 2.5), (0.11, 0.2, 0.4), (0.21, 0.45, 0.6, 0.9)):
        if lower > upper:
            continue
        some = any(k * lower <= total <= k * upper for k in range(1, 100))
        assert some == (np.ceil(total / upper) <= np.floor(total / lower))
