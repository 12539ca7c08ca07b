"""Text tables."""

import gzip
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from taut.data import DataError, read

TABLE = "age,height,kind\n1,2.5,cat\n3,4,dog\n5,-6e1,cat\n"


def test_plain_table(write):
    data = read(write("pets.csv", TABLE))
    np.testing.assert_array_equal(data.X, [[1, 2.5], [3, 4], [5, -60]])
    assert data.X.dtype == np.float64
    assert data.X.flags.c_contiguous
    assert data.X.flags.writeable
    assert data.y.tolist() == ["cat", "dog", "cat"]
    assert data.y.dtype.kind == "U"
    assert data.feature_names == ("age", "height")
    assert (data.target_name, data.name, data.image_shape, data.sample_weight) == (
        "kind",
        "pets.csv",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "a,b,k\n1,2,x\n3,4,y\n"),
        ("a.csv", "\ufeffa,b,k\r\n1,2,x\r\n3,4,y"),
        ("a.csv", "a;b;k\n1;2;x\n3;4;y\n"),
        ("a.tsv", "a\tb\tk\n1\t2\tx\n3\t4\ty\n"),
        ("a.txt", "a\tb\tk\n1\t2\tx\n3\t4\ty\n"),
        ("a.data", "  a b   k\r\n1  2 x\r\n\r\n 3 4 y \r\n"),
        ("a.csv", '"a","b","k"\n\n"1", 2, "x"\n3,4,y\n\n'),
        ("noend", "a,b,k\n1,2,x\n3,4,y"),
    ],
)
def test_delimiters_and_line_ends(write, name, text):
    data = read(write(name, text))
    np.testing.assert_array_equal(data.X, [[1, 2], [3, 4]])
    assert data.y.tolist() == ["x", "y"]
    assert data.feature_names == ("a", "b")


def test_agrees_with_pandas(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((200, 7)) * 10.0 ** rng.integers(-300, 300, (200, 7)))
    frame.columns = [f"c {i}" for i in range(7)]
    frame["label"] = rng.choice(["a b", 'with "quotes"', "comma, inside"], 200)
    path = tmp_path / "frame.csv.gz"
    frame.to_csv(path, index=False)
    data = read(path)
    np.testing.assert_array_equal(data.X, frame.iloc[:, :7].to_numpy())
    assert data.y.tolist() == frame["label"].tolist()


@pytest.mark.parametrize(
    ("text", "header", "names"),
    [
        ("1,2,A\n3,4,B\n", None, None),
        ("T,2,8\nI,5,12\n", None, None),
        ("0,1,label\n3,4,5\n", None, ("0", "1")),
        ("a,b,k\nx,1,2\n", None, ("b",)),
        ("1,2,A\n3,4,B\n", True, ("1", "2")),
        ("nan,2,A\n3,4,B\n", None, ValueError),
        (",2,A\n3,4,B\n", None, ValueError),
        ("a,2,A\n3,4,B\n", False, ValueError),
    ],
)
def test_header_is_found(write, text, header, names):
    path = write("t.csv", text)
    drop = ["a"] if names == ("b",) else []
    if names is ValueError:
        with pytest.raises(DataError, match="line 1, column 1: "):
            read(path, header=header)
    else:
        options = {"target": 1} if text.startswith("T") else {}
        assert read(path, header=header, drop=drop, **options).feature_names == names


@pytest.mark.parametrize(
    "known", [{"columns": ["heat"]}, {"target": "kind"}, {"weight": "w", "target": 2}, {"drop": ["kind"], "target": 3}]
)
def test_a_name_that_the_caller_knows_makes_a_row_of_texts_the_header(write, known):
    path = write("t.csv", "heat,kind,w\nwarm,x,many\n1,y,2\n")
    options = {"require_target": False, **known}
    with pytest.raises(DataError, match=r"line 2, column 'heat': 'warm' is not a number"):
        read(path, **options)
    with pytest.raises(DataError, match=r"line 1, column 1: 'heat' is not a number"):
        read(path, require_target=False)


def test_a_row_with_numbers_is_no_header_though_its_label_is_a_name(write):
    data = read(write("t.csv", "1,2,y\n3,4,n\n"), columns=["a", "y"], n_features=2, require_target=False)
    assert data.X.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_a_column_that_a_model_needs_is_not_left_out(write):
    path = write("t.csv", "heat,kind\nwarm,x\n")
    with pytest.raises(DataError, match=r"or leave the row out, since the model needs the column$"):
        read(path, columns=["heat"], require_target=False)
    with pytest.raises(DataError, match=r"or leave the column out with --drop heat$"):
        read(path, target="kind")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["1", "+2", "-3"], [1, 2, -3]),
        (["01", "2", "3"], [1, 2, 3]),
        (["1", "2", "9223372036854775808"], ["1", "2", "9223372036854775808"]),
        (["9" * 400, "2", "2"], ["9" * 400, "2", "2"]),
        (["1", "2.0", "3"], ["1", "2.0", "3"]),
        (["1", "two", "３"], ["1", "two", "３"]),
    ],
)
def test_labels(write, labels, expected):
    y = read(write("t.csv", "".join(f"1,{label}\n" for label in labels)), header=False).y
    assert y.tolist() == expected
    assert y.dtype.kind in "iU"


