"""`balanced`: Σ_i w_i a_i = 0, inside the dual set, whatever flows it is given."""

import numpy as np
import pytest

import strategies
from taut.losses import make_loss


def flows(name, rng, n, k, y):
    """Dual points of uneven flows."""
    if name == "squared":
        return rng.normal(size=(n, k))
    b = rng.random((n, k)) * (rng.random((n, k)) < rng.choice([0.2, 0.6, 1.0]))
    if rng.random() < 0.3:
        b = np.round(b)
    if name in ("crammer_singer", "softmax"):
        b /= np.maximum(b.sum(axis=1, keepdims=True), 1.0)
        if rng.random() < 0.3:  # rows that are full
            b /= np.maximum(b.sum(axis=1, keepdims=True), 1e-9)
    b[np.arange(n), y] = 0.0
    b[np.arange(n), y] = -b.sum(axis=1)
    return b


def draw(seed, name, count=200):
    rng = np.random.default_rng(seed)
    for i in range(count):
        n, k = int(rng.choice([2, 3, 7, 13, 40])), int(rng.integers(2, 7))
        y = rng.integers(0, k, n)
        if i % 4 == 0:
            y = np.minimum(y, 1)  # classes 2.. have no rows
        if i % 5 == 0:
            y = np.zeros_like(y)  # one class alone
        weights = rng.choice([np.ones(n), rng.integers(0, 3, n).astype(float), rng.exponential(size=n) ** 4])
        if not weights.any():
            weights[0] = 1.0
        a = flows(name, rng, n, k, y)
        if i % 7 == 0 and name != "squared":  # one-sided: everything flows to one class
            a[:] = 0.0
            a[np.arange(n), (y + 1) % k] = 0.5
            a[np.arange(n), y] = -0.5
        yield a, y, weights


def check_balanced(a, weights):
    scale = max(1.0, float(np.abs(weights[:, None] * a).sum()))
    assert np.abs(weights @ a).max() <= 1e-12 * scale


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_balances_and_stays_inside(name):
    loss = make_loss(name)
    for a, y, weights in draw(500, name):
        got = loss.balanced(a, y, weights)
        assert got.shape == a.shape
        check_balanced(got, weights)
        conjugate = loss.conjugate(got, y)
        assert np.isfinite(conjugate[weights > 0]).all()


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_leaves_a_balanced_point(name):
    """Circulations by construction: symmetric ones, and rings 0 → 1 → 2 → 0, which no symmetry explains."""
    loss, rng = make_loss(name), np.random.default_rng(501)
    for _ in range(100):
        k = int(rng.integers(3, 6))
        y = np.tile(np.arange(k), 4)
        a = np.zeros((len(y), k))
        level = rng.uniform(0.1, 0.4)
        a[np.arange(len(y)), (y + 1) % k] = level  # the ring
        a[np.arange(len(y)), (y - 1) % k] += rng.choice([0.0, 0.2])  # and some of the way back
        a[np.arange(len(y)), y] = -a.sum(axis=1)
        weights = np.ones(len(y)) * rng.uniform(0.5, 2.0)
        np.testing.assert_allclose(loss.balanced(a, y, weights), a, atol=1e-12)


@pytest.mark.parametrize("name", ["hinge", "crammer_singer", "softmax"])
def test_a_full_ring_that_is_balanced_up_to_rounding_stays(name):
    """Rows without room, as at the end of every Crammer–Singer fit, off by 1e-9: little may change."""
    k = 3
    y = np.tile(np.arange(k), 10)
    a = np.zeros((len(y), k))
    a[np.arange(len(y)), (y + 1) % k] = 1.0
    a[0] *= 1.0 - 1e-9
    a[np.arange(len(y)), y] -= a.sum(axis=1)
    got = make_loss(name).balanced(a, y, np.ones(len(y)))
    check_balanced(got, np.ones(len(y)))
    np.testing.assert_allclose(got, a, atol=1e-7)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_little_imbalance_changes_little(name):
    """Near a circulation the result is near too: by no more than some multiple of the imbalance."""
    loss, rng = make_loss(name), np.random.default_rng(502)
    k = 4
    y = np.tile(np.arange(k), 6)
    a = np.full((len(y), k), 0.15)
    a[np.arange(len(y)), (y + 1) % k] += 0.2
    a[np.arange(len(y)), y] = 0.0
    a *= 1 + 1e-7 * rng.random(a.shape)
    a[np.arange(len(y)), y] = -a.sum(axis=1)
    got = loss.balanced(a, y, np.ones(len(y)))
    check_balanced(got, np.ones(len(y)))
    assert np.abs(got - a).max() <= 1e-5


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_zero_weights_do_not_steer(name):
    loss, rng = make_loss(name), np.random.default_rng(503)
    y = np.array([0, 1, 2, 0, 1, 2, 0])
    a = flows(name, rng, 7, 3, y)
    weights = np.array([1.0, 2.0, 1.0, 0.0, 0.0, 1.0, 0.0])
    used = weights > 0
    got = loss.balanced(a, y, weights)[used]
    np.testing.assert_allclose(got, loss.balanced(a[used], y[used], weights[used]), atol=1e-12)
    check_balanced(got, weights[used])


def test_two_classes_have_one_number_each():
    """With two classes Σ_{y=0} w b must equal Σ_{y=1} w b; nothing flows where one class is missing."""
    loss = make_loss("hinge")
    a = np.array([[-0.5, 0.5], [-0.25, 0.25], [1.0, -1.0]])
    got = loss.balanced(a, np.array([0, 0, 1]), np.ones(3))
    assert got[0, 1] + got[1, 1] == pytest.approx(got[2, 0], abs=1e-14)
    assert got[2, 0] >= 0.75 - 1e-12
    alone = loss.balanced(a[:2], np.array([0, 0]), np.ones(2))
    np.testing.assert_allclose(alone, 0, atol=1e-15)
