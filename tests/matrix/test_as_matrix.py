"""as_matrix: what comes out of a block is what went in, in every form; and what is refused."""

import itertools

import numpy as np
import pytest
from scipy import sparse

from taut.matrix import CSR, Dense, Matrix, as_matrix


def dense(block):
    return block.toarray() if sparse.issparse(block) else np.asarray(block)


def integers(n=11, d=4, seed=1200):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 4, size=(n, d)).astype(float) * (rng.random((n, d)) < 0.6)


FORMS = {
    "float64": lambda X: X,
    "float32": lambda X: X.astype(np.float32),
    "uint8": lambda X: X.astype(np.uint8),
    "int16": lambda X: X.astype(np.int16),
    "bool": lambda X: X.astype(bool),
    "float16": lambda X: X.astype(np.float16),
    "fortran": np.asfortranarray,
    "list": lambda X: X.tolist(),
    "csr": sparse.csr_array,
    "csr32": lambda X: sparse.csr_array(X.astype(np.float32)),
    "csc": sparse.csc_matrix,
    "coo": sparse.coo_array,
    "csr_int": lambda X: sparse.csr_array(X.astype(np.int64)),
    "csr_bool": lambda X: sparse.csr_array(X.astype(bool)),
}
COMPUTED = {"float32": np.float32, "uint8": np.float32, "csr32": np.float32}


@pytest.mark.parametrize("form", FORMS)
def test_blocks_and_rows(form):
    X = integers()
    if "bool" in form:
        X = (X != 0).astype(float)
    matrix = as_matrix(FORMS[form](X))
    assert isinstance(matrix, Matrix)
    assert isinstance(matrix, CSR if form.startswith(("c",)) else Dense)
    assert matrix.shape == (11, 4)
    assert matrix.dtype == COMPUTED.get(form, np.float64)
    for rows in (slice(0, 11), slice(3, 7), slice(4, 4), slice(10, 11)):
        block = matrix.block(rows)
        assert block.dtype == matrix.dtype
        np.testing.assert_array_equal(dense(block), X[rows])
    for rows in ([2], [5, 1, 1, 10], []):
        np.testing.assert_array_equal(dense(matrix.take(np.array(rows, dtype=np.int64))), X[rows])
    assert as_matrix(matrix) is matrix


@pytest.mark.parametrize("n", [1, 511, 512, 1023, 1024, 1537, 8191, 8192, 20011])
def test_superblocks_partition_the_rows(n):
    matrix = as_matrix(np.zeros((n, 1)))
    parts = matrix.superblocks()
    assert np.concatenate([np.arange(n)[p] for p in parts]).tolist() == list(range(n))
    assert 1 <= len(parts) <= 16
    sizes = [p.stop - p.start for p in parts]
    assert max(sizes) - min(sizes) <= 1
    assert len(parts) == 1 or min(sizes) >= 512
    seen = [(rows, block.shape) for rows, block in matrix.blocks()]
    assert seen == [(p, (p.stop - p.start, 1)) for p in parts]


@pytest.mark.parametrize(
    ("n", "d", "share"), [(1, 3, 1.0), (700, 20, 0.5), (5000, 40, 0.3), (3000, 2000, 0.01), (9, 4, 0)]
)
def test_sparse_superblocks_hold_equal_shares_of_the_entries(n, d, share):
    rng = np.random.default_rng(n)
    X = sparse.random_array((n, d), density=share, rng=rng, format="csr")
    parts = as_matrix(X).superblocks()
    assert np.concatenate([np.arange(n)[p] for p in parts]).tolist() == list(range(n))
    entries = [int(X.indptr[p.stop] - X.indptr[p.start]) for p in parts]
    assert max(entries) - min(entries) <= 2 * d
    assert len(parts) <= max(2, X.nnz / (16 * d))


@pytest.mark.parametrize("form", [f for f in FORMS if "bool" not in f])
def test_moments(form):
    X = integers()
    w = np.random.default_rng(1201).integers(0, 3, 11).astype(float) ** 2  # squares: a root of them is exact too
    matrix = as_matrix(FORMS[form](X))
    second, first = matrix.gram(w, 2)
    np.testing.assert_array_equal(second, X.T @ (w[:, None] * X))  # integers: exact in float32 too
    np.testing.assert_array_equal(first, w @ X)
    assert second.dtype == first.dtype == np.float64
    once, squares = matrix.column_moments(w)
    np.testing.assert_array_equal(once, w @ X)
    np.testing.assert_array_equal(squares, w @ X**2)
    assert once.dtype == squares.dtype == np.float64


