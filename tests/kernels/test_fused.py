"""The fused kernels against the vectorised form, which the laws hold against loops and exact fractions."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from scipy import sparse

from taut.losses import LOSSES, Loss, make_loss
from taut.matrix import _dense, as_matrix
from taut.models import Linear, _linear
from taut.objective import Risk

SHAPES = [(1, 3, 2), (7, 1, 5), (67, 13, 3), (521, 10, 10), (1543, 31, 7), (2053, 5, 26)]


@pytest.fixture
def switch(monkeypatch):
    """Evaluate the same risk by the fused kernels and by plain products."""

    def both(risk, theta):
        monkeypatch.setattr(_linear, "SMALL_PRODUCT", 0)
        fused = risk.value_and_gradient(theta)
        monkeypatch.setattr(_linear, "SMALL_PRODUCT", 10**18)
        return fused, risk.value_and_gradient(theta)

    return both


def problem(n, d, k, *, seed=0, grid=False):
    rng = np.random.default_rng(seed)
    X = rng.integers(-2, 3, (n, d)).astype(float) if grid else rng.normal(size=(n, d))
    theta = rng.integers(-1, 2, (d + 1) * k).astype(float) if grid else rng.normal(size=(d + 1) * k)
    return X, rng.integers(0, k, n), rng.integers(0, 4, n).astype(float), theta


def risk_of(X, y, k, name="hinge", *, weights=None, intercept=True, threads=None, width=0.0):
    loss = make_loss(name).rounded(width)
    return Risk(as_matrix(X), y, loss, Linear(X.shape[1], k, intercept), 0.1, weights, threads)


def close(fused, plain, tolerance):
    assert fused[0] == pytest.approx(plain[0], rel=tolerance)
    np.testing.assert_allclose(fused[1], plain[1], rtol=tolerance, atol=tolerance * np.abs(plain[1]).max())


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("width", [0.0, 0.7])
@pytest.mark.parametrize(("n", "d", "k"), SHAPES)
def test_dense_float64(switch, name, width, n, d, k):
    for grid in (False, True):  # on the grid many margins are exactly 0
        X, y, weights, theta = problem(n, d, k, seed=n, grid=grid)
        weights[0] = 1.0
        fused, plain = switch(risk_of(X, y, k, name, weights=weights, width=width), theta)
        close(fused, plain, 1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_without_intercept_and_weights(switch, name):
    X, y, _, theta = problem(1100, 9, 4)
    fused, plain = switch(risk_of(X, y, 4, name, intercept=False), theta[:36])
    close(fused, plain, 1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_float32(switch, name):
    X, y, weights, theta = problem(1500, 40, 6)
    fused, plain = switch(risk_of(X.astype(np.float32), y, 6, name, weights=weights), 0.1 * theta)
    close(fused, plain, 3e-5)


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("real", [np.float32, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_csr(switch, name, real, index):
    rng = np.random.default_rng(5)
    X, y, weights, theta = problem(1301, 60, 5)
    X[rng.random(X.shape) < 0.9] = 0.0
    X[[0, 17, 1300]] = 0.0  # empty rows, the first and the last among them
    stored = sparse.csr_array(X.astype(real))
    stored.indices, stored.indptr = stored.indices.astype(index), stored.indptr.astype(index)
    fused, plain = switch(risk_of(stored, y, 5, name, weights=weights), 0.3 * theta)
    close(fused, plain, 1e-12 if real is np.float64 else 3e-5)


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(np.asfortranarray, id="Fortran order"),
        pytest.param(lambda X: np.repeat(X, 2, axis=1)[:, ::2], id="strided"),
        pytest.param(lambda X: X[::-1].copy()[::-1], id="reversed"),
    ],
)
def test_memory_order_changes_no_bit(monkeypatch, stored):
    monkeypatch.setattr(_linear, "SMALL_PRODUCT", 0)
    X, y, weights, theta = problem(1543, 31, 7)
    value, gradient = risk_of(X, y, 7, weights=weights).value_and_gradient(theta)
    again = risk_of(stored(X), y, 7, weights=weights).value_and_gradient(theta)
    assert again[0] == value
    np.testing.assert_array_equal(again[1], gradient)


def test_uint8_with_scale_and_shift(switch):
    rng = np.random.default_rng(1)
    pixels, y = rng.integers(0, 256, (1200, 50)).astype(np.uint8), rng.integers(0, 10, 1200)
    mean = pixels.mean(axis=0)
    theta = rng.normal(size=510)
    copy = ((pixels.astype(np.float64) - mean) / 255).astype(np.float32)
    fused, _ = switch(
        Risk(as_matrix(pixels, scale=1 / 255, shift=mean), y, make_loss("hinge"), Linear(50, 10), 0.1), theta
    )
    _, plain = switch(risk_of(copy, y, 10), theta)
    assert fused[0] == pytest.approx(plain[0], rel=1e-6)
    np.testing.assert_allclose(fused[1], plain[1], atol=1e-5)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(("n", "d", "k"), [(1, 3, 2), (67, 13, 3), (1543, 31, 7), (600, 5, 26)])
def test_inputs_gradient(monkeypatch, name, n, d, k):
    X, y, weights, theta = problem(n, d, k)
    weights[0] = 1.0
    risk, results = risk_of(X, y, k, name, weights=weights), []
    for small in (0, 10**18):
        monkeypatch.setattr(_linear, "SMALL_PRODUCT", small)
        dX = np.full((n, d), np.nan)
        value, gradient = risk.value_and_gradient(theta, input_gradient=dX)
        results.append((value, gradient, dX))
    close(results[0][:2], results[1][:2], 1e-12)
    np.testing.assert_allclose(results[0][2], results[1][2], rtol=1e-12, atol=1e-12 * np.abs(results[1][2]).max())


@pytest.mark.parametrize("name", ["softmax", "squared"])
@pytest.mark.parametrize("kind", ["dense", "csr", "uint8", "Fortran order"])
@pytest.mark.parametrize("intercept", [False, True])
def test_hessian_product(monkeypatch, name, kind, intercept):
    X, y, weights, theta = problem(1543, 31, 7)
    X = (np.abs(X) * 60).astype(np.uint8) if kind == "uint8" else X
    X = np.asfortranarray(X) if kind == "Fortran order" else X
    X = sparse.csr_array(np.where(X > 0.8, X, 0.0)) if kind == "csr" else X
    stored = as_matrix(X, scale=0.02, shift=30.0, dtype=np.float64) if kind == "uint8" else as_matrix(X)
    model = Linear(31, 7, intercept)
    theta, v = 0.1 * theta[: model.size], np.random.default_rng(8).normal(size=model.size)
    risk, results = Risk(stored, y, make_loss(name), model, 0.1, weights), []
    for small in (0, 10**18):
        monkeypatch.setattr(_linear, "SMALL_PRODUCT", small)
        product, cost = risk.hessian(theta, risk.loss)
        assert cost == 1.0
        results.append(product(v))
    np.testing.assert_allclose(results[0], results[1], rtol=1e-11, atol=1e-11 * np.abs(results[1]).max())


@pytest.mark.parametrize("kind", ["dense", "Fortran order", "csr", "uint8"])
def test_read_only_arrays(switch, kind):
    X, y, weights, theta = problem(1100, 12, 4)
    X = (np.abs(X) * 60).astype(np.uint8) if kind == "uint8" else np.asfortranarray(X) if kind != "dense" else X
    stored = sparse.csr_array(X) if kind == "csr" else X
    for array in (stored.data, stored.indices, stored.indptr) if kind == "csr" else (stored,):
        array.flags.writeable = False
    for array in (y, weights, theta):
        array.flags.writeable = False
    fused, plain = switch(risk_of(stored, y, 4, weights=weights), theta)
    close(fused, plain, 1e-5 if kind == "uint8" else 1e-12)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("kind", ["dense", "float32", "csr", "uint8", "blas"])
def test_bits_do_not_depend_on_threads(monkeypatch, kind, name):
    monkeypatch.setattr(_linear, "SMALL_PRODUCT", 0)
    if kind == "blas":
        monkeypatch.setattr(_dense, "CACHED_WEIGHTS", 0)
    k = 70 if kind == "blas" else 10
    X, y, weights, theta = problem(9001, 23, k)
    stored = {
        "dense": X,
        "blas": X,
        "float32": X.astype(np.float32),
        "csr": sparse.csr_array(np.where(X > 0.8, X, 0.0)),
        "uint8": (np.abs(X) * 60).astype(np.uint8),
    }[kind]
    results = [
        risk_of(stored, y, k, name, weights=weights, threads=n).value_and_gradient(theta) for n in (1, 2, 3, 7, 2, 7)
    ]
    for value, gradient in results[1:]:
        assert value == results[0][0]
        np.testing.assert_array_equal(gradient, results[0][1])


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("at", [(0, 0), (700, 3), (1542, 8)])
def test_nan_is_never_a_satisfied_margin(monkeypatch, name, at):
    monkeypatch.setattr(_linear, "SMALL_PRODUCT", 0)
    X, y, _, theta = problem(1543, 9, 4)
    X[at] = np.nan
    value, gradient = risk_of(X, y, 4, name).value_and_gradient(theta)
    assert np.isnan(value)
    assert np.isnan(gradient).any()


FORKING = """
import os
import numpy as np
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import Linear, _linear
from taut.objective import Risk

