"""l2_from against the objectives that it translates, written out."""

import math

import numpy as np
import pytest

from taut.objective import l2_from, loss_and_gradient


def data():
    rng = np.random.default_rng(1000)
    return rng.normal(size=(4, 3)), rng.normal(size=(10, 4)), rng.integers(0, 3, 10)


def mean_loss(W, X, y):
    m = np.maximum(0, X @ W - (X @ W)[np.arange(len(y)), y][:, None] + 1)
    m[np.arange(len(y)), y] = 0
    return m.sum() / len(y)


@pytest.mark.parametrize("reg", [0.0, 0.1, 3.0])
def test_both_course_conventions(reg):
    W, X, y = data()
    base = loss_and_gradient(W, X, y)[1]
    value, dW = loss_and_gradient(W, X, y, l2=l2_from(reg=reg, convention="half"))
    assert value == pytest.approx(mean_loss(W, X, y) + 0.5 * reg * (W**2).sum(), rel=1e-13)
    np.testing.assert_allclose(dW, base + reg * W, rtol=1e-12)
    value, dW = loss_and_gradient(W, X, y, l2=l2_from(reg=reg, convention="full"))
    assert value == pytest.approx(mean_loss(W, X, y) + reg * (W**2).sum(), rel=1e-13)
    np.testing.assert_allclose(dW, base + 2 * reg * W, rtol=1e-12)


@pytest.mark.parametrize("C", [0.01, 1.0, 40.0])
def test_liblinear_s_convention(C):
    """C S P(W) = ½ ‖W‖² + C Σ s loss."""
    W, X, y = data()
    s = np.arange(1.0, 11.0)
    m = np.maximum(0, X @ W - (X @ W)[np.arange(10), y][:, None] + 1)
    m[np.arange(10), y] = 0
    theirs = 0.5 * (W**2).sum() + C * (s @ m.sum(axis=1))
    ours = loss_and_gradient(W, X, y, l2=l2_from(C=C, weight_sum=s.sum()), sample_weight=s, wrt=())
    assert C * s.sum() * ours == pytest.approx(theirs, rel=1e-13)


def test_binary_row():
    """C n P at w₁ = −w₀ = w/2 is the binary objective at w, for any w."""
    rng = np.random.default_rng(1001)
    X, y, w = rng.normal(size=(10, 4)), rng.integers(0, 2, 10), rng.normal(size=4)
    for C in (0.1, 2.0):
        theirs = 0.5 * w @ w + C * np.maximum(0, 1 - (2 * y - 1) * (X @ w)).sum()
        W = np.stack([-w / 2, w / 2], axis=1)
        ours = loss_and_gradient(W, X, y, l2=l2_from(C=C / 2, weight_sum=10), wrt=())
        assert C * 10 * ours == pytest.approx(theirs, rel=1e-13)


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"reg": 1.0},
        {"reg": 1.0, "convention": "double"},
        {"reg": -1.0, "convention": "half"},
        {"reg": math.nan, "convention": "half"},
        {"reg": math.inf, "convention": "full"},
        {"C": 1.0},
        {"weight_sum": 1.0},
        {"C": 0.0, "weight_sum": 1.0},
        {"C": -1.0, "weight_sum": -1.0},
        {"C": math.nan, "weight_sum": 1.0},
        {"C": 1.0, "weight_sum": math.inf},
        {"C": 1.0, "weight_sum": 5, "convention": "half"},
        {"reg": 1.0, "convention": "half", "C": 1.0, "weight_sum": 2.0},
    ],
)
def test_refusals(bad):
    with pytest.raises(ValueError, match=r"convention|reg|weight_sum"):
        l2_from(**bad)
