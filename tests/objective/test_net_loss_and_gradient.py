"""The public call with a network's weights: values, types, refusals, and taut's own checker on every option."""

import numpy as np
import pytest
from scipy import sparse

import taut
from taut.losses import LOSSES


def draw(seed=0, n=9, d=4, h=5, k=3, dtype=np.float64):
    rng = np.random.default_rng(seed)
    net = {
        "W1": rng.normal(size=(d, h)),
        "b1": rng.normal(size=h),
        "W2": rng.normal(size=(h, k)),
        "b2": rng.normal(size=k),
    }
    net = {name: array.astype(dtype) for name, array in net.items()}
    return net, rng.normal(size=(n, d)).astype(dtype), rng.integers(0, k, n), rng.random(n)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_checker_passes_every_option(loss, storage, weighted):
    net, X, y, s = draw()
    options = {"loss": loss, "l2": 0.3, "margin": 0.7, "sample_weight": s if weighted else None}
    by_weights = taut.check_gradient(lambda W: taut.loss_and_gradient(W, storage(X), y, **options), net)
    assert by_weights.verdict == "ok", str(by_weights)
    by_inputs = taut.check_gradient(lambda X: taut.loss_and_gradient(net, X, y, wrt="X", **options), X)
    assert by_inputs.verdict == "ok", str(by_inputs)


def test_a_hidden_value_of_exactly_zero_is_a_kink_and_no_bug():
    """Both one-sided derivatives are −½ there, backpropagation gives 0."""
    net = {"W1": np.zeros((1, 1)), "b1": np.zeros(1), "W2": np.array([[1.0, -1.0]]), "b2": np.zeros(2)}
    X, y = np.array([[1.0], [-1.0]]), [0, 1]
    loss, gradient = taut.loss_and_gradient(net, X, y, loss="softmax")
    assert loss == pytest.approx(np.log(2))
    assert gradient["W1"].tolist() == [[0.0]]

    def by_first(W1):
        loss, gradient = taut.loss_and_gradient({**net, "W1": W1}, X, y, loss="softmax")
        return loss, gradient["W1"]

    assert taut.check_gradient(by_first, net["W1"]).verdict == "ok_at_kink"


def test_the_order_and_number_of_what_is_asked_for():
    net, X, y, _ = draw()
    loss, gradient = taut.loss_and_gradient(net, X, y)
    assert list(gradient) == ["W1", "b1", "W2", "b2"]
    assert {name: array.shape for name, array in gradient.items()} == {n: a.shape for n, a in net.items()}
    assert taut.loss_and_gradient(net, X, y, wrt=()) == loss
    again, dX, twice = taut.loss_and_gradient(net, X, y, wrt=("X", "W"))
    assert again == loss
    assert dX.shape == X.shape
    np.testing.assert_array_equal(twice["W2"], gradient["W2"])
    reordered = {name: net[name] for name in ("b2", "W2", "b1", "W1")}
    assert taut.loss_and_gradient(reordered, X, y)[0] == loss


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_types(dtype):
    net, X, y, _ = draw(dtype=dtype)
    loss, gradient = taut.loss_and_gradient(net, X, y, loss="softmax", l2=0.1)
    assert type(loss) is float
    assert {array.dtype for array in gradient.values()} == {np.dtype(dtype)}
    mixed = taut.loss_and_gradient({**net, "b1": net["b1"].astype(np.float64)}, X, y)[1]
    assert mixed["W1"].dtype == np.float64
    pixels = np.random.default_rng(0).integers(0, 256, X.shape).astype(np.uint8)
    assert taut.loss_and_gradient(net, pixels, y)[1]["W1"].dtype == dtype


def test_huge_scores_stay_finite():
    net, X, y, _ = draw()
    net["W2"] *= 1e6
    loss, gradient = taut.loss_and_gradient(net, 1e3 * X, y, loss="softmax")
    assert np.isfinite(loss)
    assert loss > 1e6
    assert all(np.isfinite(array).all() for array in gradient.values())


def test_the_gradient_belongs_to_the_caller():
    net, X, y, _ = draw()
    gradient = taut.loss_and_gradient(net, X, y)[1]
    kept = {name: array.copy() for name, array in gradient.items()}
    taut.loss_and_gradient(net, 2 * X, y)
    for name, array in gradient.items():
        np.testing.assert_array_equal(array, kept[name])
        assert array.base is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W1": np.zeros((3, 5))}, "W1 has 3 rows"),
        ({"b1": np.zeros(4)}, r"b1 \(h,\)"),
        ({"W2": np.zeros((4, 3))}, r"W2 \(h, k\)"),
        ({"b2": np.zeros(2)}, r"b2 \(k,\)"),
        ({"W1": np.zeros(5)}, "W1 must be"),
        ({"b1": np.zeros((1, 5))}, "b1 must be"),
        ({"W2": np.zeros((5, 3)) + 0j}, "W2 must be"),
        ({"W3": np.zeros(1)}, "W3"),
        ({"W2": np.zeros((5, 0)), "b2": np.zeros(0)}, "nothing"),
    ],
)
def test_refusals(change, message):
    net, X, y, _ = draw()
    with pytest.raises(ValueError, match=message):
        taut.loss_and_gradient(net | change, X, y)


def test_refusals_of_the_call():
    net, X, y, _ = draw()
    with pytest.raises(ValueError, match="bias_row"):
        taut.loss_and_gradient(net, X, y, bias_row=0)
    with pytest.raises(ValueError, match=r"y\[0\] = 3"):
        taut.loss_and_gradient(net, X, [3] * 9)
    with pytest.raises(ValueError, match="b2"):
        taut.loss_and_gradient({"W1": net["W1"]}, X, y)
    with pytest.raises(ValueError, match="W=None"):
        taut.loss_and_gradient(net, X, y, wrt="scores")
