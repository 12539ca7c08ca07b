"""Files whose examples have sets of labels: ARFF of Mulan and Meka, svmlight, CSV."""

import gzip

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

from taut.data import DataError, read_multilabel

DENSE = """% a comment
@RELATION 'three: -C 2'

@attribute red {0,1}
@attribute 'big one' {0, 1}
@attribute width numeric
@attribute height REAL
@data
1,0,0.5,-1
0,1,1e3,2
% in between
0,0, 3 ,4
"""
SPARSE = """@relation plain
@attribute a numeric
@attribute b integer
@attribute L0 {0,1}
@attribute L1 {0,1}
@data
{0 1.5, 2 1}
{}
{1 2,2 1,3 1}
"""
XML = """<?xml version="1.0" encoding="utf-8"?>
<labels xmlns="http://mulan.sourceforge.net/labels">
<label name="L1"><label name="L0"></label></label>
</labels>"""


def test_meka_says_in_the_relation_which_attributes_are_labels(write):
    data = read_multilabel(write("a.arff", DENSE))
    assert data.label_names == ("red", "big one")
    assert data.feature_names == ("width", "height")
    assert data.Y.tolist() == [[1, 0], [0, 1], [0, 0]]
    assert data.Y.dtype == np.int64
    assert data.X.tolist() == [[0.5, -1], [1000, 2], [3, 4]]
    last = read_multilabel(write("b.arff", DENSE.replace("-C 2", "-C -1").replace("REAL", "{0,1,-1,2,4}")), labels=-2)
    assert last.label_names == ("red", "big one")


def test_a_negative_number_of_meka_counts_from_the_back(write):
    data = read_multilabel(write("a.arff", SPARSE.replace("plain", "'plain: -C -2'")))
    assert data.label_names == ("L0", "L1")


@pytest.mark.parametrize("labels", [2, ["L0", "L1"], [3, 4], [-2, -1]])
def test_sparse_rows(write, labels):
    data = read_multilabel(write("a.arff", SPARSE), labels=labels)
    assert isinstance(data.X, csr_array)
    assert data.X.toarray().tolist() == [[1.5, 0], [0, 0], [0, 2]]
    assert data.Y.tolist() == [[1, 0], [0, 0], [1, 1]]
    assert data.label_names == ("L0", "L1")


def test_the_label_file_of_mulan_settles_the_order(write):
    data = read_multilabel(write("a.arff", SPARSE), labels=write("a.xml", XML))
    assert data.label_names == ("L1", "L0")
    assert data.Y.tolist() == [[0, 1], [0, 0], [1, 1]]


def test_gzip_and_a_file_without_a_suffix(write):
    for name, content in (("a.arff.gz", DENSE), ("plain", DENSE)):
        packed = gzip.compress(content.encode(), mtime=0)
        data = read_multilabel(
            write(name, packed),
            labels=write("l.xml.gz", gzip.compress(XML.replace("L0", "red").replace("L1", "big one").encode())),
        )
        assert data.label_names == ("big one", "red")
        assert len(data.sha256) == 64


