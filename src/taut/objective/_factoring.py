"""Three ways to the factor of the normal equations: exact where it is cheap, fast where it is safe."""

import numpy as np
from scipy import linalg
from scipy.linalg import lapack

from taut._typing import FloatArray
from taut.matrix import Matrix
from taut.objective._normal_equations import EPS, Centring, NormalEquations, Orthogonal, Singular, Triangular

FEW_ENTRIES, FEW_STEPS = 2_000_000, 50_000_000
"""Entries of the data with the penalty's rows below them, and multiplications, up to which the data themselves are
factored and not their square: some 20 ms."""

SAFE = 1e-9
"""A square of the data is trusted while its reciprocal condition stays above this, and while centring leaves at least
this share of a column's mean square; below, the data are factored by orthogonal steps."""


CONSTANT = 1e-13
"""A column whose centred entries are at most this share of its own is rounding: it is constant."""


def factored(
    matrix: Matrix, weights: FloatArray, l2: float, *, intercept: bool, centred: bool, threads: int
) -> NormalEquations:
    """The factor of H for these data, dense: (d + 1)² numbers.

    Parameters
    ----------
    matrix : Matrix
        Computed in float64.
    weights : ndarray of shape (n,)
        s_i.
    l2 : float
    intercept, centred : bool
        Whether there is an intercept, and whether it is taken at the mean of the data or at 0.
    threads : int
    """
    n, d = matrix.shape
    share = weights / weights.sum()
    if (n + d) * (d + 1) <= FEW_ENTRIES and (n + d) * (d + 1) ** 2 <= FEW_STEPS:
        return _from_rows(matrix, share, l2, intercept=intercept, centred=centred)
    squared = _from_squares(matrix, share, l2, intercept=intercept, centred=centred, threads=threads)
    return squared or _from_triangles(matrix, share, l2, intercept=intercept, centred=centred)


def _from_rows(matrix: Matrix, share: FloatArray, l2: float, *, intercept: bool, centred: bool) -> NormalEquations:
    """By QR with column exchanges of rows sorted by size, which is stable row by row.

    References
    ----------
    A. J. Cox, N. J. Higham, "Stability of Householder QR factorization for weighted least squares problems", 1998.
    """
    n, d = matrix.shape
    X, root = matrix.written_out(slice(0, n)), np.sqrt(share)
    mean = share @ X if intercept and centred else np.zeros(d)
    rows = np.zeros((n + (d if l2 > 0 else 0), d + intercept))
    np.subtract(X, mean, out=rows[:n, :d])
    rows[:n, :d] *= root[:, None]
    if intercept:
        rows[:n, d] = root
        size = np.sqrt(share @ X**2)
        rows[:n, :d][:, np.linalg.norm(rows[:n, :d], axis=0) <= CONSTANT * size] = 0.0
    if l2 > 0:
        rows[n:, :d][np.diag_indices(d)] = np.sqrt(l2)
    scale = _positive(np.linalg.norm(rows, axis=0))
    rows /= scale
    order = np.argsort(-np.abs(rows).max(axis=1, initial=0.0), kind="stable")
    data = rows[order]
    left, upper, exchanged = linalg.qr(data, mode="economic", pivoting=True, check_finite=False)
    centring, diagonal = Centring(mean, intercept), np.abs(np.diag(upper))
    full = len(diagonal) == len(scale) and diagonal[-1] > 100 * max(rows.shape) * EPS * diagonal[0]
    if not full:
        unsorted = np.empty_like(upper)
        unsorted[:, exchanged] = upper
        return NormalEquations(centring, scale, Singular.of(unsorted, len(rows)))
    factor = Triangular(upper, exchanged, float((diagonal[0] / diagonal[-1]) ** 2))
    return NormalEquations(centring, scale, factor, Orthogonal(data, left, upper, exchanged, order, root))


def _from_squares(
    matrix: Matrix, share: FloatArray, l2: float, *, intercept: bool, centred: bool, threads: int
) -> NormalEquations | None:
    """By Cholesky's factor of XᵀSX; None where that square has lost what matters."""
    second, mean = matrix.gram(share, threads)
    before = np.diag(second).copy()
    if intercept and centred:
        second -= np.outer(mean, mean)
        if (np.diag(second) < SAFE * before).any():
            return None
    else:
        mean = np.zeros_like(mean) if not intercept else mean
    second[np.diag_indices_from(second)] += l2
    if intercept:
        edge = np.zeros((1, len(mean))) if centred else mean[None, :]
        second = np.block([[second, edge.T], [edge, np.ones((1, 1))]])
    scale = _positive(np.sqrt(np.diag(second)))
    second /= scale
    second /= scale[:, None]
    try:
        upper = linalg.cholesky(second, lower=False, overwrite_a=True, check_finite=False)
    except linalg.LinAlgError:
        return None
    size = np.abs(second).sum(axis=0).max()
    reciprocal, _ = lapack.dpocon(upper, size)
    if not reciprocal > SAFE:
        return None
    centring = Centring(mean if centred else np.zeros_like(mean), intercept)
    return NormalEquations(centring, scale, Triangular(upper, np.arange(len(scale)), 1.0 / float(reciprocal)))


def _from_triangles(matrix: Matrix, share: FloatArray, l2: float, *, intercept: bool, centred: bool) -> NormalEquations:
    """By a triangular factor that takes up block after block, and its singular values."""
    n, d = matrix.shape
    first, second = matrix.column_moments(share)
    mean = first if intercept and centred else np.zeros(d)
    root = np.zeros((0, d + intercept))
    if l2 > 0:
        root = np.sqrt(l2) * np.eye(d, d + intercept)
    for rows in matrix.superblocks():
        part = matrix.written_out(rows) - mean
        if intercept:
            part = np.concatenate([part, np.ones((len(part), 1))], axis=1)
        part *= np.sqrt(share[rows])[:, None]
        root = linalg.qr(np.concatenate([root, part]), mode="r", check_finite=False)[0][: d + intercept]
    if l2 == 0.0 and intercept:
        root[:, :d][:, np.linalg.norm(root[:, :d], axis=0) <= CONSTANT * np.sqrt(second)] = 0.0
    scale = _positive(np.linalg.norm(root, axis=0))
    return NormalEquations(Centring(mean, intercept), scale, Singular.of(root / scale, n))


def _positive(sizes: FloatArray) -> FloatArray:
    """Sizes, 1 where there is none."""
    return np.where(sizes > 0, sizes, 1.0)
