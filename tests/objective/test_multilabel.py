"""`loss_and_gradient` of label sets, and the bound that a penalty gives."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import optimize, sparse

from losses.multilabel_formulas import every
from taut.losses import MULTILABEL_LOSSES, make_multilabel_loss
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import StrongRisk, loss_and_gradient

NAMES = tuple(MULTILABEL_LOSSES)
RANKING = ("bp_mll", "log_bp_mll", "lsep", "pairwise_hinge")


def problem(seed, n=9, d=3, k=5):
    rng = np.random.default_rng(seed)
    X, W, Y = rng.normal(size=(n, d)), rng.normal(size=(d, k)), rng.random((n, k)) < 0.4
    Y[0], Y[1], Y[2] = False, True, [True, *[False] * (k - 1)]
    return X, W, Y


@pytest.mark.parametrize("name", NAMES)
def test_mean_over_the_rows_that_are_defined(name):
    X, W, Y = problem(0)
    s = np.array([3.0, 1, 0, 2, 1, 1, 0.5, 1, 4])
    scores = X @ W
    values, slopes = every(name, scores, Y)
    counted = np.where(Y.any(axis=1) & ~Y.all(axis=1), s, 0.0) if name in RANKING else s
    value, dW, dX = loss_and_gradient(W, X, Y, loss=name, l2=0.3, sample_weight=s, wrt=("W", "X"))
    A = counted[:, None] * slopes / counted.sum()
    assert value == pytest.approx(float(counted @ values / counted.sum() + 0.15 * (W**2).sum()), rel=1e-13)
    np.testing.assert_allclose(dW, (X.T @ A + 0.3 * W).astype(float), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(dX, (A @ W.T).astype(float), rtol=1e-11, atol=1e-13)
    value, dS = loss_and_gradient(None, scores, Y, loss=name, sample_weight=s, wrt="scores")
    assert value == pytest.approx(float(counted @ values / counted.sum()), rel=1e-13)
    np.testing.assert_allclose(dS, A.astype(float), rtol=1e-11, atol=1e-14)


def test_every_form_of_label_sets_means_the_same():
    X, W, Y = problem(1)
    want = loss_and_gradient(W, X, Y, loss="bp_mll")
    sets = [set(np.flatnonzero(row).tolist()) for row in Y]
    ragged = np.empty(len(Y), dtype=object)
    ragged[:] = [list(each) for each in sets]
    for form in (
        Y.astype(int),
        Y.astype(float),
        Y.tolist(),
        list(Y.astype(int)),
        sparse.csr_array(Y.astype(int)),
        sparse.coo_matrix(Y),
        sets,
        [tuple(sorted(each, reverse=True)) for each in sets],
        [np.flatnonzero(row) for row in Y],
        ragged,
        [dict.fromkeys(each).keys() for each in sets],
    ):
        value, dW = loss_and_gradient(W, X, form, loss="bp_mll")
        assert value == want[0]
        np.testing.assert_array_equal(dW, want[1])


def test_sets_of_one_size_are_sets_and_not_a_table():
    scores = np.array([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])
    table = [[0, 0, 1], [1, 0, 0]]
    want = loss_and_gradient(None, scores, table, loss="bp_mll", wrt="scores")
    got = loss_and_gradient(None, scores, [[2], [0]], loss="bp_mll", wrt="scores")
    assert got[0] == want[0]
    np.testing.assert_array_equal(got[1], want[1])
    assert loss_and_gradient(None, scores, [range(2, 3), range(1)], loss="bp_mll", wrt="scores")[0] == want[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_type_of_the_scores_is_kept(dtype):
    X, W, Y = problem(2)
    value, dS = loss_and_gradient(None, (X @ W).astype(dtype), Y, loss="lsep", wrt="scores")
    assert type(value) is float
    assert dS.dtype == dtype
    assert loss_and_gradient(W.astype(dtype), X.astype(dtype), Y, loss="lsep")[1].dtype == dtype


def test_many_scores_are_taken_some_at_a_time():
    rng = np.random.default_rng(3)
    scores, Y = rng.normal(size=(3000, 50)), rng.random((3000, 50)) < 0.1
    loss = make_multilabel_loss("zlpr")
    values, slopes = loss.rows(scores, Y)
    value, dS = loss_and_gradient(None, scores, Y, loss=loss, wrt="scores")
    assert value == pytest.approx(values.mean(), rel=1e-13)
    np.testing.assert_allclose(dS, slopes / 3000, rtol=1e-15)


def test_of_a_network():
    X, _, Y = problem(4)
    rng = np.random.default_rng(4)
    W = {name: rng.normal(size=shape) for name, shape in (("W1", (3, 4)), ("b1", 4), ("W2", (4, 5)), ("b2", 5))}
    hidden = np.maximum(0, X @ W["W1"] + W["b1"])
    value, dW = loss_and_gradient(W, X, Y, loss="bp_mll")
    wanted, dS = loss_and_gradient(None, hidden @ W["W2"] + W["b2"], Y, loss="bp_mll", wrt="scores")
    assert value == pytest.approx(wanted, rel=1e-13)
    np.testing.assert_allclose(dW["W2"], hidden.T @ dS, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(dW["W1"], X.T @ ((dS @ W["W2"].T) * (hidden > 0)), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("Y", "message"),
    [
        (np.zeros((2, 4)), r"indicator of shape \(2, 3\)"),
        ([0, 1], r"indicator of shape \(2, 3\)"),
        ([[0, 1, 2], [0, 1, 0]], "Y holds 2 in row 0, column 2"),
        (sparse.csr_array([[0, 1, 0], [0, 0, 0.5]]), r"Y holds 0\.5 in row 1, column 2"),
        ([{0}, {3}], r"Y\[1\] holds the label 3: labels are column numbers 0\.\.2"),
        ([{0}, {"a"}], r"Y\[1\] holds the label 'a'"),
        ([{0}, {1}, {2}], "Y holds 3 sets of labels, but there are 2 rows"),
        (np.array([["a", "b", "c"]] * 2), "zeros and ones, got dtype"),
        ([[0, 0, 0], [1, 1, 1]], "has no label or all: bp_mll has no pair"),
    ],
)
def test_bad_label_sets(Y, message):
    with pytest.raises(ValueError, match=message):
        loss_and_gradient(None, np.zeros((2, 3)), Y, loss="bp_mll", wrt="scores")


# --- the bound --------------------------------------------------------------------------------------------------------


def risk_of(name, *, intercept=False, l2=0.05, dtype=np.float64):
    X, _, Y = problem(5, n=30)
    loss = make_multilabel_loss(name)
    weights = loss.defined(Y).astype(float)
    return StrongRisk(as_matrix(X.astype(dtype)), Y, loss, Linear(3, 5, intercept), l2, weights)


def lowest(risk, loss):
    """The minimum by another's solver."""
    found = optimize.minimize(
        lambda theta: risk.value_and_gradient(theta, loss),
        np.zeros(risk.model.size),
        jac=True,
        method="BFGS",
        options={"gtol": 1e-10, "maxiter": 5000},
    )
    return found.fun


