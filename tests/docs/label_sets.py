"""What the pages of the losses of label sets have in common, by plain loops over rows: held against taut."""

import math

import numpy as np

import taut
from docs.numeric import slope


def parts(inside):
    """Numbers of the labels that belong and of those that do not."""
    return np.flatnonzero(inside), np.flatnonzero(~inside)


def pairs(inside):
    """How many pairs of a label that belongs and one that does not."""
    k, l = parts(inside)  # noqa: E741 - the letters of the page
    return len(k) * len(l)


def sum_over_pairs(c, inside):
    """Σ e^{c_l − c_k}, by a loop over pairs."""
    k, l = parts(inside)  # noqa: E741 - the letters of the page
    return sum(math.exp(c[b] - c[a]) for a in k for b in l)


def sums(c, inside):
    """a = log Σ e^{c_l} outside and b = log Σ e^{−c_k} inside."""
    return math.log(sum(np.exp(c[~inside]))), math.log(sum(np.exp(-c[inside])))


def slopes(case, outside_slope, inside_slope):
    """The matrix A of two formulas."""
    rows = zip(case.S, case.Y, strict=True)
    return np.array(
        [[(inside_slope if inside[j] else outside_slope)(c, inside, j) for j in range(case.K)] for c, inside in rows]
    )


def blocks(first, second):
    """A matrix with two blocks on its diagonal."""
    n = len(first)
    H = np.zeros((n + len(second),) * 2)
    H[:n, :n], H[n:, n:] = first, second
    return H


def by_taut(name, scores, Y, **options):
    """Value and slopes of one row of scores, or of several."""
    single = np.ndim(scores) == 1
    value, slopes = taut.loss_and_gradient(
        None, np.atleast_2d(scores), np.atleast_2d(Y), loss=name, wrt="scores", **options
    )
    return value, slopes[0] if single else slopes


def check_value(name, case, value, **options):
    """A formula of the value of a row, against taut's."""
    for c, inside in zip(case.S, case.Y, strict=True):
        np.testing.assert_allclose(value(c, inside), by_taut(name, c, inside, **options)[0], rtol=1e-12)


def check_slopes(name, case, formula, value, part, **options):
    """A formula of the slopes of the labels inside (part 0) or outside (1), against taut's and against differences."""
    for c, inside in zip(case.S, case.Y, strict=True):
        moved = slope(lambda s, inside=inside: value(s, inside), c)
        for j in parts(inside)[part]:
            found = formula(c, inside, j)
            np.testing.assert_allclose(found, by_taut(name, c, inside, **options)[1][j], rtol=1e-11)
            np.testing.assert_allclose(found, moved[j], atol=1e-8)


def check_gradient(name, case, A, value, **options):
    """dW = XᵀA/N + l2 W and dX = AWᵀ/N, against taut's and against differences of the mean of a row's value."""
    N = len(case.X)
    dW, dX = case.X.T @ A / N + case.l2 * case.W, A @ case.W.T / N
    _, theirs, of_inputs = taut.loss_and_gradient(
        case.W, case.X, case.Y, loss=name, l2=case.l2, wrt=("W", "X"), **options
    )
    np.testing.assert_allclose(dW, theirs, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(dX, of_inputs, rtol=1e-10, atol=1e-14)

    def mean(W, X):
        return np.mean([value(c, inside) for c, inside in zip(X @ W, case.Y, strict=True)])

    np.testing.assert_allclose(dW, slope(lambda W: mean(W, case.X), case.W) + case.l2 * case.W, atol=1e-7)
    np.testing.assert_allclose(dX, slope(lambda X: mean(case.W, X), case.X), atol=1e-7)


def check_hessian(name, case, formula):
    """Second derivatives with the labels outside first, against differences of taut's slopes; never negative."""
    for c, inside in zip(case.S, case.Y, strict=True):
        order = np.concatenate(parts(inside)[::-1])
        found = formula(c, inside)
        steps = 1e-6 * np.eye(len(c))
        rows = [(by_taut(name, c + h, inside)[1] - by_taut(name, c - h, inside)[1]) / 2e-6 for h in steps]
        np.testing.assert_allclose(found, np.array(rows)[np.ix_(order, order)], atol=1e-8)
        assert np.linalg.eigvalsh(found)[0] >= -1e-12
        yield np.linalg.eigvalsh(found)[-1]


def check_conjugate(name, case, conjugate, outside):
    """ℓ*(a) = a·c − ℓ(c) where a is the slope at c, which is the supremum of a convex ℓ, and no other c has more.

    Slopes are all of the inside of the set; ``outside`` holds points off it, with a direction in which a·c − ℓ(c)
    grows for ever.
    """
    rng = np.random.default_rng(0)
    for c, inside in zip(case.S, case.Y, strict=True):
        for spread in (0.1, 1.0, 3.0):
            at = spread * c
            value, a = by_taut(name, at, inside)
            np.testing.assert_allclose(conjugate(a, inside), a @ at - value, rtol=1e-9, atol=1e-9)
            for other in at + rng.standard_normal((20, len(c))) * 2:
                assert a @ other - by_taut(name, other, inside)[0] <= conjugate(a, inside) + 1e-9
    for inside, a, way in outside:
        inside, a, way = np.array(inside, dtype=bool), np.array(a), np.array(way)
        heights = [a @ (t * way) - by_taut(name, t * way, inside)[0] for t in (10.0, 20.0, 40.0)]
        assert heights[0] + 0.5 < heights[1]
        assert heights[1] + 1.0 < heights[2]


def check_left_out(name, case, *, ranks, **options):
    """Rows without any label, or with all: of weight 0 where the loss ranks, else like any other."""
    S = np.vstack([case.S, case.S[:2]])
    Y = np.vstack([case.Y, np.zeros((1, case.K), dtype=bool), np.ones((1, case.K), dtype=bool)])
    value, slopes = by_taut(name, S, Y, **options)
    alone, of_these = by_taut(name, case.S, case.Y, **options)
    if ranks:
        np.testing.assert_allclose(value, alone, rtol=1e-13)
        np.testing.assert_allclose(slopes[:-2], of_these, rtol=1e-13)
        assert not slopes[-2:].any()
    else:
        assert slopes[-2:].all()


def entropy(w):
    """Σ w log w, with 0 log 0 = 0."""
    w = np.atleast_1d(w)
    return float(np.sum(w * np.log(np.where(w > 0, w, 1.0))))
