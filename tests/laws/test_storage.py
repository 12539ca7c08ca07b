"""However X is stored, the numbers are those of dense float64; and nothing that is passed in changes."""

import numpy as np
import pytest
from scipy import sparse

import strategies
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.objective import loss_and_gradient

N, D, K = 23, 6, 4


def integers(seed=300):
    """Small integers with many zeros, an empty row and an empty column."""
    rng = np.random.default_rng(seed)
    X = rng.integers(-3, 4, size=(N, D)).astype(float) * (rng.random((N, D)) < 0.6)
    X[4], X[:, 2] = 0.0, 0.0
    return X


def csr(X, index=np.int32):
    array = sparse.csr_array(X)
    array.indices, array.indptr = array.indices.astype(index), array.indptr.astype(index)
    return array


def unsorted_csr(X):
    array = csr(X)
    for i in range(N):
        part = slice(array.indptr[i], array.indptr[i + 1])
        array.indices[part] = array.indices[part][::-1].copy()
        array.data[part] = array.data[part][::-1].copy()
    array.has_sorted_indices = False
    return array


def duplicated_csr(X, index=np.int32):
    """Every entry x as x − 1 and 1, in one row twice."""
    rows, columns = np.nonzero(X)
    data = np.stack([X[rows, columns] - 1.0, np.ones(len(rows))], axis=1).ravel()
    indptr = np.concatenate([[0], np.cumsum(2 * (X != 0).sum(axis=1))]).astype(index)
    return sparse.csr_array((data, np.repeat(columns, 2).astype(index), indptr), shape=X.shape)


def explicit_zeros(X):
    """All entries stored, the zeros too."""
    n, d = X.shape
    indptr = np.arange(n + 1, dtype=np.int32) * d
    return sparse.csr_array((X.ravel().copy(), np.tile(np.arange(d, dtype=np.int32), n), indptr), shape=X.shape)


def duplicated_coo(X):
    rows, columns = np.nonzero(X)
    data = np.concatenate([X[rows, columns] - 2.0, np.full(len(rows), 2.0)])
    return sparse.coo_array((data, (np.tile(rows, 2), np.tile(columns, 2))), shape=X.shape)


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


FORMS = {
    "list": lambda X: X.tolist(),
    "C": lambda X: X.copy(),
    "Fortran": np.asfortranarray,
    "read_only": read_only,
    "negative_strides": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    "strided": lambda X: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
    "big_endian": lambda X: X.astype(">f8"),
    "int64": lambda X: X.astype(np.int64),
    "int8": lambda X: X.astype(np.int8),
    "csr": csr,
    "csr_int64": lambda X: csr(X, np.int64),
    "csr_matrix": sparse.csr_matrix,
    "csr_unsorted": unsorted_csr,
    "csr_duplicates": duplicated_csr,
    "csr_duplicates_int64": lambda X: duplicated_csr(X, np.int64),
    "csr_explicit_zeros": explicit_zeros,
    "csr_integers": lambda X: csr(X.astype(np.int64)),
    "csc": sparse.csc_array,
    "coo": sparse.coo_array,
    "coo_duplicates": duplicated_coo,
    "lil": sparse.lil_array,
    "dok": sparse.dok_array,
    "bsr": sparse.bsr_array,
    "dia": sparse.dia_array,
    "matrix": lambda X: as_matrix(X),
    "matrix_csr": lambda X: as_matrix(csr(X)),
    "uint8_shifted": lambda X: as_matrix((X + 3).astype(np.uint8), shift=3.0, dtype=np.float64),
    "int_scaled": lambda X: as_matrix((2 * X).astype(np.int64), scale=0.5),
}


