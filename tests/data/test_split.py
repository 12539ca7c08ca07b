"""The seeded split."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from taut.data import DataError, read, split

IRIS = read("iris")


def dataset(y, sparse=False):
    X = np.arange(1.0, 2 * len(y) + 1).reshape(-1, 2)
    weight = X[:, 0].copy()
    return replace(IRIS, X=csr_array(X) if sparse else X, y=None if y is None else np.asarray(y), sample_weight=weight)


@pytest.mark.parametrize("sparse", [False, True])
def test_rows_stay_together(sparse):
    whole = dataset(np.arange(40) % 4, sparse)
    parts = split(whole, test_size=0.25)
    assert [part.X.shape[0] for part in parts] == [30, 10]
    for part in parts:
        X = part.X.toarray() if sparse else part.X
        np.testing.assert_array_equal(part.sample_weight, X[:, 0])
        np.testing.assert_array_equal(part.y, (X[:, 0] // 2) % 4)
        assert part.feature_names == whole.feature_names
    rows = np.concatenate([part.sample_weight for part in parts])
    np.testing.assert_array_equal(np.sort(rows), whole.sample_weight)


def test_seeded():
    first, again, other = (split(IRIS, random_state=seed)[1].X for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_stratified():
    test = split(IRIS, test_size=30)[1]
    assert np.unique(test.y, return_counts=True)[1].tolist() == [10, 10, 10]
    plain = split(IRIS, test_size=30, stratify=False, random_state=1)[1]
    assert np.unique(plain.y, return_counts=True)[1].tolist() != [10, 10, 10]


@given(
    counts=st.lists(st.integers(2, 30), min_size=1, max_size=6),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32),
)
def test_shares_are_as_near_as_whole_numbers_allow(counts, share, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    n_test = max(1, min(len(y) - 1, round(share * len(y))))
    test = split(dataset(y), test_size=n_test, random_state=seed)[1]
    got = np.bincount(test.y, minlength=len(counts))
    assert got.sum() == n_test
    assert np.all(np.abs(got - np.array(counts) * n_test / len(y)) < 1)


@pytest.mark.parametrize("y", [["a", "a", "a", "b"], [0.5, 1.5, 2.5, 2.5]])
def test_a_plain_split_where_shares_mean_nothing(y):
    train, test = split(dataset(y), test_size=0.5)
    assert (len(train.y), len(test.y)) == (2, 2)


def test_without_labels():
    whole = replace(IRIS, y=None)
    assert [part.y for part in split(whole)] == [None, None]


@pytest.mark.parametrize("size", [0.0, 1.0, -0.5, 1.5, float("nan")])
def test_bad_share(size):
    with pytest.raises(DataError, match=r"test_size=.*: a share must be between 0 and 1"):
        split(IRIS, test_size=size)


@pytest.mark.parametrize("size", [0, 150, -1])
def test_bad_count(size):
    with pytest.raises(DataError, match=r"test_size=.* of 150 examples leaves one part empty"):
        split(IRIS, test_size=size)
