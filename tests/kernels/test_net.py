"""Steps of the net by the compiled kernel: against the batches written out in float64, and bit for bit by threads."""

import threading
import time

import numpy as np
import pytest

import taut
from taut.kernels._panels import HEIGHT
from taut.kernels._tickets import WORDS, await_done, hand_in, nth_unit, resting_place, take
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


@pytest.fixture(params=[2**20, 1], ids=["rows own all", "columns have owners"])
def owners(request, monkeypatch):
    """Both ways to deal a batch, whatever its size."""
    monkeypatch.setattr("taut.kernels._net.W1_WORK", request.param)
    monkeypatch.setattr("taut.kernels._net.ROWS_WORK", request.param)
    return request.param


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
def test_steps_are_those_written_out(shape, loss, dtype, owners):
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
def test_batches_of_all_sizes(batch, owners):
    risk, theta = drawn(19, 8, 4, n=1231)
    solver = SGD(0.01, batch_size=batch, momentum=0.5)
    found, value = by_kernel(risk, theta, solver, epochs=1)
    wanted, total = written_out(risk, theta, solver, epochs=1)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-10)
    assert value == pytest.approx(total, rel=1e-10)


def test_long_batches_of_wide_rows(owners):
    risk, theta = drawn(301, 5, 3, n=602)
    solver = SGD(0.001, batch_size=601, momentum=0.5)
    found, _ = by_kernel(risk, theta, solver)
    wanted, _ = written_out(risk, theta, solver)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-10)


@pytest.mark.parametrize("threads", [2, 3, 7])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_bit_depends_on_the_threads(threads, dtype, owners):
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
def test_bytes_are_scaled_while_they_are_gathered(moved, owners):
    risk, theta = drawn(20, 9, 3, np.uint8, **moved)
    solver = SGD(1e-4, batch_size=20)
    found, _ = by_kernel(risk, theta, solver)
    wanted, _ = written_out(risk, theta, solver)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-4 * np.abs(wanted).max())


def test_calls_are_cut_between_batches(monkeypatch, owners):
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


@pytest.mark.parametrize(("units", "threads"), [(1, 1), (1, 4), (3, 2), (8, 3), (5, 5), (7, 12)])
def test_a_thread_looks_at_its_own_units_first_and_at_all(units, threads):
    first = []
    for thread in range(threads):
        order = [nth_unit(i, units, thread, threads) for i in range(units)]
        assert sorted(order) == list(range(units))
        first += order[: (thread + 1) * units // threads - thread * units // threads]
    assert first == list(range(units))


@pytest.mark.parametrize("late", [0.0, 0.02, 10.0])
def test_units_are_done_once_a_phase_and_phases_wait(late):
    """Four threads, ten phases of five units: no phase begins before the last one has ended, whoever comes late."""
    counts, done_by, lock = np.zeros(2 * 5 * WORDS, dtype=np.int64), [], threading.Lock()
    take(counts.copy(), 0, 0), await_done(counts, 0, 0, 0, 0), hand_in(counts.copy(), 0, 0)  # compiled before they race
    all_there, over = threading.Barrier(4), threading.Event()

    def work(thread):
        all_there.wait()
        if thread == 3:
            over.wait(late)
        for phase in range(10):
            times, base = divmod(phase, 2)
            await_done(counts, 5 - 5 * base, 10 - 5 * base, times + base, resting_place())
            for i in range(5):
                unit = 5 * base + nth_unit(i, 5, thread, 4)
                if take(counts, unit, times):
                    time.sleep(1e-3 * (unit % 3))  # whoever does not wait is ahead of the others now
                    with lock:
                        done_by.append((phase, unit))
                    hand_in(counts, unit, times + 1)
        over.set()

    workers = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [phase for phase, _ in done_by] == [at // 5 for at in range(50)]
    assert sorted(done_by) == [(phase, 5 * (phase % 2) + unit) for phase in range(10) for unit in range(5)]
