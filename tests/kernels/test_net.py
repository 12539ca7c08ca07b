"""Steps of the net by the compiled kernel: against the batches written out in float64, and bit for bit by threads."""

import threading
import time

import numpy as np
import pytest

import taut
from taut.kernels._panels import HEIGHT
from taut.kernels._tickets import COUNTS, await_done, draw, hand_in, resting_place
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import TwoLayer
from taut.objective import NetRisk
from taut.solvers import SGD, Adam

SHAPES = [(1, 1, 2), (7, 5, 3), (8, 3, 11), (64, 50, 10), (100, 33, 17), (130, 12, 2), (17, 129, 9)]
"""Columns, hidden units, classes: whole tiles and vectors, less than one, and what is left over."""


@pytest.fixture(autouse=True)
def never_small(monkeypatch):
    monkeypatch.setattr("taut.models._two_layer.is_small", lambda matrix, k: False)


def drawn(d, hidden, k, dtype=np.float64, *, n=61, loss="softmax", seed=0, threads=1, weights=True, **moved):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 256, (n, d), dtype=np.uint8) if dtype is np.uint8 else rng.normal(size=(n, d)).astype(dtype)
    y = rng.integers(0, k, n)
    weights = rng.choice([0.0, 0.5, 1.0, 3.0], n) if weights else None
    model = TwoLayer(d, hidden, k)
    matrix = as_matrix(X, **moved)
    theta = model.drawn(np.random.RandomState(seed), mean_square=d)
    theta += 0.1 * rng.normal(size=model.size)
    return NetRisk(matrix, y, make_loss(loss), model, 0.03, weights, threads), theta.astype(matrix.dtype)


def by_kernel(risk, theta, solver, epochs=2):
    steps, theta = solver.iterates(risk, theta.copy()), None
    for _ in range(epochs):
        iterate = next(steps)
    return iterate.theta, iterate.value


def written_out(risk, theta, solver, epochs=2):
    """Every batch from the definition, a row at a time, in float64."""
    model, X = risk.model, risk.matrix.written_out(slice(0, len(risk.targets)))
    theta, n = theta.astype(np.float64), len(risk.counted)
    rng, update = np.random.default_rng(solver.seed), solver.rule(theta)
    for _ in range(epochs):
        order, total = rng.permutation(risk.counted), 0.0
        for begin in range(0, n, solver.batch_size):
            rows = order[begin : begin + solver.batch_size]
            gradient = np.zeros(model.size)
            for i in rows:
                W1, b1, W2, b2 = model.views(theta)
                dW1, db1, dW2, db2 = model.views(gradient)
                h = np.maximum(0, X[i] @ W1 + b1)
                slopes = np.zeros(model.k)
                loss = type(risk.loss).row(h @ W2 + b2, risk.targets[i], risk.loss.margin, 0.0, slopes)
                share = risk.all_weights[i] * n / risk.weight_sum
                total, slopes = total + share * loss, slopes * share / len(rows)
                back = np.where(h > 0, W2 @ slopes, 0.0)
                dW1 += np.outer(X[i], back)
                db1 += back
                dW2 += np.outer(h, slopes)
                db2 += slopes
            for part in model.penalised(np.arange(model.size)):
                gradient[part.ravel()] += risk.l2 * theta[part.ravel()]
            update.plain(theta, gradient, solver.learning_rate)
    return theta, total / n + risk.penalty(theta)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", ["softmax", "hinge", "squared_hinge"])
@pytest.mark.parametrize("shape", SHAPES)
def test_steps_are_those_written_out(shape, loss, dtype):
    rate = 5e-4 if loss == "squared_hinge" else 0.02
    solvers = [SGD(rate, batch_size=13, momentum=0.7, seed=3), Adam(0.01, batch_size=61, seed=1)]
    if dtype is np.float32 and loss != "softmax":
        solvers.pop()  # sums that cancel are rounding there, and Adam's steps are their signs
    for solver in solvers:
        risk, theta = drawn(*shape, dtype, loss=loss)
        assert risk.compiles_steps
        found, value = by_kernel(risk, theta, solver)
        wanted, total = written_out(risk, theta, solver)
        room = 1e-10 if dtype is np.float64 else 2e-3 if isinstance(solver, Adam) else 3e-5  # Adam divides by roots
        np.testing.assert_allclose(found, wanted, rtol=0, atol=room * np.abs(wanted).max())
        assert value == pytest.approx(total, rel=room)
        assert np.abs(found - theta).max() > 1e-3
        assert found.dtype == dtype


