"""svmlight files."""

import io

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array
from sklearn.datasets import dump_svmlight_file

from taut.data import DataError, read


def dumped(X, y):
    file = io.BytesIO()
    dump_svmlight_file(X, y, file, zero_based=False, comment="made by a test")
    return file.getvalue()


@pytest.mark.parametrize("prefix", [b"", b"c_"])  # text labels take the plain parser
def test_agrees_with_what_was_dumped(write, prefix):
    X = random_array((60, 30), density=0.2, rng=np.random.default_rng(0), format="csr") * 1e9
    y = np.arange(60) % 7 - 3
    lines = dumped(X, y).splitlines(keepends=True)
    content = b"".join(line if line.startswith(b"#") else prefix + line for line in lines)
    data = read(write("a.svm", content), n_features=30)
    assert isinstance(data.X, csr_array)
    assert data.X.dtype == np.float64
    assert data.X.indices.dtype == np.int32
    assert data.X.has_sorted_indices
    np.testing.assert_allclose(data.X.toarray(), X.toarray(), rtol=1e-15)
    assert data.y.tolist() == [f"c_{label}" if prefix else label for label in y.tolist()]


CONTENT = "# a comment\r\n+1 qid:3 1:0.5 3:0 # more\r\n\r\n-1\r\n2 4:1e-3"


@pytest.mark.parametrize("content", [CONTENT, CONTENT + " # _"])  # the underscore takes the plain parser
def test_details_of_the_format(write, content):
    data = read(write("a.libsvm", content))
    np.testing.assert_array_equal(data.X.toarray(), [[0.5, 0, 0, 0], [0] * 4, [0, 0, 0, 1e-3]])
    assert data.X.nnz == 3
    assert data.y.tolist() == [1, -1, 2]
    assert data.y.dtype == np.int64
    assert (data.feature_names, data.target_name, data.image_shape) == (None, None, None)


@pytest.mark.parametrize(
    ("labels", "kind", "expected"),
    [
        (["1.0", "2"], "labels", [1, 2]),
        (["1.0", "2_"], "labels", ["1.0", "2_"]),
        (["1.5", "2"], "labels", ["1.5", "2"]),
        (["spam", "ham"], "labels", ["spam", "ham"]),
        (["9007199254740993", "1"], "labels", [9007199254740993, 1]),
        (["1.0", "9007199254740993"], "labels", ["1.0", "9007199254740993"]),
        (["1.5", "2"], "numbers", [1.5, 2.0]),
    ],
)
def test_labels(write, labels, kind, expected):
    y = read(write("a.svm", "".join(f"{label} 1:2\n" for label in labels)), target_kind=kind).y
    assert y.tolist() == expected
    assert y.dtype.kind == {int: "i", str: "U", float: "f"}[type(expected[0])]


def test_whole_floats_beside_an_underscore_in_a_comment(write):
    assert read(write("a.svm", "1.0 1:2 # _\n2 1:3\n")).y.dtype == np.int64


def test_n_features_widens(write):
    assert read(write("a.svm", "1 1:2\n"), n_features=5).X.shape == (1, 5)
    assert read(write("a.svm", "1\n2\n"), n_features=5).X.shape == (2, 5)


BAD = [
    ("1 0:1\n", r"line 1: the index in '0:1': indices start at 1; if the file counts from 0, add 1"),
    ("1 1:1\n2 3:1 2:1\n", r"line 2: the index 2 comes after 3; indices must ascend"),
    ("1 1:1\n2 2:1 2:1\n", r"line 2: the index 2 occurs twice"),
    ("1 a:1\n", r"line 1: the index in 'a:1' is not an integer"),
    ("1 1.5:1\n", r"line 1: the index in '1.5:1' is not an integer"),
    ("1 -3:1\n", r"line 1: the index in '-3:1': indices start at 1$"),
    ("1 3 4:1\n", r"line 1: '3' has no colon; features are written index:value"),
    ("# c\n1 3:nan\n", r"line 2: column 3: the value in '3:nan' is not finite"),
    ("1 3:1e999\n", r"line 1: column 3: the value in '3:1e999' is not finite"),
    ("1 3:x\n", r"line 1: column 3: the value in '3:x' is not a number"),
    ("1 3:1_0\n", r"line 1: column 3: the value in '3:1_0' is not a number"),
    ("1 3:\n", r"line 1: column 3: the value in '3:' is not a number"),
    ("1 2147483648:1\n", r"line 1: the index in '2147483648:1' is larger than 2147483647"),
    ("1 99999999999999999999999:1\n", r"is larger than 2147483647"),
    ("1,3 1:0.5\n", r"line 1: '1,3' is multi-label; one label for each line"),
    ("1:2 2:3\n", r"line 1: it starts with '1:2': the label is missing"),
    ("", r"the file is empty"),
    ("# only a comment\n", r"the file holds no examples"),
    ("1\n2\n", r"the file holds no features"),
    ("1 1:2\0\n", r"line 1: a NUL byte"),
    (b"1 1:2\nd\xe9 1:2\n", r"line 2: byte 1 of the line is not UTF-8"),
]


@pytest.mark.parametrize(("content", "message"), BAD)
def test_bad_files(write, content, message):
    with pytest.raises(DataError, match=message):
        read(write("bad.svmlight", content))


def test_more_features_than_expected(write):
    with pytest.raises(DataError, match="line 3: the index 7 is larger than the 5 features expected"):
        read(write("a.svm", "1 1:1\n\n2 3:1 7:2\n"), n_features=5)


def test_a_label_that_is_no_number(write):
    with pytest.raises(DataError, match="line 2: the target 'nan' is not finite"):
        read(write("a.svm", "1 1:1\nnan 1:1\n"), target_kind="numbers")
    assert read(write("a.svm", "1 1:1\nnan 1:1\n")).y.tolist() == ["1", "nan"]


@pytest.mark.parametrize("options", [{"target": "a"}, {"weight": 1}, {"drop": ["a"]}])
def test_there_are_no_columns_to_choose(write, options):
    with pytest.raises(DataError, match=r"svmlight has no columns, so \w+="):
        read(write("a.svm", "1 1:1\n"), **options)
