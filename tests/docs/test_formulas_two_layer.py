"""The formulas of docs/math/two_layer.md, in numbers."""

import math

import numpy as np
import pytest
from scipy.special import log_softmax

import taut
from docs.numeric import slope

H = 6


@pytest.fixture
def net(case):
    rng = np.random.default_rng(3)
    return {
        "W1": rng.standard_normal((case.D, H)),
        "b1": rng.standard_normal(H),
        "W2": rng.standard_normal((H, case.C)),
        "b2": rng.standard_normal(case.C),
    }


def forward(net, X):
    Z = X @ net["W1"] + net["b1"]
    Q = np.maximum(0, Z)
    return Z, Q, Q @ net["W2"] + net["b2"]


def data_loss(S, y):
    return -log_softmax(S, axis=1)[np.arange(len(y)), y].mean()


def slopes(case, net):
    """A by differences."""
    S = forward(net, case.X)[2]
    return slope(lambda S: data_loss(S, case.y) * case.N, S)


def moved(case, net, name, l2=0.0):
    def value(array):
        changed = {**net, name: array}
        penalty = np.sum(changed["W1"] ** 2) + np.sum(changed["W2"] ** 2)
        return data_loss(forward(changed, case.X)[2], case.y) + l2 / 2 * penalty

    return slope(value, net[name])


def by_taut(case, net, **options):
    return taut.loss_and_gradient(net, case.X, case.y, loss="softmax", **options)


def test_the_case_has_units_on_and_off(case, net):
    Z = forward(net, case.X)[0]
    assert 0.2 < (Z > 0).mean() < 0.8
    assert np.abs(Z).min() > 1e-4


def test_two_layer_forward(case, net):
    for i in range(case.N):
        hidden = [max(0.0, case.X[i] @ net["W1"][:, h] + net["b1"][h]) for h in range(H)]
        scores = [sum(hidden[h] * net["W2"][h, j] for h in range(H)) + net["b2"][j] for j in range(case.C)]
        np.testing.assert_allclose(forward(net, case.X)[2][i], scores)


def test_two_layer_value(case, net):
    penalty = case.l2 / 2 * (np.sum(net["W1"] ** 2) + np.sum(net["W2"] ** 2))
    by_hand = data_loss(forward(net, case.X)[2], case.y) + penalty
    assert by_taut(case, net, l2=case.l2, wrt=()) == pytest.approx(by_hand)


def test_two_layer_anchor(case, net):
    small = {name: 1e-4 * array if name[0] == "W" else 0 * array for name, array in net.items()}
    assert by_taut(case, small, wrt=()) == pytest.approx(math.log(case.C), abs=1e-6)


def test_two_layer_second(case, net):
    A, Q = slopes(case, net), forward(net, case.X)[1]
    np.testing.assert_allclose(Q.T @ A / case.N + case.l2 * net["W2"], moved(case, net, "W2", case.l2), atol=1e-7)
    np.testing.assert_allclose(A.sum(axis=0) / case.N, moved(case, net, "b2"), atol=1e-7)
    _, gradient = by_taut(case, net, l2=case.l2)
    np.testing.assert_allclose(gradient["W2"], Q.T @ A / case.N + case.l2 * net["W2"], atol=1e-7)
    np.testing.assert_allclose(gradient["b2"], A.mean(axis=0), atol=1e-7)


def test_two_layer_hidden(case, net):
    Q = forward(net, case.X)[1]
    by_difference = slope(lambda Q: data_loss(Q @ net["W2"] + net["b2"], case.y), Q)
    np.testing.assert_allclose(slopes(case, net) @ net["W2"].T / case.N, by_difference, atol=1e-7)


def passed_back(case, net):
    return slopes(case, net) @ net["W2"].T * (forward(net, case.X)[0] > 0)


def test_two_layer_relu(case, net):
    Z = forward(net, case.X)[0]
    by_difference = slope(lambda Z: case.N * data_loss(np.maximum(0, Z) @ net["W2"] + net["b2"], case.y), Z)
    np.testing.assert_allclose(passed_back(case, net), by_difference, atol=1e-6)
    Q = forward(net, case.X)[1]
    np.testing.assert_array_equal(Z > 0, Q > 0)


def test_two_layer_first(case, net):
    G = passed_back(case, net)
    formula = case.X.T @ G / case.N + case.l2 * net["W1"]
    np.testing.assert_allclose(formula, moved(case, net, "W1", case.l2), atol=1e-7)
    np.testing.assert_allclose(G.sum(axis=0) / case.N, moved(case, net, "b1"), atol=1e-7)
    _, gradient = by_taut(case, net, l2=case.l2)
    np.testing.assert_allclose(gradient["W1"], formula, atol=1e-7)
    np.testing.assert_allclose(gradient["b1"], G.mean(axis=0), atol=1e-7)


def test_two_layer_inputs(case, net):
    formula = passed_back(case, net) @ net["W1"].T / case.N
    np.testing.assert_allclose(formula, by_taut(case, net, wrt="X")[1], atol=1e-7)
    np.testing.assert_allclose(formula, slope(lambda X: data_loss(forward(net, X)[2], case.y), case.X), atol=1e-7)


def test_two_layer_corner():
    X, y = np.array([[1.0], [-1.0]]), np.array([0, 1])

    def by_formula(t):
        return 0.5 * math.log(1 + math.exp(-2 * max(0, t))) + 0.5 * math.log(1 + math.exp(2 * max(0, -t)))

    def through_the_net(t):
        net = {"W1": np.array([[t]]), "b1": np.zeros(1), "W2": np.array([[1.0, -1.0]]), "b2": np.zeros(2)}
        return taut.loss_and_gradient(net, X, y, loss="softmax")

    for t in (-1.5, -0.1, 0.0, 0.2, 2.0):
        assert through_the_net(t)[0] == pytest.approx(by_formula(t))
    for h in (1e-6, -1e-6):
        assert (by_formula(h) - by_formula(0)) / h == pytest.approx(-0.5, abs=1e-5)
    assert through_the_net(0.0)[1]["W1"].item() == 0.0
    verdict = taut.check_gradient(
        lambda W1: (lambda f: (f[0], f[1]["W1"]))(through_the_net(W1.item())), np.zeros((1, 1))
    )
    assert verdict.verdict == "ok_at_kink"
