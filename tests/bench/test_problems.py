"""Problems: reproducible, of the type asked for, the same in another process, and refused where they make no sense."""

import dataclasses

import numpy as np
import pytest
from scipy import sparse

import taut
from taut.bench import DTYPES, SHAPES, Problem, dataset_makers, synthetic_makers
from taut.data import DataError


def kinds():
    return [
        ("dense", "float32"),
        ("dense", "float64"),
        ("sparse", "float32"),
        ("sparse", "float64"),
        ("pixels", "uint8"),
    ]


def dense(X):
    return X.toarray() if sparse.issparse(X) else X


@pytest.mark.parametrize(("name", "dtype"), kinds())
def test_the_same_for_the_same_seed(small, name, dtype):
    one, same, other = small(name, dtype), small(name, dtype), small(name, dtype, seed=1)
    assert one.dtype == dtype
    assert one.W.dtype == ("float32" if dtype == "uint8" else dtype)
    assert (one.n, one.d) == one.X.shape
    np.testing.assert_array_equal(dense(one.X), dense(same.X))
    np.testing.assert_array_equal(one.W, same.W)
    assert (dense(one.X) != dense(other.X)).any()


@pytest.mark.parametrize(("name", "dtype"), kinds())
def test_scores_have_about_unit_variance(small, name, dtype):
    problem = small(name, dtype)
    scores = problem.matrix().block(slice(0, problem.n)) @ problem.W
    assert 0.3 < scores.std() < 3.0


@pytest.mark.parametrize(("name", "dtype"), kinds())
def test_another_process_finds_the_same(small, tmp_path, name, dtype):
    problem = small(name, dtype)
    problem.write(tmp_path)
    found = dataclasses.replace(Problem.loaded(tmp_path), name=name)
    assert (found.dtype, found.scale, found.stored_bytes) == (problem.dtype, problem.scale, problem.stored_bytes)
    np.testing.assert_array_equal(dense(found.X), dense(problem.X))
    for given, read in ((problem.y, found.y), (problem.W, found.W), (problem.shift, found.shift)):
        np.testing.assert_array_equal(given, read)


def test_sparse_indices_are_sorted(small):
    assert small("sparse", "float64").X.has_canonical_format


def test_a_float32_copy_holds_what_the_pixels_mean(small):
    problem = small("pixels", "uint8")
    copy = problem.as_float32()
    np.testing.assert_allclose(copy.X, (problem.X - problem.X.mean(axis=0)) / 255, atol=1e-6)
    assert (copy.dtype, copy.scale, copy.shift) == ("float32", None, None)


def test_every_shape_comes_in_floats_and_pictures_in_bytes():
    pairs = [(make.args[0], make.args[2]) for make in synthetic_makers(None, DTYPES)]
    assert len(pairs) == 2 * len(SHAPES) + 2
    assert {name for name, dtype in pairs if dtype == "uint8"} == {"cifar10", "mnist"}


def test_bytes_are_for_pictures():
    with pytest.raises(ValueError, match="cifar10 and mnist, not for tall"):
        synthetic_makers(["mnist", "tall"], ["uint8"])


def test_labels_of_a_data_set_become_codes():
    dataset = taut.read("iris")
    problems = [make() for make in dataset_makers(dataset, ["float32", "float64"])]
    assert [(problem.name, problem.dtype, problem.k) for problem in problems] == [
        ("iris", "float32", 3),
        ("iris", "float64", 3),
    ]
    assert problems[0].y.dtype == np.int64
    np.testing.assert_array_equal(np.unique(dataset.y)[problems[0].y], dataset.y)
    np.testing.assert_array_equal(problems[1].X, dataset.X)


def test_unsorted_indices_of_a_data_set_are_sorted():
    parts = (np.array([1.0, 2.0, 3.0]), np.array([1, 0, 1]), np.array([0, 2, 3]))
    given = dataclasses.replace(taut.read("iris"), X=sparse.csr_array(parts, shape=(2, 2)), y=np.array([0, 1]))
    (make,) = dataset_makers(given, ["float64"])
    problem = make()
    assert problem.X.indices.tolist() == [0, 1, 1]
    assert given.X.indices.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("changes", "dtype", "error", "words"),
    [
        ({"y": np.zeros(150, dtype=np.int64)}, "float32", DataError, "iris: every row is of class 0; two classes"),
        ({"y": None}, "float32", DataError, "no target column"),
        ({}, "uint8", ValueError, "uint8 asks for a file of bytes, such as pixels; iris holds float64"),
        ({"X": np.full((150, 2), np.nan)}, "float64", DataError, "iris: row 1, feature column 1 holds nan"),
    ],
)
def test_data_that_cannot_be_timed(changes, dtype, error, words):
    with pytest.raises(error, match=words):
        dataset_makers(dataclasses.replace(taut.read("iris"), **changes), [dtype])