def test_every_digit_of_a_dense_file(write):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 5)), rng.integers(0, 2, (40, 3))
    head = [f"@attribute x{j} numeric" for j in range(5)] + [f"@attribute y{j} {{0,1}}" for j in range(3)]
    rows = [",".join([*map(repr, x.tolist()), *map(str, y.tolist())]) for x, y in zip(X, Y, strict=True)]
    path = write("a.arff", "\n".join(["@relation r", *head, "@data", *rows]))
    data = read_multilabel(path, labels=3)
    np.testing.assert_array_equal(data.X, X)
    np.testing.assert_array_equal(data.Y, Y)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (("1,0,0.5,-1", "1,0,0.5"), {}, "line 9: 3 cells found, 4 attributes expected"),
        (("1e3", "?"), {}, "line 10: attribute 'width': '?' marks a missing value"),
        (("1e3", "wide"), {}, "line 10: attribute 'width': 'wide' is not a finite number"),
        (("0,1,1e3", "0,2,1e3"), {}, "line 10: the label 'big one' is 2; a label is 0 or 1"),
        (("width numeric", "width string"), {}, "line 6: the attribute 'width' has type 'string'"),
        (("width numeric", "width {narrow, wide}"), {}, "line 6: the attribute 'width' takes the value 'narrow'"),
        (("height REAL", "width REAL"), {}, "line 7: the attribute 'width' occurs twice"),
        (("@data", "data"), {}, "line 8: 'data': @relation, @attribute or @data is expected here"),
        (("0,0, 3 ,4", "{0 1}"), {}, "line 12: sparse rows"),
        ((" -C 2", ""), {}, "which attributes are labels"),
        ((" -C 2", " -C 4"), {}, "at least one must be a label, and one a feature"),
        (("", ""), {"labels": ["blue"]}, "there is no label column 'blue'"),
        (("", ""), {"labels": [1, 1]}, "labels must be different columns"),
        (("", ""), {"labels": "red"}, "neither an XML file, nor a number"),
        ((DENSE[DENSE.index("1,0") :], ""), {}, "no data: nothing follows @data"),
        ((DENSE[DENSE.index("@data") :], ""), {}, "no @data"),
    ],
)
def test_errors_of_dense_arff_name_the_line(write, change, options, message):
    path = write("a.arff", DENSE.replace(*change) if change[0] else DENSE)
    with pytest.raises(DataError) as caught:
        read_multilabel(path, **options)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("{0 1.5, 2 1}", "{2 1, 0 1.5}"), "line 7: the index 0 comes after 2"),
        (
            ("{0 1.5, 2 1}", "{0 1.5, 4 1}"),
            "line 7: '4 1': an entry is written index value, and attributes are numbered",
        ),
        (("{0 1.5, 2 1}", "{0 1.5, 2 1}, {3}"), "line 7: a sparse row is written"),
        (("L0 {0,1}", "L0 {1,0}"), "line 7: the attribute 'L0' has values {1,0}: sparse rows leave out the first"),
    ],
)
def test_errors_of_sparse_arff(write, change, message):
    with pytest.raises(DataError, match=r"a\.arff: line") as caught:
        read_multilabel(write("a.arff", SPARSE.replace(*change)), labels=2)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (XML.replace("L0", "L9"), "no attribute 'L9'"),
        (XML.replace(' name="L0"', ""), "label 2 has no name"),
        (XML.replace("L0", "L1"), "the label 'L1' occurs twice"),
        (XML.replace("</labels>", ""), "line 4: not well-formed XML"),
        ("<labels></labels>", "no labels"),
    ],
)
def test_errors_of_the_label_file(write, content, message):
    with pytest.raises(DataError, match=message):
        read_multilabel(write("a.arff", SPARSE), labels=write("a.xml", content))


# --- svmlight ---------------------------------------------------------------------------------------------------------


def test_svmlight_agrees_with_scikit_learn(tmp_path):
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(30, 6)) * (rng.random((30, 6)) < 0.5), rng.integers(0, 2, (30, 4))
    path = tmp_path / "a.svm"
    dump_svmlight_file(X, Y, str(path), multilabel=True, zero_based=False)
    data = read_multilabel(path, labels=[0, 1, 2, 3], n_features=6)
    theirs, sets = load_svmlight_file(str(path), multilabel=True, n_features=6, zero_based=False)
    np.testing.assert_array_equal(data.X.toarray(), theirs.toarray())
    assert [tuple(np.flatnonzero(row).astype(float)) for row in data.Y] == sets
    assert data.label_names == ("0", "1", "2", "3")


def test_svmlight_labels_are_words_too_and_may_be_missing(write):
    data = read_multilabel(write("a.libsvm", "sea,sun 1:1 3:2\n2:1 # none\nsun\n"), format="svmlight")
    assert data.label_names == ("sea", "sun")
    assert data.Y.tolist() == [[1, 1], [0, 0], [0, 1]]
    numbers = read_multilabel(write("b.svm", "10,2 1:1\n2 1:2\n"))
    assert numbers.label_names == ("2", "10")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("1,2 1:1\n3 2:x", {}, "line 2: column 2"),
        ("1,2 1:1\n\n3 2:1", {"labels": [1, 2]}, "line 3: the label '3' is none of 1, 2"),
        ("1 1:1", {"labels": 2}, "svmlight names its labels"),
        ("1:1\n2:1", {}, "no line has a label"),
        ("1 1:1", {"labels": "a.xml"}, "an XML file of labels goes with ARFF"),
    ],
)
def test_errors_of_svmlight(write, content, options, message):
    with pytest.raises(DataError, match=message):
        read_multilabel(write("a.svm", content), **options)


