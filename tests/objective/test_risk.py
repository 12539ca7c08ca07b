"""The risk: batches, penalty, scale of the gap."""

import math

import numpy as np
import pytest

import strategies
from reference.optimum import optimum
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import Certificate, Risk, relative_gap


def risk_of(name, task, dtype=np.float64):
    model = Linear(task.d, task.k, task.intercept)
    return Risk(
        as_matrix(task.X.astype(dtype)),
        task.y,
        make_loss(name, margin=task.margin),
        model,
        task.l2,
        task.weights,
    )


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_gradient_by_differences_with_and_without_intercept(name):
    rng = np.random.default_rng(1100)
    for task in strategies.tasks(1100, 40):
        risk = risk_of(name, task)
        theta, v = rng.normal(size=(2, risk.model.size))
        for loss in {risk.loss, risk.loss.rounded(0.3)}:
            ends = [theta + h * v for h in (1e-6, -1e-6)]
            signs = [np.sign(loss.pieces(risk.model.scores(e, task.X), task.y)) for e in ends]
            if (signs[0] != signs[1]).any():
                continue
            slope = (risk.value_and_gradient(ends[0], loss)[0] - risk.value_and_gradient(ends[1], loss)[0]) / 2e-6
            value, gradient = risk.value_and_gradient(theta, loss)
            assert gradient.dtype == np.float64
            assert slope == pytest.approx(gradient @ v, rel=1e-6, abs=1e-7 * (1 + abs(value)))


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_batches_average_to_the_whole(name):
    rng = np.random.default_rng(1101)
    for task in strategies.tasks(1101, 30):
        risk = risk_of(name, task)
        theta = rng.normal(size=risk.model.size)
        value, gradient = risk.value_and_gradient(theta)
        order = rng.permutation(task.n)
        cut = task.n // 2
        parts = [order[:cut], order[cut:]]
        found = [risk.batch_value_and_gradient(theta, np.sort(part)) for part in parts]
        shares = [len(part) / task.n for part in parts]
        assert sum(c * f[0] for c, f in zip(shares, found, strict=True)) == pytest.approx(value, rel=1e-12)
        mean = sum(c * f[1] for c, f in zip(shares, found, strict=True))
        np.testing.assert_allclose(mean, gradient, rtol=1e-11, atol=1e-12)


def test_the_intercept_is_not_penalised():
    task = strategies.Task(np.zeros((4, 2)), np.array([0, 1, 2, 0]), 3, 1.0, 0.7, None, intercept=True)
    risk = risk_of("softmax", task)
    theta = np.array([1.0, 2.0, 3.0, 0.0, -1.0, 1.0, 9.0, 9.0, 9.0])
    assert risk.penalty(theta) == pytest.approx(0.35 * (theta[:6] ** 2).sum(), rel=1e-15)
    assert risk.value_and_gradient(theta)[0] == pytest.approx(math.log(3) + 0.35 * 16, rel=1e-15)
    np.testing.assert_allclose(risk.value_and_gradient(theta)[1][:6], 0.7 * theta[:6], rtol=1e-15)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_theta_and_the_data_stay(name):
    task = next(strategies.tasks(1102, 1, intercept=True))
    risk = risk_of(name, task)
    theta = np.random.default_rng(1102).normal(size=risk.model.size)
    kept = [theta.copy(), task.X.copy(), task.y.copy()]
    risk.value_and_gradient(theta)
    risk.certificate(theta, risk.loss.rounded(0.5))
    risk.batch_value_and_gradient(theta, np.array([0, 2]))
    for now, then in zip([theta, task.X, task.y], kept, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_start_is_the_objective_of_no_weights_with_the_best_intercept(name):
    for task in strategies.tasks(1103, 20, intercept=True):
        empty = strategies.Task(np.zeros((task.n, 1)), task.y, task.k, task.margin, 1.0, task.weights, intercept=True)
        best, _ = optimum(name, empty)
        # "a scale, not a bound": a thousandth is near enough
        assert best - 1e-9 <= risk_of(name, task).start <= best * 1.01 + 1e-9


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_start_without_intercept(name):
    want = {
        "hinge": 2 * 2.5,
        "squared_hinge": 2 * 2.5**2,
        "crammer_singer": 2.5,
        "softmax": math.log(3),
        "squared": 0.5,
    }
    task = strategies.Task(np.ones((4, 2)), np.array([0, 1, 2, 0]), 3, 2.5, 0.7, None, intercept=False)
    assert risk_of(name, task).start == pytest.approx(want[name], rel=1e-14)


def test_relative_gap():
    assert relative_gap(2.0, 1.0, 5.0) == 0.5
    assert relative_gap(1.0, 1.0, 5.0) == 0.0
    assert relative_gap(0.0, 0.0, 0.0) == 0.0
    assert relative_gap(1.0, 1.0 + 1e-12, 5.0) == 0.0
    assert relative_gap(1e-12, 0.0, 1.0) == pytest.approx(1e-3)
    assert relative_gap(1.0, -math.inf, 1.0) == math.inf
    assert relative_gap(math.nan, 0.0, 1.0) == math.inf
    assert relative_gap(math.inf, 0.0, 1.0) == math.inf
    assert relative_gap(0.0, -1.0, 0.0) == math.inf


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_nan_has_no_certificate(name):
    X = np.ones((3, 2))
    X[1, 1] = np.nan
    task = strategies.Task(X, np.array([0, 1, 2]), 3, 1.0, 0.1, None, intercept=True)
    found = risk_of(name, task).certificate(np.ones(9))
    assert isinstance(found, Certificate)
    assert found.gap == math.inf
    assert found.dual == -math.inf
    assert found.why


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_large_scores_keep_a_bound(name, dtype):
    """A theta of any size: finite primal, and a bound that is not above the optimum."""
    for task in strategies.tasks(1104, 12):
        best, _ = optimum(name, task)
        risk = risk_of(name, task, dtype)
        theta = 1e5 * np.random.default_rng(1104).normal(size=risk.model.size)
        for width in (0.0, 1e-6, 1e-2, 1.0):
            found = risk.certificate(theta, risk.loss.rounded(width))
            assert np.isfinite(found.primal)
            assert found.dual <= best * (1 + 1e-5) + 1e-9
            assert found.primal >= best