def test_no_copy_where_none_is_needed():
    for X in (np.ones((600, 3)), np.ones((600, 3), dtype=np.float32), np.asfortranarray(np.ones((600, 3)))):
        matrix = as_matrix(X)
        for rows, block in matrix.blocks():
            assert np.shares_memory(block, X), rows
    bytes_ = np.ones((600, 3), dtype=np.uint8)
    assert np.shares_memory(as_matrix(bytes_).array, bytes_)
    for index in (np.int32, np.int64):
        X = sparse.csr_array(np.ones((1200, 3)))
        X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
        for _, block in as_matrix(X).blocks():
            assert np.shares_memory(block.data, X.data)
            assert np.shares_memory(block.indices, X.indices)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [None, 0.5, [1.0, 2.0, -0.25, 8.0]])
@pytest.mark.parametrize("shift", [None, 2.0, [0.0, 1.0, 2.0, 3.0]])
def test_scale_and_shift(dtype, scale, shift):
    X = integers()
    want = (X - (0 if shift is None else np.asarray(shift))) * (1 if scale is None else np.asarray(scale))
    for stored in (X.astype(np.uint8), X, X.astype(np.float32), np.asfortranarray(X)):
        kept = stored.copy()
        matrix = as_matrix(stored, scale=scale, shift=shift, dtype=dtype)
        assert matrix.dtype == dtype
        np.testing.assert_array_equal(matrix.block(slice(2, 9)), want[2:9])
        np.testing.assert_array_equal(matrix.take(np.array([8, 0])), want[[8, 0]])
        np.testing.assert_array_equal(matrix.gram(np.ones(11), 1)[0], want.T @ want)
        np.testing.assert_array_equal(stored, kept)
    if shift is None:
        X_sparse = sparse.csr_array(X)
        kept = X_sparse.data.copy()
        np.testing.assert_array_equal(as_matrix(X_sparse, scale=scale, dtype=dtype).block(slice(0, 11)).toarray(), want)
        np.testing.assert_array_equal(X_sparse.data, kept)


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_duplicates_are_summed_in_a_copy(index):
    X = sparse.csr_array(
        (np.array([1.0, 2.0, 4.0]), np.array([1, 0, 1], dtype=index), np.array([0, 3, 3], dtype=index)),
        shape=(2, 3),
    )
    block = as_matrix(X).block(slice(0, 2))
    assert block.toarray().tolist() == [[2.0, 5.0, 0.0], [0.0, 0.0, 0.0]]
    assert X.indices.tolist() == [1, 0, 1]
    assert X.data.tolist() == [1.0, 2.0, 4.0]
    assert X.indices.dtype == index


def shuffled(X, rng):
    """The same matrix, the entries of each row in another order."""
    X = sparse.csr_array(X)
    for begin, end in itertools.pairwise(X.indptr):
        order = begin + rng.permutation(end - begin)
        X.data[begin:end], X.indices[begin:end] = X.data[order], X.indices[order]
    return sparse.csr_array((X.data, X.indices, X.indptr), shape=X.shape)


