"""The network against the same sums written as loops, on every kind of X."""

import math

import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_limits

from taut.losses import LOSSES, make_loss
from taut.matrix import as_matrix
from taut.models import TwoLayer
from taut.objective import NetRisk

STORAGES = {
    "dense": np.ascontiguousarray,
    "fortran": np.asfortranarray,
    "csr": sparse.csr_array,
}


@pytest.fixture(autouse=True)
def one_blas_thread():
    with threadpool_limits(1):
        yield


def draw(seed, n=7, d=4, h=5, k=3):
    rng = np.random.default_rng(seed)
    X = rng.integers(-3, 4, (n, d)).astype(float)
    model = TwoLayer(d, h, k)
    # Halves, so that some hidden values are exactly 0: the derivative there is 0.
    theta = rng.integers(-3, 4, model.size) / 2
    return model, theta, X, rng.integers(0, k, n), rng.random(n)


def loop_form(model, theta, X, y, s, row, margin, l2):
    """Loss and gradients with no array operation at all."""
    W1, b1, W2, b2 = (part.tolist() for part in model.views(theta))
    d, h, k = model.d, model.hidden, model.k
    dW1, dW2 = [[0.0] * h for _ in range(d)], [[0.0] * k for _ in range(h)]
    db1, db2, dX = [0.0] * h, [0.0] * k, np.zeros(X.shape)
    total, S = 0.0, math.fsum(s)
    for i in range(len(y)):
        before = [b1[u] + sum(X[i, j] * W1[j][u] for j in range(d)) for u in range(h)]
        unit = [max(0.0, z) for z in before]
        scores = [b2[c] + sum(unit[u] * W2[u][c] for u in range(h)) for c in range(k)]
        slopes = np.zeros(k)
        total += s[i] / S * row(np.array(scores), int(y[i]), margin, 0.0, slopes)
        for c in range(k):
            a = s[i] / S * slopes[c]
            db2[c] += a
            for u in range(h):
                dW2[u][c] += unit[u] * a
                if before[u] > 0:
                    db1[u] += a * W2[u][c]
                    for j in range(d):
                        dW1[j][u] += X[i, j] * a * W2[u][c]
                        dX[i, j] += W1[j][u] * a * W2[u][c]
    for table, grown in ((W1, dW1), (W2, dW2)):
        for r, line in enumerate(table):
            for c, weight in enumerate(line):
                total += 0.5 * l2 * weight * weight
                grown[r][c] += l2 * weight
    return total, np.concatenate([np.ravel(part) for part in (dW1, db1, dW2, db2)]), dX


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("loss", LOSSES)
def test_equals_the_loop_form(loss, storage):
    made = make_loss(loss, margin=0.5)
    for seed in range(10):
        model, theta, X, y, s = draw(seed)
        want = loop_form(model, theta, X, y, s, type(made).row, 0.5, 0.3)
        risk = NetRisk(as_matrix(STORAGES[storage](X)), y, made, model, 0.3, s)
        dX = np.empty(X.shape)
        value, gradient = risk.value_and_gradient(theta, input_gradient=dX)
        assert value == pytest.approx(want[0], rel=1e-12)
        np.testing.assert_allclose(gradient, want[1], rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(dX, want[2], rtol=1e-11, atol=1e-12)
        assert risk.value(theta) == pytest.approx(want[0], rel=1e-12)


def test_pixels_are_integers():
    model, theta, _, y, _ = draw(0)
    X = np.random.default_rng(3).integers(0, 256, (7, 4)).astype(np.uint8)
    made, shift = make_loss("softmax"), np.array([100.0, 90.0, 120.0, 130.0])
    pixels = NetRisk(as_matrix(X, scale=1 / 64, shift=shift, dtype=np.float64), y, made, model, 0.1)
    floats = NetRisk(as_matrix((X - shift) / 64), y, made, model, 0.1)
    assert pixels.value_and_gradient(theta)[0] == pytest.approx(floats.value_and_gradient(theta)[0], rel=1e-13)
    np.testing.assert_allclose(pixels.value_and_gradient(theta)[1], floats.value_and_gradient(theta)[1], rtol=1e-12)


def test_many_rows_add_up_and_threads_change_no_bit():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(3000, 40)), rng.integers(0, 3, 3000)
    model = TwoLayer(40, 200, 3)
    theta = rng.normal(size=model.size) * 0.1
    made = make_loss("softmax")
    one, two = (
        NetRisk(as_matrix(X), y, made, model, 0.1, None, threads).value_and_gradient(theta) for threads in (1, 2)
    )
    assert one[0] == two[0]
    assert one[1].tobytes() == two[1].tobytes()
    total, gradient = model.block(theta, X, made, y, np.ones(3000))
    risk = NetRisk(as_matrix(X), y, made, model, 0.0)
    value, mean = risk.value_and_gradient(theta)
    assert value == pytest.approx(total / 3000, rel=1e-12)
    np.testing.assert_allclose(mean, gradient / 3000, rtol=1e-9, atol=1e-13)