def arrays_of(X):
    """Copies of everything that a caller could see change."""
    if isinstance(X, np.ndarray):
        return [X.copy()]
    if sparse.issparse(X):
        return [
            np.array(part, copy=True)
            for name in ("data", "indices", "indptr", "row", "col")
            if isinstance(part := getattr(X, name, None), np.ndarray)
        ]
    return []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_same_numbers_as_dense_float64(name, form):
    X = integers()
    rng = np.random.default_rng(301)
    W, y, weights = rng.normal(size=(D, K)), rng.integers(0, K, N), rng.integers(0, 3, N).astype(float)
    call = {"loss": name, "l2": 0.3, "sample_weight": weights, "bias_row": -1, "wrt": ("W", "X")}
    want = loss_and_gradient(W, X, y, **call)
    stored = FORMS[form](X)
    before = arrays_of(stored)
    got = loss_and_gradient(W, stored, y, **call)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)
    assert got[1].dtype == got[2].dtype == np.float64
    assert type(got[1]) is type(got[2]) is np.ndarray
    for now, then in zip(arrays_of(stored), before, strict=True):
        np.testing.assert_array_equal(now, then)
        assert now.dtype == then.dtype


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_broadcast_arrays(name):
    rng = np.random.default_rng(302)
    W, line = rng.normal(size=(D, K)), rng.normal(size=D)
    X, y = np.broadcast_to(line, (N, D)), np.broadcast_to(np.int64(2), (N,))
    weights = np.broadcast_to(2.0, (N,))
    got = loss_and_gradient(np.broadcast_to(W, (D, K)), X, y, loss=name, sample_weight=weights, wrt=("W", "X"))
    want = loss_and_gradient(W, np.tile(line, (N, 1)), [2] * N, loss=name, wrt=("W", "X"))
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_the_caller_keeps_everything(name):
    """W, X, y, the weights and a model's views: read-only arrays pass, writable ones keep their bits."""
    for p in strategies.problems(303, 70):
        arrays = [p.W, p.X, p.y] + ([] if p.weights is None else [p.weights])
        before = [a.copy() for a in arrays]
        loss_and_gradient(p.W, p.X, p.y, loss=name, wrt=("W", "X"), **p.options)
        scores = p.X @ p.W
        kept = scores.copy()
        loss_and_gradient(None, scores, p.y, loss=name, margin=p.margin, sample_weight=p.weights, wrt="scores")
        for now, then in zip([*arrays, scores], [*before, kept], strict=True):
            np.testing.assert_array_equal(now, then)
    for a in (p.W, p.X, p.y, scores):
        a.flags.writeable = False
    loss_and_gradient(p.W, p.X, p.y, loss=name, wrt=("W", "X"), **p.options)
    loss_and_gradient(None, scores, p.y, loss=name, wrt="scores")


TYPES = [
    # W, X -> result_type(W, X), uint8 X follows W, integers compute in float64
    (np.float32, np.float32, np.float32),
    (np.float64, np.float64, np.float64),
    (np.float32, np.float64, np.float64),
    (np.float64, np.float32, np.float64),
    (np.float32, np.uint8, np.float32),
    (np.float64, np.uint8, np.float64),
    (np.float32, np.int64, np.float64),
    (np.float64, np.int32, np.float64),
    (np.float32, np.int16, np.float32),
    (np.float32, np.bool_, np.float32),
    (np.int64, np.float32, np.float64),
    (np.int64, np.int64, np.float64),
    (np.int64, np.uint8, np.float64),
]