@pytest.mark.parametrize("batch", [1, 5, HEIGHT, 60, 200, 1300])
def test_batches_of_all_sizes(batch):
    risk, theta = drawn(9, 8, 4, n=1231)
    solver = SGD(0.01, batch_size=batch, momentum=0.5)
    found, value = by_kernel(risk, theta, solver, epochs=1)
    wanted, total = written_out(risk, theta, solver, epochs=1)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-10)
    assert value == pytest.approx(total, rel=1e-10)


@pytest.mark.parametrize("threads", [2, 3, 7])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_bit_depends_on_the_threads(threads, dtype):
    for shape in ((300, 40, 10), (20, 200, 3)):
        for solver in (SGD(0.02, batch_size=100, momentum=0.7), Adam(0.01, batch_size=70)):
            found = []
            for count in (1, threads):
                risk, theta = drawn(*shape, dtype, n=1500, threads=count)
                steps = risk.model.stepper(risk.sample._replace(threads=count), risk.loss, solver.batch_size, risk.l2)
                order = np.random.default_rng(0).permutation(risk.counted)
                moves = solver.rule(theta).moves(theta, 0.01, -(-len(order) // solver.batch_size))
                found.append((steps(theta, order, moves).tobytes(), theta.tobytes()))
            assert found[0] == found[1]


@pytest.mark.parametrize("moved", [{}, {"scale": 1 / 255}, {"shift": 7.0, "scale": 0.01}, {"shift": 100.0}])
def test_bytes_are_scaled_while_they_are_gathered(moved):
    risk, theta = drawn(20, 9, 3, np.uint8, **moved)
    solver = SGD(1e-4, batch_size=20)
    found, _ = by_kernel(risk, theta, solver)
    wanted, _ = written_out(risk, theta, solver)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-4 * np.abs(wanted).max())


def test_calls_are_cut_between_batches(monkeypatch):
    """A call holds off Ctrl-C: many short ones do the same as a long one."""
    found = []
    for at_once in (2**35, 1):
        monkeypatch.setattr("taut.models._two_layer.MULTIPLICATIONS_AT_ONCE", at_once)
        risk, theta = drawn(9, 8, 4, n=100)
        found.append(by_kernel(risk, theta, Adam(0.01, batch_size=30)))
    assert found[0][0].tobytes() == found[1][0].tobytes()
    assert found[0][1] == found[1][1]


def test_a_nan_shows():
    risk, theta = drawn(9, 8, 4)
    theta[0] = np.nan
    _, value = by_kernel(risk, theta, SGD(0.01, batch_size=30), epochs=1)
    assert np.isnan(value)


def test_other_kinds_of_x_take_plain_products():
    risk, theta = drawn(9, 8, 4)
    X = risk.matrix.written_out(slice(0, 61))
    for other in (np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2]):
        matrix = as_matrix(other)
        plain = NetRisk(matrix, risk.targets, risk.loss, risk.model, risk.l2, risk.weights, 1)
        assert not plain.compiles_steps
        solver = SGD(0.02, batch_size=13)
        found, wanted = by_kernel(plain, theta, solver)[0], by_kernel(risk, theta, solver)[0]
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Stopped by max_iter")
def test_a_fit_is_the_same_by_any_number_of_threads():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(3000, 90)), rng.integers(0, 4, 3000)
    fits = [
        taut.TwoLayerClassifier(90, max_iter=2, n_threads=threads, random_state=0, tol=0.0).fit(X, y)
        for threads in (1, 2)
    ]
    assert fits[0].W1_.tobytes() == fits[1].W1_.tobytes()


def test_tickets_are_drawn_once_and_phases_wait():
    """Four threads, ten phases of five tickets: no phase begins before the last one has ended."""
    counts, drawn_by, lock = np.zeros(COUNTS, dtype=np.int64), [], threading.Lock()
    draw(counts.copy()), await_done(counts, 0, 0), hand_in(counts.copy())  # compiled before they race
    together = threading.Barrier(4)

    def work():
        together.wait()
        while (ticket := draw(counts)) < 50:
            await_done(counts, ticket // 5 * 5, resting_place())
            time.sleep(1e-3 * (ticket % 3))  # whoever does not wait is ahead of the others now
            with lock:
                drawn_by.append(ticket)
            hand_in(counts)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(drawn_by) == list(range(50))
    assert [ticket // 5 for ticket in drawn_by] == [at // 5 for at in range(50)]
