"""The public call: what it leaves out of the penalty, and what it refuses."""

import numpy as np
import pytest
from scipy import sparse

from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.objective import loss_and_gradient

W = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
X = np.array([[1.0, 2.0], [0.5, 0.0]])


def test_the_example_of_the_docstring_by_hand():
    """Row 0: s = (1, 2, −1), y = 1: m = (0, −2). Row 1: s = (.5, 0, −.5), y = 2: m = (2, 1.5)."""
    loss, dW = loss_and_gradient(W, X, [1, 2])
    assert loss == (0 + 3.5) / 2
    assert dW.tolist() == [[0.25, 0.25, -0.5], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize("bias_row", [0, 1, -1, -2])
def test_bias_row(bias_row):
    kept = W.copy()
    kept[bias_row] = 0
    plain = loss_and_gradient(W, X, [1, 2])
    value, dW = loss_and_gradient(W, X, [1, 2], l2=0.5, bias_row=bias_row)
    assert value == plain[0] + 0.25 * (kept**2).sum()
    np.testing.assert_array_equal(dW, plain[1] + 0.5 * kept)


def test_a_loss_object_brings_its_own_margin():
    for margin in (0.0, 2.5):
        by_name = loss_and_gradient(W, X, [1, 2], margin=margin)
        by_object = loss_and_gradient(W, X, [1, 2], loss=make_loss("hinge", margin=margin))
        assert by_name[0] == by_object[0]


def test_the_gradient_belongs_to_the_caller():
    first = loss_and_gradient(W, X, [1, 2], wrt=("W", "X"))
    kept = [a.copy() for a in first[1:]]
    first[1][:] = first[2][:] = 9.0
    again = loss_and_gradient(W, X, [1, 2], wrt=("W", "X"))
    for a, b in zip(again[1:], kept, strict=True):
        np.testing.assert_array_equal(a, b)
    assert all(a.flags.writeable for a in again[1:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": [1]}, "shape"),
        ({"y": [1, 2, 0]}, "shape"),
        ({"y": [[1, 2]]}, "shape"),
        ({"y": [1, 3]}, r"y\[1\] = 3"),
        ({"y": [-1, 0]}, r"y\[0\] = -1"),
        ({"y": [0.0, 1.0]}, "dtype"),
        ({"y": ["a", "b"]}, "dtype"),
        ({"W": W[:1]}, "columns"),
        ({"W": W[0]}, "W must"),
        ({"W": W + 0j}, "W must"),
        ({"W": None}, "W is None"),
        ({"X": X[0]}, "two dimensions"),
        ({"X": X + 0j}, "real"),
        ({"X": np.array([["a", "b"]] * 2)}, "real"),
        ({"X": X[:0], "y": np.zeros(0, dtype=int)}, "nothing"),
        ({"l2": -1.0}, "l2"),
        ({"l2": np.nan}, "l2"),
        ({"margin": -1.0}, "margin"),
        ({"loss": "l1"}, "unknown loss"),
        ({"sample_weight": [1.0]}, "shape"),
        ({"sample_weight": [1.0, -1.0]}, "not negative"),
        ({"sample_weight": [0.0, 0.0]}, "zero"),
        ({"sample_weight": [np.nan, 1.0]}, "finite"),
        ({"bias_row": 2}, "bias_row"),
        ({"bias_row": -3}, "bias_row"),
        ({"wrt": "b"}, "wrt"),
        ({"wrt": ("W", "scores")}, "wrt"),
        ({"wrt": "scores"}, "W=None"),
    ],
)
def test_refusals(change, message):
    call = {"W": W, "X": X, "y": [1, 2]} | change
    with pytest.raises(ValueError, match=message):
        loss_and_gradient(call.pop("W"), call.pop("X"), call.pop("y"), **call)


def test_no_penalty_with_scores():
    with pytest.raises(ValueError, match="l2=0"):
        loss_and_gradient(None, X, [0, 1], l2=1.0, wrt="scores")


def test_a_matrix_brings_its_type_and_scale():
    pixels = np.array([[0, 255], [51, 102]], dtype=np.uint8)
    matrix = as_matrix(pixels, scale=1 / 255, shift=51.0, dtype=np.float64)
    want = loss_and_gradient(W, (pixels.astype(float) - 51.0) / 255, [1, 2])
    got = loss_and_gradient(W, matrix, [1, 2])
    assert got[0] == pytest.approx(want[0], rel=1e-14)
    np.testing.assert_allclose(got[1], want[1], rtol=1e-13)
    narrow = loss_and_gradient(W, as_matrix(pixels, scale=1 / 255), [1, 2])
    assert narrow[1].dtype == np.float64  # result_type(W, X), and uint8 follows W
    assert loss_and_gradient(W.astype(np.float32), as_matrix(pixels, scale=1 / 255), [1, 2])[1].dtype == np.float32


def test_nothing_is_printed(capsys):
    loss_and_gradient(W, sparse.csr_array(X), [1, 2])
    assert capsys.readouterr() == ("", "")