@pytest.mark.parametrize(("w", "x", "out"), TYPES)
@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_types(w, x, out, kind):
    rng = np.random.default_rng(304)
    X, W, y = rng.integers(0, 2, size=(9, 5)), rng.integers(-2, 3, size=(5, 3)), rng.integers(0, 3, 9)
    stored = X.astype(x) if kind == "dense" else sparse.csr_array(X.astype(x))
    value, dW, dX = loss_and_gradient(W.astype(w), stored, y, wrt=("W", "X"))
    assert dW.dtype == dX.dtype == out
    assert type(value) is float
    want = loss_and_gradient(W.astype(float), X.astype(float), y, wrt=("W", "X"))
    assert value == pytest.approx(want[0], rel=1e-6)
    np.testing.assert_allclose(dW, want[1], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(dX, want[2], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("index", [np.uint8, np.int8, np.int32, np.uint64, np.int64])
def test_types_of_y(index):
    X, W = np.eye(3), np.array([[1.0, 0.0], [0.0, 2.0], [0.5, 0.5]])
    want = loss_and_gradient(W, X, [0, 1, 1])
    got = loss_and_gradient(W, X, np.array([0, 1, 1], dtype=index))
    assert got[0] == want[0]
    np.testing.assert_array_equal(got[1], want[1])


def test_uint8_does_not_wrap():
    """255 + 255 is 510 and −255 is negative, whatever W's type."""
    X = np.array([[255, 255], [0, 200]], dtype=np.uint8)
    W = np.array([[1.0, -1.0, 0.0], [1.0, -1.0, 0.5]])
    for dtype in (np.float32, np.float64):
        got = loss_and_gradient(W.astype(dtype), X, [1, 0], wrt=("W", "X"))
        want = loss_and_gradient(W, X.astype(float), [1, 0], wrt=("W", "X"))
        for one, other in zip(got, want, strict=True):
            np.testing.assert_array_equal(one, other)  # small integers: exact in both types


@pytest.mark.parametrize("name", strategies.LOSSES)
@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_in_X_shows(name, kind, dtype):
    """A NaN row must never pass for a satisfied margin."""
    rng = np.random.default_rng(305)
    for at in range(4):
        X, W, y = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.integers(0, 3, 5)
        X[at, at] = np.nan
        X, W = X.astype(dtype), W.astype(dtype)
        value, dW = loss_and_gradient(W, sparse.csr_array(X) if kind == "sparse" else X, y, loss=name)
        assert np.isnan(value)
        assert np.isnan(dW).any()


@pytest.mark.parametrize("width", [0.0, 0.5])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_one_nan_score_shows_in_row_and_rows(name, width):
    """A NaN in one column of W spoils the row's loss wherever it stands, beside scores of any size."""
    loss = make_loss(name).rounded(width)
    for k in (2, 3, 5):
        for at in range(k):
            for y in range(k):
                scores = np.linspace(900.0, 0.0, k)
                scores[at] = np.nan
                values, _ = loss.rows(scores[None, :], np.array([y]))
                assert np.isnan(values).all(), (k, at, y)
                assert np.isnan(loss.row(scores.tolist(), y, loss.margin, loss.width, [0.0] * k)), (k, at, y)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_superblocks_change_nothing(name):
    """3000 rows are five super-blocks: their sum is the sum over all rows."""
    rng = np.random.default_rng(306)
    X, W, y = rng.normal(size=(3000, 5)), rng.normal(size=(5, 4)), rng.integers(0, 4, 3000)
    s = rng.integers(0, 3, 3000).astype(float)
    assert len(as_matrix(X).superblocks()) == 5
    value, dW, dX = loss_and_gradient(W, X, y, loss=name, sample_weight=s, wrt=("W", "X"))
    parts = [
        loss_and_gradient(W, X[i : i + 300], y[i : i + 300], loss=name, sample_weight=s[i : i + 300], wrt=("W", "X"))
        for i in range(0, 3000, 300)
    ]
    shares = np.array([s[i : i + 300].sum() for i in range(0, 3000, 300)]) / s.sum()
    assert value == pytest.approx(sum(c * p[0] for c, p in zip(shares, parts, strict=True)), rel=1e-13)
    np.testing.assert_allclose(dW, sum(c * p[1] for c, p in zip(shares, parts, strict=True)), rtol=0, atol=1e-14)
    together = np.concatenate([c * p[2] for c, p in zip(shares, parts, strict=True)])
    np.testing.assert_allclose(dX, together, rtol=1e-12, atol=1e-18)
    sparse_value, sparse_dW, sparse_dX = loss_and_gradient(
        W, sparse.csr_array(X), y, loss=name, sample_weight=s, wrt=("W", "X")
    )
    assert sparse_value == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(sparse_dW, dW, rtol=0, atol=1e-13)
    np.testing.assert_allclose(sparse_dX, dX, rtol=1e-12, atol=1e-18)