@pytest.mark.parametrize("rows", [40, 3000])
def test_unsorted_rows_are_used_as_they_lie_unless_they_repeat_a_column(rows):
    rng = np.random.default_rng(3)
    dense = rng.normal(size=(rows, 6)) * (rng.random((rows, 6)) < 0.6)
    X = shuffled(dense, rng)
    assert not X.has_sorted_indices
    X.data.flags.writeable = X.indices.flags.writeable = False
    matrix = as_matrix(X)
    assert np.shares_memory(matrix.array.data, X.data)
    np.testing.assert_array_equal(matrix.written_out(slice(0, rows)), dense)
    weights = rng.random(rows)
    np.testing.assert_allclose(matrix.gram(weights, 1)[0], dense.T @ (weights[:, None] * dense), atol=1e-9)
    np.testing.assert_allclose(
        matrix.column_moments(weights, 2), [weights @ dense, weights @ dense**2], rtol=1e-10, atol=1e-12
    )
    np.testing.assert_array_equal(matrix.take(np.array([5, 2])).toarray(), dense[[5, 2]])
    *_, heights = matrix.column_heights()
    np.testing.assert_array_equal(heights, np.abs(dense).max(axis=0))
    assert matrix.nonzeros == np.count_nonzero(dense) == as_matrix(dense).nonzeros
    assert not X.has_sorted_indices
    for row in (0, rows - 1):  # one column twice, in the first rows and in the last ones
        twice = sparse.csr_array(X.copy())
        begin = twice.indptr[row] if row == 0 else twice.indptr[row + 1] - 2
        twice.indices[begin + 1] = twice.indices[begin]
        summed = as_matrix(twice)
        assert not np.shares_memory(summed.array.data, twice.data)
        assert summed.array.has_canonical_format
        np.testing.assert_allclose(summed.written_out(slice(0, rows)), twice.toarray())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_first_non_finite(bad, dtype):
    rng = np.random.default_rng(1202)
    for n in (5, 1500):
        for row, column in ((0, 0), (n - 1, 3), (n // 2, 1)):
            X = rng.normal(size=(n, 4)).astype(dtype)
            assert as_matrix(X).first_unusable() is None
            assert as_matrix(sparse.csr_array(X)).first_unusable() is None
            X[row, column] = bad
            X[n - 1, 3] = bad
            for stored in (X, np.asfortranarray(X), sparse.csr_array(X)):
                got = as_matrix(stored).first_unusable()
                assert got[:2] == (row, column)
                assert got[2] == bad or (np.isnan(bad) and np.isnan(got[2]))


def test_infinities_that_cancel_are_found():
    X = np.array([[1.0, np.inf], [-np.inf, 0.0]])
    assert as_matrix(X).first_unusable() == (0, 1, np.inf)


def test_entries_whose_squares_overflow_are_found():
    assert as_matrix(np.full((9, 9), 1e150)).first_unusable() is None
    assert as_matrix(np.full((9, 9), 1e15, dtype=np.float32)).first_unusable() is None
    huge = np.zeros((9, 9))
    huge[4, 2] = -1.7e308
    assert as_matrix(huge).first_unusable() == (4, 2, -1.7e308)
    assert as_matrix(sparse.csr_array(huge)).first_unusable() == (4, 2, -1.7e308)
    assert as_matrix((huge / 1e288).astype(np.float32)).first_unusable()[:2] == (4, 2)
    assert as_matrix(np.full((9, 9), 255, dtype=np.uint8)).first_unusable() is None


@pytest.mark.parametrize(
    ("X", "options", "message"),
    [
        (np.zeros(3), {}, "two dimensions"),
        (np.zeros((2, 2, 2)), {}, "two dimensions"),
        (np.zeros((2, 2), dtype=complex), {}, "real"),
        (np.array([["a", "b"]]), {}, "real"),
        (np.array([[None, 1.0]], dtype=object), {}, "real"),
        (sparse.csr_array(np.eye(2, dtype=complex)), {}, "real"),
        (sparse.csr_array(np.eye(2)), {"shift": 1.0}, "shift"),
        (np.eye(2), {"scale": 0.0}, "scale"),
        (np.eye(2), {"scale": [1.0, np.nan]}, "scale"),
        (np.eye(2), {"shift": np.inf}, "shift"),
        (np.eye(2), {"scale": [1.0, 1.0, 1.0]}, "scale"),
        (as_matrix(np.eye(2)), {"scale": 2.0}, "already"),
    ],
)
def test_refusals(X, options, message):
    with pytest.raises(ValueError, match=message):
        as_matrix(X, **options)


@pytest.mark.parametrize("index", [[0, 5], [0, -1]])
def test_an_index_out_of_range_reads_no_foreign_memory(index):
    X = sparse.csr_array((np.ones(2), np.array([0, 1]), np.array([0, 1, 2])), shape=(2, 3))
    X.indices[:] = index
    with pytest.raises(ValueError, match="ind"):
        as_matrix(X)


@pytest.mark.parametrize("shift", [1e4, 1e6])
def test_gram_of_float32_is_float64_in_fact(shift):
    """Said to be float64: a second moment that is wrong in the seventh digit is not positive definite."""
    rng = np.random.default_rng(1203)
    X = (rng.normal(size=(600, 3)) + shift).astype(np.float32)
    exact = X.astype(float)
    second, first = as_matrix(X).gram(np.ones(600), 2)
    np.testing.assert_allclose(second, exact.T @ exact, rtol=1e-5)
    np.testing.assert_allclose(first, exact.sum(axis=0), rtol=1e-5)
    assert (second == second.T).all()


@pytest.mark.parametrize("form", FORMS)
def test_column_heights(form):
    X = integers()
    X[4] *= -3
    given = FORMS[form](X)
    *_, heights = as_matrix(given).column_heights()
    whole = given.toarray() if sparse.issparse(given) else np.asarray(given)
    np.testing.assert_array_equal(heights, np.abs(whole.astype(float)).max(axis=0))