@pytest.mark.parametrize("name", NAMES)
def test_the_bound_holds_and_closes_in(name):
    risk = risk_of(name)
    smooth = risk.loss.rounded(0.05)
    best = lowest(risk, smooth)
    rng = np.random.default_rng(6)
    for size in (0.0, 0.1, 1.0, 3.0):
        found = risk.certificate(size * rng.normal(size=risk.model.size), smooth)
        assert found.dual <= best + 1e-9
        assert found.primal >= best - 1e-9
        assert found.gap >= 0
    at_best = optimize.minimize(
        lambda theta: risk.value_and_gradient(theta, smooth), np.zeros(risk.model.size), jac=True, tol=1e-12
    ).x
    found = risk.certificate(at_best, smooth)
    assert found.primal - found.dual <= 0.025 * (name == "pairwise_hinge") + 1e-8
    assert found.rounding == pytest.approx(risk.value(at_best) - best, abs=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_no_bound_is_claimed_where_a_parameter_is_free(name):
    free, unpenalised = risk_of(name, intercept=True), risk_of(name, l2=0.0)
    assert "free intercept" in free.certificate(np.zeros(free.model.size)).why
    assert "l2 > 0 gives one" in unpenalised.certificate(np.zeros(unpenalised.model.size)).why
    for risk in (free, unpenalised):
        found = risk.certificate(np.zeros(risk.model.size))
        assert (found.dual, found.gap, risk.has_bound) == (-math.inf, math.inf, False)


def test_what_is_proved_does_not_rest_on_float32():
    risk, precise = risk_of("bp_mll", dtype=np.float32), risk_of("bp_mll")
    precise = dataclasses.replace(precise, matrix=as_matrix(precise.matrix.block(slice(0, 30)).astype(np.float32)))
    theta = np.random.default_rng(7).normal(size=15)
    found = risk.certificate(theta)
    exact = dataclasses.replace(precise, matrix=precise.matrix.computed_in(np.dtype(np.float64)))
    value, gradient = exact.value_and_gradient(risk.rounded(theta))
    assert found.primal == value
    assert found.dual == value - float(gradient @ gradient) / 0.1


def test_a_loss_that_takes_negative_values_is_measured_from_one():
    risk = risk_of("log_bp_mll")
    theta = np.random.default_rng(8).normal(size=15)
    found = risk.certificate(theta)
    assert found.gap == pytest.approx((found.primal - found.dual) / max(found.primal, 1.0), rel=1e-12)
    assert risk.trivial_bound == -math.inf
    assert risk_of("bp_mll").trivial_bound == 0.0