# --- CSV --------------------------------------------------------------------------------------------------------------

CSV = "width,red,height,round\n1,0,2,1\n3,1,4,0\n"


def test_csv(write):
    data = read_multilabel(write("a.csv", CSV), labels=["round", "red"])
    assert (data.label_names, data.feature_names) == (("round", "red"), ("width", "height"))
    assert data.X.tolist() == [[1, 2], [3, 4]]
    assert data.Y.tolist() == [[1, 0], [0, 1]]
    tabs = read_multilabel(write("a.tsv", "1\t2\t0\n3\t4\t1\n"), labels=1)
    assert (tabs.label_names, tabs.feature_names, tabs.Y.tolist()) == (("3",), None, [[0], [1]])


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (CSV, {}, "which columns are labels"),
        (CSV.replace("3,1", "3,yes"), {"labels": ["red"]}, "line 3, column 'red': 'yes' is not a number"),
        (CSV.replace("3,1", "3,7"), {"labels": ["red"]}, "line 3: the label 'red' is 7; a label is 0 or 1"),
        (CSV, {"labels": ["reed"]}, "did you mean 'red'"),
        (CSV, {"labels": 4}, "at least one must be a label"),
        ("PAR1", {}, "parquet has one label a row"),
        (CSV, {"format": "parquet"}, "parquet has one label a row; label sets come as arff, csv, tsv, svmlight"),
        (CSV, {"format": "xls"}, "unknown multi-label format"),
        ("", {}, "the file is empty"),
    ],
)
def test_errors_of_csv(write, content, options, message):
    with pytest.raises(DataError, match=message):
        read_multilabel(write("a.parquet" if content == "PAR1" else "a.csv", content), **options)


def test_any_white_space_parts_index_and_value(write):
    """A tab too, which other readers of sparse ARFF take."""
    data = read_multilabel(write("a.arff", SPARSE.replace("{1 2,2 1,3 1}", "{1\t2,2  1, 3\t 1}")), labels=2)
    assert data.X.toarray()[2].tolist() == [0.0, 2.0]
    assert data.Y[2].tolist() == [1, 1]


@pytest.mark.parametrize("odd", ["9" * 5000, "²", "+-1"])
def test_what_only_looks_like_a_number_is_a_word(write, odd):
    data = read_multilabel(write("a.svm", f"{odd},+1 1:2\n2,1 1:1\n"), format="svmlight")
    assert data.label_names == ("+1", "1", "2", odd)  # not in the order of a set, which is another in each process
    assert data.Y.tolist() == [[1, 0, 0, 1], [0, 1, 1, 0]]


@pytest.mark.parametrize("labels", [True, 1.5])
def test_labels_that_name_nothing(write, labels):
    with pytest.raises(DataError, match="neither an XML file, nor a number, nor a list"):
        read_multilabel(write("a.csv", "a,b\n1,1\n"), labels=labels)


def test_a_number_of_labels_from_numpy(write):
    assert read_multilabel(write("a.csv", "a,b\n1,1\n"), labels=np.int64(1)).label_names == ("b",)


@pytest.mark.parametrize(
    ("row", "message"),
    [("{" + "9" * 5000 + " 1}", "an entry is written index value"), ("'" + "1" * 200_000 + "',1", "cannot be read")],
)
def test_numbers_and_cells_beyond_all_bounds_name_their_line(write, row, message):
    head = "@relation x\n@attribute a numeric\n@attribute b {0,1}\n@data\n"
    with pytest.raises(DataError, match=f"line 5: .*{message}"):
        read_multilabel(write("a.arff", head + row + "\n"), labels=1)


def test_a_relation_with_an_endless_number_says_nothing_of_labels(write):
    with pytest.raises(DataError, match="which attributes are labels"):
        read_multilabel(write("a.arff", DENSE.replace("-C 2", "-C " + "9" * 5000)))