_linear.SMALL_PRODUCT = 0
rng = np.random.default_rng(0)
X, y = rng.normal(size=(3000, 9)), rng.integers(0, 4, 3000)
risk = Risk(as_matrix(X), y, make_loss("hinge"), Linear(9, 4), 0.1, None, 2)
theta = rng.normal(size=40)
expected = risk.value_and_gradient(theta)[0]
child = os.fork()
if child == 0:
    os._exit(risk.value_and_gradient(theta)[0] != expected)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_computes_the_same():
    # In a process of its own: what other tests have loaded may not survive a fork.
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING], check=False).returncode == 0


def test_two_python_threads_at_once(monkeypatch):
    monkeypatch.setattr(_linear, "SMALL_PRODUCT", 0)
    X, y, _, theta = problem(4000, 9, 4)
    expected = risk_of(X, y, 4).value_and_gradient(theta)[0]
    seen = []

    def evaluate():
        seen.extend(risk_of(X, y, 4, threads=2).value_and_gradient(theta)[0] for _ in range(20))

    threads = [threading.Thread(target=evaluate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 40


def halved_row(scores, y, margin, width, grad):
    """A user's own loss: half the squared distance of the right score from the margin."""
    for j in range(len(scores)):
        grad[j] = 0.0
    grad[y] = scores[y] - margin
    return 0.5 * grad[y] * grad[y]


class Halved(Loss):
    name, kinked, piecewise = "halved", False, True
    row = staticmethod(halved_row)

    def rows(self, scores, targets):
        gradient = np.zeros_like(scores)
        everyone = np.arange(len(targets))
        gradient[everyone, targets] = scores[everyone, targets] - self.margin
        return 0.5 * gradient[everyone, targets] ** 2, gradient

    def conjugate(self, dual, targets):
        slope = dual[np.arange(len(targets)), targets]
        return 0.5 * slope**2 + self.margin * slope

    def pieces(self, scores, targets):
        return np.zeros((len(targets), 0))

    def hessian(self, scores, targets):
        raise NotImplementedError

    def row_curvature(self, scores, targets):
        return np.full(len(targets), 1.0 / scores.shape[1])


def test_a_loss_of_ones_own_is_compiled_too(switch):
    X, y, weights, theta = problem(1500, 12, 4)
    risk = Risk(as_matrix(X), y, Halved(margin=2.0), Linear(12, 4), 0.1, weights)
    fused, plain = switch(risk, theta)
    close(fused, plain, 1e-12)


def test_small_problems_compile_nothing():
    code = (
        "import sys, numpy as np, taut;"
        "taut.LinearClassifier('softmax').fit(np.eye(30), np.arange(30) % 3);"
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
