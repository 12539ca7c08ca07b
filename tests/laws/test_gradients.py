"""Gradients against central differences, on segments on which no piece changes."""

import numpy as np
import pytest

import strategies
from taut.losses import make_loss
from taut.objective import loss_and_gradient

STEP = 1e-5


def same_piece(loss, one, other, targets):
    """Whether both ends of a segment lie strictly inside the same piece."""
    a, b = np.sign(loss.pieces(one, targets)), np.sign(loss.pieces(other, targets))
    return bool((a == b).all() and (a != 0).all())


def usable(kind_problems, name, wanted):
    """Problems at which no piece is near its end, with one direction each for W and for X."""
    found = 0
    rng = np.random.default_rng(7)
    for p in kind_problems:
        loss = make_loss(name, margin=p.margin)
        V, U = rng.normal(size=p.W.shape), rng.normal(size=p.X.shape)
        ends = [(p.X @ (p.W + h * V), (p.X + h * U) @ p.W) for h in (-STEP, STEP)]
        if all(same_piece(loss, ends[0][i], ends[1][i], p.y) for i in (0, 1)):
            found += 1
            yield p, V, U
        if found == wanted:
            return


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_central_differences(name):
    checked = 0
    for p, V, U in usable(strategies.problems(200, 900), name, 200):
        value, dW, dX = loss_and_gradient(p.W, p.X, p.y, loss=name, wrt=("W", "X"), **p.options)
        call = {"loss": name, "wrt": (), **p.options}
        scale = 1.0 + abs(value)

        up, down = (loss_and_gradient(p.W + h * V, p.X, p.y, **call) for h in (STEP, -STEP))
        assert (up - down) / (2 * STEP) == pytest.approx(np.vdot(dW, V), rel=1e-7, abs=1e-8 * scale)

        up, down = (loss_and_gradient(p.W, p.X + h * U, p.y, **call) for h in (STEP, -STEP))
        assert (up - down) / (2 * STEP) == pytest.approx(np.vdot(dX, U), rel=1e-7, abs=1e-8 * scale)
        checked += 1
    assert checked == 200


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_every_coordinate_of_a_few(name):
    for p, _, _ in usable(strategies.problems(201, 200, kinds=("random", "zero_column")), name, 10):
        dW, dX = loss_and_gradient(p.W, p.X, p.y, loss=name, wrt=("W", "X"), **p.options)[1:]
        call = {"loss": name, "wrt": (), **p.options}
        for which, gradient in (("W", dW), ("X", dX)):
            for at in np.ndindex(gradient.shape):
                ends = []
                for h in (STEP, -STEP):
                    moved = {"W": p.W.copy(), "X": p.X.copy()}
                    moved[which][at] += h
                    ends.append(loss_and_gradient(moved["W"], moved["X"], p.y, **call))
                assert (ends[0] - ends[1]) / (2 * STEP) == pytest.approx(gradient[at], rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_with_respect_to_the_scores(name):
    rng = np.random.default_rng(202)
    for p in strategies.problems(202, 100):
        scores = p.X @ p.W
        call = {"loss": name, "margin": p.margin, "sample_weight": p.weights}
        value, dS = loss_and_gradient(None, scores, p.y, wrt="scores", **call)
        assert type(value) is float
        assert dS.shape == scores.shape
        # dX with W = identity is dS
        other, dX = loss_and_gradient(np.eye(p.k), scores, p.y, wrt="X", **call)
        assert value == pytest.approx(other, rel=1e-14, abs=1e-300)
        np.testing.assert_allclose(dS, dX, rtol=1e-14, atol=1e-16)
        V = rng.normal(size=scores.shape)
        loss = make_loss(name, margin=p.margin)
        if same_piece(loss, scores - STEP * V, scores + STEP * V, p.y):
            up, down = (loss_and_gradient(None, scores + h * V, p.y, wrt="scores", **call)[0] for h in (STEP, -STEP))
            assert (up - down) / (2 * STEP) == pytest.approx(np.vdot(dS, V), rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_wrt_chooses_what_comes_back(name, dtype):
    p = next(strategies.problems(203, 1)).cast(dtype)
    call = {"loss": name, **p.options}
    value, dW, dX = loss_and_gradient(p.W, p.X, p.y, wrt=("W", "X"), **call)
    assert type(value) is float
    assert (dW.shape, dX.shape) == (p.W.shape, p.X.shape)
    assert dW.dtype == dX.dtype == dtype
    assert type(dW) is type(dX) is np.ndarray

    alone = loss_and_gradient(p.W, p.X, p.y, wrt=(), **call)
    assert type(alone) is float
    assert alone == value
    default = loss_and_gradient(p.W, p.X, p.y, **call)
    assert default[0] == value
    np.testing.assert_array_equal(default[1], dW)
    np.testing.assert_array_equal(loss_and_gradient(p.W, p.X, p.y, wrt="X", **call)[1], dX)
    np.testing.assert_array_equal(loss_and_gradient(p.W, p.X, p.y, wrt=("W",), **call)[1], dW)
    swapped = loss_and_gradient(p.W, p.X, p.y, wrt=("X", "W"), **call)
    np.testing.assert_array_equal(swapped[1], dX)
    np.testing.assert_array_equal(swapped[2], dW)


@pytest.mark.parametrize("name", strategies.KINKED)
def test_rounded_gradients_are_derivatives(name):
    """The rounded forms have no jump: central differences hold everywhere, to the order step / width."""
    rng = np.random.default_rng(204)
    for _ in range(200):
        n, k = int(rng.choice(strategies.SIZES)), int(rng.integers(2, 8))
        width = float(rng.choice([0.05, 0.5, 3.0]))
        loss = make_loss(name, margin=float(rng.choice(strategies.MARGINS))).rounded(width)
        scores, y = rng.normal(size=(n, k)), rng.integers(0, k, n)
        V = rng.normal(size=scores.shape)
        h = 1e-6
        _, gradient = loss.rows(scores, y)
        up, down = loss.rows(scores + h * V, y)[0], loss.rows(scores - h * V, y)[0]
        # a curvature that jumps within the step leaves an error of at most h |V|² / width a row
        bound = 1e-8 + h / width * 2 * (V**2).sum(axis=1)
        assert (np.abs((up - down) / (2 * h) - (gradient * V).sum(axis=1)) <= bound).all()


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_row_curvature_is_the_mean_second_derivative(name):
    """It only scales a preconditioner; for Crammer–Singer it is said to be approximate."""
    rng = np.random.default_rng(205)
    h = 1e-4
    for width in (0.0, 0.5):
        loss = make_loss(name).rounded(width)
        scores, y = rng.normal(size=(60, 4)), rng.integers(0, 4, 60)
        got = loss.row_curvature(scores, y)
        assert got.shape == (60,)
        assert (got >= 0).all()
        second, clean = np.zeros(60), np.ones(60, dtype=bool)
        for j in range(4):
            e = h * (np.arange(4) == j)
            (_, up), (_, down) = loss.rows(scores + e, y), loss.rows(scores - e, y)
            second += (up - down)[:, j] / (2 * h) / 4
            m = loss.pieces(scores, y)
            here = np.concatenate([m, m - width], axis=1)
            for end in (e, -e):
                moved = loss.pieces(scores + end, y)
                edges = np.concatenate([moved, moved - width], axis=1)
                clean &= (np.sign(edges) == np.sign(here)).all(axis=1)
        if name != "crammer_singer":
            assert clean.sum() > 40
            np.testing.assert_allclose(got[clean], second[clean], rtol=1e-5, atol=1e-6)
        elif width == 0.0:
            assert not got.any()
        else:  # up to twice what it is
            assert 0.9 < got[clean].mean() / second[clean].mean() < 2.1