@pytest.mark.parametrize("target", ["kind", 2, "2", -2, "-2"])
def test_target_by_name_or_position(write, target):
    data = read(write("t.csv", "a,kind,w\n1,0,2\n3,1,0\n"), target=target, weight="w")
    assert (data.y.tolist(), data.feature_names, data.target_name) == ([0, 1], ("a",), "kind")
    assert data.sample_weight.tolist() == [2.0, 0.0]


def test_a_name_wins_over_a_position(write):
    assert read(write("t.csv", "2,x,z\n7,8,9\n"), target="2").y.tolist() == [7]


@pytest.mark.parametrize("name", ["Target", "LABEL", "class", "y"])
def test_default_target_name(write, name):
    assert read(write("t.csv", f"a,{name},z\n1,2,3\n")).target_name == name


def test_last_column_left_is_the_target(write):
    path = write("t.csv", "a,b,c,w,y\n1,2,3,4,5\n")
    data = read(path, weight="w", drop="y")
    assert (data.target_name, data.feature_names) == ("c", ("a", "b"))
    assert read(path, drop=[1, "b"]).feature_names == ("c", "w")


def test_numbers_as_target(write):
    path = write("t.csv", "a,t\n1,2\n3,4.5\n")
    y = read(path, target_kind="numbers").y
    assert y.dtype == np.float64
    assert y.tolist() == [2.0, 4.5]
    with pytest.raises(DataError, match=r"line 2: the target 'x' is not a number"):
        read(write("v.csv", "a,t\n1,x\n"), target_kind="numbers")


@pytest.mark.parametrize(
    ("text", "options", "shape", "labels"),
    [
        ("a,b\n1,2\n", {}, (1, 2), None),
        ("a,b,y\n1,2,3\n", {}, (1, 2), [3]),
        ("a,b,kind\n1,2,x\n", {"target": "kind"}, (1, 2), ["x"]),
        ("a,b\n1,2\n", {"target": "kind"}, (1, 2), None),
        ("1,2,3\n", {}, (1, 3), None),
        ("1,2,x\n", {"n_features": 2}, (1, 2), None),
        ("1,2,3\n", {"n_features": 3}, (1, 3), None),
        ("x,2,3\n", {"target": 1, "n_features": 2}, (1, 2), ["x"]),
        ("1,2,3\n", {"target": 1, "n_features": 3}, (1, 3), None),
        ("a,y\n1,\n", {}, (1, 1), None),
        ("7\n8\n", {"n_features": 1}, (2, 1), None),
    ],
)
def test_to_predict_no_target_is_needed(write, text, options, shape, labels):
    data = read(write("t.csv", text), require_target=False, **options)
    assert data.X.shape == shape
    assert labels == (None if data.y is None else data.y.tolist())


