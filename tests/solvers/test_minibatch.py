"""Moves of theta against the papers' formulas in exact order, compiled and not; batches, decay, memory of a pass."""

import numpy as np
import pytest

from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import TwoLayer
from taut.objective import NetRisk
from taut.solvers import SGD, Adam
from taut.solvers._minibatch import COMPILED_FROM


def draw(seed=0, n=23, d=4, h=5, k=3, weights=None):
    rng = np.random.default_rng(seed)
    model = TwoLayer(d, h, k)
    X, y = rng.normal(size=(n, d)), rng.integers(0, k, n)
    risk = NetRisk(as_matrix(X), y, make_loss("softmax"), model, 0.1, weights)
    return risk, model.drawn(np.random.RandomState(seed))


@pytest.mark.parametrize("size", [10, COMPILED_FROM + 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adam_is_algorithm_1(size, dtype):
    rng = np.random.default_rng(0)
    theta = rng.normal(size=size).astype(dtype)
    moved, update = theta.copy(), Adam().rule(theta)
    x, m, v = theta.astype(np.longdouble), np.zeros(size, np.longdouble), np.zeros(size, np.longdouble)
    for t in range(1, 6):
        g = (rng.normal(size=size) * 10.0 ** rng.integers(-3, 3, size)).astype(dtype)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g.astype(np.longdouble) ** 2
        x -= 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        update(moved, g.copy(), 0.01)
    np.testing.assert_allclose(moved, x.astype(float), rtol=0, atol=200 * np.finfo(dtype).eps)
    assert moved.dtype == dtype


@pytest.mark.parametrize("size", [10, COMPILED_FROM + 3])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_momentum(momentum, size):
    rng = np.random.default_rng(0)
    theta = rng.normal(size=size)
    moved, update = theta.copy(), SGD(momentum=momentum).rule(theta)
    velocity = np.zeros(size)
    for step in (0.1, 0.2, 0.05):
        g = rng.normal(size=size)
        velocity = momentum * velocity - step * g
        theta = theta + velocity
        update(moved, g.copy(), step)
    np.testing.assert_array_equal(moved, theta)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_compiled_moves_are_numpys_to_rounding(dtype, monkeypatch):
    rng = np.random.default_rng(1)
    theta = rng.normal(size=1000).astype(dtype)
    gradients = rng.normal(size=(4, 1000)).astype(dtype)
    found = []
    for compiled_from in (0, 10**9):
        monkeypatch.setattr("taut.solvers._minibatch.COMPILED_FROM", compiled_from)
        for solver in (Adam(), SGD(momentum=0.9)):
            moved, update = theta.copy(), solver.rule(theta)
            for g in gradients:
                update(moved, g.copy(), 0.01, ((slice(3, 500), 0.3), (slice(600, 700), 0.3)))
            found.append(moved)
    for one, other in ((found[0], found[2]), (found[1], found[3])):
        np.testing.assert_allclose(one, other, rtol=0, atol=16 * np.finfo(dtype).eps)
        assert np.abs(one - theta).max() > 0.01


@pytest.mark.parametrize("solver", [SGD(0.1, batch_size=10, seed=3, momentum=0.5), Adam(0.01, batch_size=10, seed=3)])
def test_an_epoch_written_out(solver):
    """23 rows in batches of 10, 10 and 3: each batch's mean, the penalty whole in every batch."""
    risk, theta = draw()
    moved = theta.copy()
    rule, losses = solver.rule(theta), []
    order = np.random.default_rng(3).permutation(23)
    for part in (order[:10], order[10:20], order[20:]):
        rows = np.sort(part)
        piece = NetRisk(as_matrix(risk.matrix.array[rows]), risk.targets[rows], risk.loss, risk.model, 0.1)
        value, gradient = piece.value_and_gradient(moved)
        losses.append((value - piece.penalty(moved)) * len(rows))
        rule(moved, gradient, solver.learning_rate)
    iterate = next(solver.iterates(risk, theta.copy()))
    np.testing.assert_allclose(iterate.theta, moved, rtol=1e-12)
    assert iterate.value == pytest.approx(sum(losses) / 23 + risk.penalty(moved), rel=1e-12)
    assert (iterate.passes, iterate.gradient) == (1, None)


def test_rows_of_weight_zero_are_as_if_they_were_not_there():
    weights = np.random.default_rng(5).random(23)
    weights[[2, 7, 22]] = 0.0
    risk, theta = draw(weights=weights)
    kept = np.flatnonzero(weights)
    fewer = NetRisk(
        as_matrix(risk.matrix.array[kept]), risk.targets[kept], risk.loss, risk.model, risk.l2, weights[kept]
    )
    solver = Adam(0.01, batch_size=6)
    one, two = next(solver.iterates(risk, theta.copy())), next(solver.iterates(fewer, theta.copy()))
    np.testing.assert_array_equal(one.theta, two.theta)
    assert one.value == pytest.approx(two.value, rel=1e-13)


def test_theta_handed_out_is_not_moved_any_more():
    risk, theta = draw()
    run = SGD(0.1).iterates(risk, theta)
    first = next(run).theta
    kept = first.copy()
    next(run)
    np.testing.assert_array_equal(first, kept)


def test_steps_decay_and_later_passes_go_on():
    risk, theta = draw()
    run = Adam(0.5, decay=0.5).iterates(risk, theta.copy())
    assert [next(run).step for _ in range(3)] == [0.5, 0.25, 0.125]
    assert next(Adam(0.5, decay=0.5, passes=2).iterates(risk, theta.copy())).step == 0.125


def test_the_default_step_of_sgd_is_one_over_the_largest_curvature():
    """On a quadratic it is known: ½ ‖s − t‖² of units that are all on."""
    rng = np.random.default_rng(0)
    X = rng.random((50, 3)) + 1.0
    model = TwoLayer(3, 2, 2)
    theta = np.concatenate([np.ones(6), np.zeros(2), rng.normal(size=4), np.zeros(2)])
    risk = NetRisk(as_matrix(X), rng.integers(0, 2, 50), make_loss("squared"), model, 0.1)

    def gradient(at):
        return risk.value_and_gradient(at)[1]

    basis = 1e-5 * np.eye(model.size)
    hessian = np.array([(gradient(theta + e) - gradient(theta - e)) / 2e-5 for e in basis])
    largest = np.abs(np.linalg.eigvalsh(0.5 * (hessian + hessian.T))).max()
    assert risk.steepness(theta) == pytest.approx(largest, rel=0.05)
    assert SGD().default_step(risk, theta) == pytest.approx(1 / largest, rel=0.05)