def test_targets_are_whatever_the_loss_takes():
    """Rows of numbers instead of class codes: the model hands them on."""
    from taut.losses import Loss

    class Distance(Loss):
        name = "distance"

        def rows(self, scores, targets):
            return 0.5 * ((scores - targets) ** 2).sum(axis=1), scores - targets

    model, theta, X, _, s = draw(1)
    T = np.random.default_rng(1).normal(size=(7, 3))
    risk = NetRisk(as_matrix(X), T, Distance(), model, 0.0, s)
    value, gradient = risk.value_and_gradient(theta)
    W1, b1, W2, b2 = model.views(theta)
    scores = np.maximum(0, X @ W1 + b1) @ W2 + b2
    assert value == pytest.approx(0.5 * s @ ((scores - T) ** 2).sum(axis=1) / s.sum())
    np.testing.assert_allclose(model.views(gradient)[3], s @ (scores - T) / s.sum())
    assert risk.start == pytest.approx(0.5 * s @ (T**2).sum(axis=1) / s.sum())


def test_nothing_is_proved_and_it_says_why():
    model, theta, X, y, _ = draw(2)
    risk = NetRisk(as_matrix(X), y, make_loss("softmax"), model, 0.1)
    found = risk.certificate(theta)
    assert found.primal == pytest.approx(risk.value_and_gradient(theta)[0])
    assert found.dual == -math.inf
    assert found.gap == math.inf
    assert "not convex" in found.why
    assert not risk.has_bound
    assert risk.start == pytest.approx(math.log(3))


def test_the_evaluator_uses_its_arrays_again():
    model, theta, X, y, s = draw(4)
    evaluate = model.evaluator(7, np.dtype(float))
    value, gradient = evaluate(theta, X, make_loss("softmax"), y, s)
    kept = gradient.copy()
    other = evaluate(theta, X[:3], make_loss("softmax"), y[:3], s[:3])[1]
    assert other is gradient
    assert evaluate(theta, X, make_loss("softmax"), y, s)[0] == value
    np.testing.assert_array_equal(gradient, kept)


def test_pieces_name_where_the_scores_are_linear():
    """Along a line on which no piece changes its sign scores are an affine function, and beyond one they bend."""
    rng = np.random.default_rng(3)
    model, block = TwoLayer(3, 4, 2), rng.normal(size=(5, 3))
    theta = rng.normal(size=model.size)
    b1 = model.views(theta)[1]
    here = model.pieces(theta, block)
    assert here.shape == (5, 4)
    b1 -= here[0, 2] - 1e-3  # row 0 comes close to the kink of unit 2
    here = model.pieces(theta, block)
    assert here[0, 2] == pytest.approx(1e-3)

    def along(step):
        moved = theta.copy()
        model.views(moved)[1][2] += step
        return model.pieces(moved, block), model.scores(moved, block)

    for step, bends in ((5e-4, False), (2e-3, True)):
        (ahead, up), (behind, down) = along(step), along(-step)
        crossed = (np.sign(ahead) != np.sign(behind)).any(axis=1)
        assert crossed[0] == bends
        curved = np.abs(up + down - 2 * model.scores(theta, block)).max(axis=1) > 1e-9
        assert curved.tolist() == crossed.tolist()
