"""The explanation's numbers are those of loss_and_gradient and of a loop over rows; its words fit a terminal."""

import json
import math

import numpy as np
import pytest
from scipy import sparse

import taut
from strategies import KINDS, LOSSES, problems
from taut.explain._axis import Axis
from taut.explain._step import checked


def looped(W, X, y, loss, margin, l2, s, bias_row):
    """Loss and dW by plain Python over the row form of the loss."""
    made = taut.losses.LOSSES[loss](margin=margin)
    d, k = W.shape
    s = [1.0] * len(y) if s is None else list(s)
    total, value, dW = sum(s), 0.0, np.zeros((d, k))
    for i in range(len(y)):
        scores = [sum(X[i, a] * W[a, j] for a in range(d)) for j in range(k)]
        grad = [0.0] * k
        value += s[i] * type(made).row(scores, int(y[i]), margin, 0.0, grad) / total
        for a in range(d):
            for j in range(k):
                dW[a, j] += s[i] * X[i, a] * grad[j] / total
    for a in range(d):
        for j in range(k):
            if bias_row is None or a != bias_row % d:
                value += 0.5 * l2 * W[a, j] ** 2
                dW[a, j] += l2 * W[a, j]
    return value, dW


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", KINDS)
def test_equals_loss_and_gradient(loss, kind):
    for case in problems(7, 6, kinds=(kind,)):
        found = taut.explain_gradient(case.W, case.X, case.y, loss=loss, **case.options)
        value, dW, dX = taut.loss_and_gradient(case.W, case.X, case.y, loss=loss, wrt=("W", "X"), **case.options)
        assert math.isclose(found.value, value, rel_tol=1e-12, abs_tol=1e-12)
        np.testing.assert_allclose(found.gradient, dW, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(found.gradients["dX"], dX, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_equals_the_loop_over_rows(loss):
    rng = np.random.default_rng(3)
    W, X, y, s = rng.normal(size=(3, 4)), rng.normal(size=(5, 3)), rng.integers(0, 4, 5), rng.random(5)
    found = taut.explain_gradient(W, X, y, loss=loss, margin=0.7, l2=0.3, sample_weight=s, bias_row=-1)
    value, dW = looped(W, X, y, loss, 0.7, 0.3, s, -1)
    assert math.isclose(found.value, value, rel_tol=1e-12)
    np.testing.assert_allclose(found.gradient, dW, rtol=1e-12, atol=1e-14)


def test_the_steps_by_hand():
    """Two examples whose numbers can be followed with a pencil; the margin of example 1 to class 0 is exactly 0."""
    W = [[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]
    found = taut.explain_gradient(W, [[1.0, 2.0], [-1.0, 0.0]], [1, 2], margin=2.0, l2=1.0)
    step = {each.name: each.array.tolist() for each in found.steps}
    assert step["S"] == [[1, 2, -1], [-1, 0, 1]]
    assert step["c"] == [2, 1]
    assert step["M"] == [[1, 0, -1], [0, 1, 0]]
    assert step["B"] == [[1, 0, 0], [0, 1, 0]]
    assert step["r"] == [1, 1]
    assert step["A"] == [[1, -1, 0], [0, 1, -1]]
    assert step["L"] == [1, 1]
    assert step["G"] == [[1, -2, 1], [2, -2, 0]]
    assert step["D"] == [[0.5, -1, 0.5], [1, -1, 0]]
    assert step["dW"] == [[1.5, -1, -0.5], [1, 0, 0]]
    assert (step["data"], step["penalty"], step["Loss"]) == (1, 1.5, 2.5)


def test_softmax_steps_survive_large_scores():
    found = taut.explain_gradient([[1000.0, -1000.0]], [[1.0], [2.0]], [1, 0], loss="softmax")
    step = {each.name: each.array for each in found.steps}
    assert step["P"].sum(axis=1).tolist() == [1, 1]
    assert step["L"].tolist() == [2000, 0]


@pytest.mark.parametrize("loss", LOSSES)
def test_text_fits_the_terminal(loss):
    rng = np.random.default_rng(0)
    for n, d, k, size in ((3, 2, 2, 1.0), (40, 30, 26, 1e-9), (7, 300, 10, 1e9), (1, 1, 2, 1.0)):
        found = taut.explain_gradient(
            size * rng.normal(size=(d, k)), rng.normal(size=(n, d)), rng.integers(0, k, n), loss=loss, l2=1e-4,
            feature_names=[f"a rather long name of the feature {j}" for j in range(d)],
            class_names=[f"class \x1b[2J {j} \u202e with a long name" for j in range(k)],
        )  # fmt: skip
        text = str(found)
        assert max(map(len, text.splitlines())) <= 80
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert text.count("\n   loop form ") == sum(bool(step.compared and step.loop) for step in found.steps)


def test_cut_matrices_say_so():
    rng = np.random.default_rng(0)
    text = str(taut.explain_gradient(rng.normal(size=(30, 40)), rng.normal(size=(50, 30)), rng.integers(0, 40, 50)))
    for words in ("… 6 of 50 examples shown", "… 6 of 30 features shown", "of 40 classes shown"):
        assert words in " ".join(text.split())


def test_colour_only_on_request():
    found = taut.explain_gradient([[1.0, -1.0]], [[1.0]], [0])
    from taut.pages import explanation_text

    assert "\x1b[" in explanation_text(found.facts(), colour=True)


def test_sparse_and_pixels_are_the_same_numbers():
    rng = np.random.default_rng(1)
    X = rng.integers(0, 3, (6, 5)).astype(np.uint8)
    W, y = rng.normal(size=(5, 3)), rng.integers(0, 3, 6)
    wanted = str(taut.explain_gradient(W, X.astype(float), y))
    assert str(taut.explain_gradient(W, X, y)) == wanted
    assert str(taut.explain_gradient(W, sparse.csr_array(X.astype(float)), y)) == wanted


def test_nothing_of_the_callers_changes():
    W, X = np.ones((2, 2)), np.ones((3, 2))
    taut.explain_gradient(W, X, [0, 1, 0], loss="softmax", l2=1.0, bias_row=0)
    assert (W == 1).all()
    assert (X == 1).all()


def test_a_loss_of_ones_own():
    class Absolute(taut.losses.Loss):
        name = "absolute"

        @staticmethod
        def row(scores, y, margin, width, grad):
            loss = 0.0
            for j in range(len(scores)):
                grad[j] = 1.0 if scores[j] > 0 else -1.0
                loss += abs(scores[j])
            return loss

        def rows(self, scores, targets):
            return np.abs(scores).sum(axis=1), np.where(scores > 0, 1.0, -1.0)

    found = taut.explain_gradient([[1.0, -2.0]], [[1.0], [3.0]], [0, 1], loss=Absolute())
    assert found.value == 6.0
    assert found.gradient.tolist() == [[2.0, -2.0]]
    assert "<script" not in found.to_html()


def test_a_step_that_is_wrong_is_refused():
    axis = Axis.of("class", None, np.arange(2), (2, 2), "all")
    with pytest.raises(ArithmeticError, match=r"Scores: entry \(1,\) is .*2.0.* but its loop form gives 1"):
        checked("S", "Scores", [1.0, 2.0], (axis,), lambda j: 1.0, formula="", loop="", why="")
    with pytest.raises(ArithmeticError):
        checked("S", "Scores", [1.0, math.nan], (axis,), lambda j: 1.0, formula="", loop="", why="")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W": [[1.0, math.nan]]}, r"W\[0, 1\] is nan"),
        ({"X": [[1.0], [math.inf]]}, r"X\[1, 0\] is inf"),
        ({"y": [0, 2]}, r"y\[1\] = 2, but W has columns for the classes 0..1 only"),
        ({"X": [[1.0, 2.0]]}, "X has 2 columns but W has 1 rows"),
        ({"l2": -1.0}, "l2 must be"),
        ({"loss": "hing"}, "unknown loss 'hing'"),
        ({"class_names": ["a"]}, "class_names holds 1 names, but there are 2"),
        ({"bias_row": 3}, "bias_row = 3"),
    ],
)
def test_refusals(change, message):
    given = {"W": [[1.0, 2.0]], "X": [[1.0], [2.0]], "y": [0, 1], **change}
    with pytest.raises(ValueError, match=message), np.errstate(invalid="ignore"):
        taut.explain_gradient(**given)


@pytest.fixture
def net():
    """W1, b1, W2, b2 on integers, so that hidden values of exactly 0 are common."""
    rng = np.random.default_rng(11)
    shapes = {"W1": (3, 4), "b1": (4,), "W2": (4, 3), "b2": (3,)}
    W = {name: rng.integers(-1, 2, shape).astype(float) for name, shape in shapes.items()}
    return W, rng.integers(-1, 2, (8, 3)).astype(float), rng.integers(0, 3, 8)


@pytest.mark.parametrize("weights", [None, np.arange(8.0)])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_network(net, loss, weights):
    options = {"loss": loss, "l2": 0.3, "margin": 1.5, "sample_weight": weights}
    found = taut.explain_gradient(*net, **options)
    value, gradients, dX = taut.loss_and_gradient(*net, wrt=("W", "X"), **options)
    assert math.isclose(found.value, value, rel_tol=1e-13)
    for name, true in {**gradients, "X": dX}.items():
        np.testing.assert_allclose(found.gradients[f"d{name}"], true, rtol=1e-12, atol=1e-14)
    U = next(step.array for step in found.steps if step.name == "U")
    assert (U == 0.0).any()
    assert max(map(len, str(found).splitlines())) <= 80


def test_a_network_that_does_not_fit(net):
    W, X, y = net
    with pytest.raises(ValueError, match="W as a mapping holds the arrays W1, b1, W2, b2"):
        taut.explain_gradient({"W1": W["W1"]}, X, y)
    with pytest.raises(ValueError, match=r"b1\[2\] is nan"):
        taut.explain_gradient({**W, "b1": [0.0, 0.0, math.nan, 0.0]}, X, y)


def test_to_dict_is_json():
    found = taut.explain_gradient([[1.0, -2.0]], [[1.0], [3.0]], [0, 1], loss="softmax")
    facts = json.loads(json.dumps(found.to_dict()))
    assert facts["value"] == found.value
    assert facts["steps"][-1]["name"] == "dX"
    assert found._repr_html_().startswith("<pre")
