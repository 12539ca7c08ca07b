"""Parquet tables."""

import datetime
import decimal
import sys

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from taut.data import DataError, read


@pytest.fixture
def save(tmp_path):
    def saving(columns):
        path = tmp_path / "a.parquet"
        parquet.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path)
        return path

    return saving


def table(**more):
    return {"a": [1, 2, 3], "b": [0.5, 1.5, 2.5], "c": [True, False, True], "kind": ["x", "y", "x"]} | more


def test_table(save):
    data = read(save(table()))
    np.testing.assert_array_equal(data.X, [[1, 0.5, 1], [2, 1.5, 0], [3, 2.5, 1]])
    assert data.X.dtype == np.float64
    assert data.X.flags.c_contiguous
    assert data.y.tolist() == ["x", "y", "x"]
    assert data.feature_names == ("a", "b", "c")
    assert data.target_name == "kind"


def test_roles(save):
    data = read(save(table()), target="a", weight=2, drop=["kind"])
    assert data.y.tolist() == [1, 2, 3]
    assert data.sample_weight.tolist() == [0.5, 1.5, 2.5]
    assert data.feature_names == ("c",)
    assert read(save(table(y=[1.0, 2.0, 3.5])), drop=["kind"], target_kind="numbers").y.tolist() == [
        1,
        2,
        3.5,
    ]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["x", "y", "x"]).dictionary_encode(),
        pa.array(["x", "y", "x"], pa.large_string()),
    ],
)
def test_text_labels(save, column):
    y = read(save(table(kind=column))).y
    assert y.tolist() == ["x", "y", "x"]
    assert y.dtype.kind == "U"


@pytest.mark.parametrize("column", [pa.array([0, 1, 0], pa.int8()), [False, True, False], [0.0, 1.0, 0.0]])
def test_integer_labels(save, column):
    assert read(save(table(kind=column))).y.tolist() == [0, 1, 0]
    assert read(save(table(kind=column))).y.dtype == np.int64


def test_float32_is_kept(save):
    columns = {"a": pa.array([1, 2], pa.float32()), "y": [0, 1]}
    assert read(save(columns)).X.dtype == np.float32


def test_the_index_of_pandas_is_no_feature(save):
    assert read(save(table(__index_level_0__=[5, 6, 7])), target="kind").feature_names == ("a", "b", "c")


def test_to_predict_no_target_is_needed(save):
    path = save({"a": [1, 2], "b": [3, 4]})
    assert read(path, require_target=False, target="kind").X.shape == (2, 2)
    path = save({"a": [1, 2], "y": ["x", None]})
    assert read(path, require_target=False).y is None


BAD = [
    (
        table(a=[1, None, 3]),
        {},
        r"row 2 \(counted from 1\): column 'a': the cell is empty \(null\).*--drop a",
    ),
    (table(b=[1, 2, float("nan")]), {}, r"row 3 \(counted from 1\): column 'b': nan is not finite"),
    (
        table(a=["u", "v", "w"]),
        {},
        r"column 'a': text feature: encode it as numbers or leave the column out.*--drop a",
    ),
    (table(a=pa.array(["u", "v", "w"]).dictionary_encode()), {}, r"column 'a': text feature"),
    (table(a=[[1], [2], [3]]), {}, r"column 'a': type list<.*> is not a number"),
    (table(a=[decimal.Decimal(1)] * 3), {}, r"column 'a': type decimal128\(1, 0\) is not a number"),
    (table(a=[datetime.date(2020, 1, 1)] * 3), {}, r"column 'a': type date32.* is not a number"),
    (table(kind=["x", None, "y"]), {}, r"row 2 .*: the target 'kind' is empty"),
    (table(kind=["x", "", "y"]), {}, r"row 2 .*: the label is empty"),
    (table(kind=[[1], [2], [3]]), {}, r"the target 'kind' has type list"),
    (table(), {"weight": "kind", "target": "a"}, r"column 'kind': text feature"),
    (table(), {"target": "knd"}, r"no target column 'knd'; did you mean 'kind'"),
    (table(w=[1.0, -1.0, 2.0]), {"weight": "w"}, r"row 2 .*: the weight -1.0 is negative"),
    (table(w=[1.0, None, 2.0]), {"weight": "w"}, r"row 2 .*: the weight is empty \(null\)"),
    ({"a": pa.array([], pa.int64()), "y": pa.array([], pa.int64())}, {}, "the table has no rows"),
    (pa.Table.from_arrays([pa.array([1])] * 3, ["a", "a", "y"]), {}, "the header repeats 'a'"),
]


@pytest.mark.parametrize(("columns", "options", "message"), BAD)
def test_bad_tables(save, columns, options, message):
    with pytest.raises(DataError, match=message):
        read(save(columns), **options)


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1 and junk PAR1", b"PAR1" + b"\xff" * 100 + b"PAR1"])
def test_a_broken_file(write, content):
    with pytest.raises(DataError, match="broken Parquet file"):
        read(write("a.pq", content))


def test_pyarrow_is_an_extra(save, monkeypatch):
    path = save(table())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r'pip install "taut\[parquet\]"'):
        read(path)