BAD = [
    ("a,b,k\n1,2,x\n1,2\n", {}, r"line 3: 2 cells found, 3 expected"),
    ("a,b,k\n1,2,x\n\n\n1,2,3,4\n", {}, r"line 5: 4 cells found, 3 expected"),
    ('a,b,k\n1,2,"x\ny"\n1,zz,z\n', {}, r"line 4, column 'b': 'zz' is not a number; text feature.*--drop b$"),
    (
        "a,b,k\n1,2,x\n1,red,y\n",
        {},
        r"line 3, column 'b': 'red' is not a number; text feature: encode.*--drop b",
    ),
    ("1 2 x\n3 red y\n", {}, r"line 2, column 2: 'red' is not a number.*--drop 2"),
    ("my age,k\n1,x\n,y\n", {}, r"line 3, column 'my age': the cell is empty; fill it in.*--drop 'my age'"),
    ("a,k\n1,x\nnan,y\n", {}, r"line 3, column 'a': 'nan' is not finite"),
    ("a,k\n1,x\n-inf,y\n", {}, r"line 3, column 'a': '-inf' is not finite"),
    ("a,k\n1,x\n1e999,y\n", {}, r"line 3, column 'a': '1e999' is not finite"),
    ("a,k\n1,x\nInfinity,y\n", {}, r"'Infinity' is not finite"),
    ("a,k\n1,x\nNA,y\n", {}, r"line 3, column 'a': 'NA' marks a missing value; fill it in.*--drop a"),
    ("a,k\n1,x\n1_000,y\n", {}, r"line 3, column 'a': '1_000' is not a number"),
    ("a,k\n1,x\n\x1c2,y\n", {}, r"line 3, column 'a': '.x1c2' is not a number"),
    ("a,k\n1,x\n١,y\n", {}, r"line 3, column 'a': '١' is not a number"),
    ("1;2;A\n1,5;2;B\n", {}, r"line 2, column 1: '1,5' is not a number: it has a decimal comma; write 1\.5"),
    ("a,k\n1,x\n2,\n", {}, r"line 3: the label is empty"),
    ("a,k\n1,x\n2,  \n", {}, r"line 3: the label is empty"),
    ("a,k\n1," + "x" * 501, {}, r"line 2: the label has 501 characters"),
    ("a,b,a\n1,2,3\n", {}, r"line 1: the header repeats 'a'"),
    ("a,,k\n1,2,3\n", {}, r"line 1: the header gives column 2 no name"),
    ("", {}, r"the file is empty"),
    ("\n \n", {}, r"the file is empty"),
    ("a,b,k\n", {}, r"the file holds a header only"),
    ("1,2,k\n", {"header": True}, r"the file holds a header only"),
    ("1\n2\n", {}, r"no feature column is left of 1"),
    ("age,size,k\n1,2,x\n", {"target": "agee"}, r"there is no target column 'agee'; did you mean 'age'"),
    (
        "age,size,k\n1,2,x\n",
        {"target": "qqq"},
        r"there is no target column 'qqq'; the columns are age, size, k",
    ),
    ("1,2,x\n", {"target": "age"}, r"no target column 'age'; the file has no header, its columns are 1 to 3"),
    ("1,2,x\n", {"target": 0}, r"no target column 0; .* 1 to 3"),
    ("1,2,x\n", {"target": 4}, r"no target column 4"),
    ("1,2,x\n", {"weight": -4}, r"no weight column -4"),
    ("a,k\n1,x\n", {"drop": ["b"]}, r"no drop column 'b'"),
    ("a,b,k\n1,2,x\n", {"target": "a", "drop": ["a"]}, r"column 'a' is the target and also dropped"),
    ("a,b,k\n1,2,x\n", {"weight": "a", "drop": ["a"]}, r"column 'a' is both the weight and dropped"),
    ("a,b,k\n1,-2,x\n", {"weight": "b"}, r"line 2: the weight -2\.0 is negative"),
    ("a,b,k\n1,,x\n", {"weight": "b", "header": True}, r"line 2: the weight is empty"),
    ("a,b,k\n1,inf,x\n", {"weight": "b"}, r"line 2: the weight 'inf' is not finite"),
    ("a,b,k\n1,no,x\n", {"weight": "b"}, r"line 2: the weight 'no' is not a number"),
    ("a,b,k\n1,0,x\n", {"weight": "b"}, r"line 2: this weight and all others are 0"),
    ('a,k\n1,"x\n2,y\n', {}, r"line 3: not a well-formed table .* quote"),
    ("a,k\n1,x\n2\x00,y\n", {}, r"byte 9 \(line 3\): a NUL byte"),
    (b"a,k\n1,x\n2,\xe9t\xe9\n", {}, r"byte 10 \(line 3\): 0xe9 is not UTF-8; save the file as UTF-8"),
    ("a,k\n1,x\n".encode("utf-16"), {}, r"the text is UTF-16; save it as UTF-8"),
    ("a,k\n1,x\n" + "2" * 200_000 + ",y\n", {}, r"line 3: not a well-formed table"),
    ("a,k\r1,x\r2,y\r", {}, r"line 1: not a well-formed table"),
]


@pytest.mark.parametrize(("content", "options", "message"), BAD)
def test_bad_tables(write, content, options, message):
    path = write("bad.csv", content)
    with pytest.raises(DataError, match=message) as caught:
        read(path, **options)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_sum_that_overflows_is_no_error(write):
    assert read(write("t.csv", "1e308,1e308,x\n")).X.tolist() == [[1e308, 1e308]]


def test_memory_stays_near_the_array(write):
    path = write("t.csv", ("0.125," * 99 + "a\n") * 5000)
    read(path)
    tracemalloc.start()
    X = read(path).X
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * X.nbytes + (8 << 20)


def test_gzip_whatever_the_suffix(write):
    assert read(write("t.csv", gzip.compress(TABLE.encode()))).X.shape == (3, 2)
    assert read(write("t.CSV.GZ", gzip.compress(TABLE.encode()))).X.shape == (3, 2)
