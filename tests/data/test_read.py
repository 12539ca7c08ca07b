"""The front door: sources, formats, samples."""

import contextlib
import gzip
import hashlib
import io
import os
import stat

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from sklearn.datasets import load_digits, load_iris

from taut.data import FORMATS, SAMPLES, DataError, Dataset, read

CSV = b"a,b,k\n1,2,x\n3,4,y\n"


def npz():
    file = io.BytesIO()
    np.savez(file, X=[[1.0, 2], [3, 4]], y=["x", "y"])
    return file.getvalue()


def pq():
    file = io.BytesIO()
    parquet.write_table(pa.table({"a": [1, 3], "b": [2, 4], "k": ["x", "y"]}), file)
    return file.getvalue()


CONTENTS = {
    "csv": CSV,
    "tsv": CSV.replace(b",", b"\t"),
    "svmlight": b"# c\nx 1:1 2:2\ny 1:3 2:4\n",
    "npz": npz(),
    "parquet": pq(),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("format", CONTENTS)
def test_the_same_table_by_every_way(write, stdin, format, pack):
    content = pack(CONTENTS[format])
    suffix = "" if pack is bytes else ".gz"
    named, nameless = write(f"a.{format}{suffix}", content), write("nameless", content)
    for data in (read(named), read(str(nameless)), read(nameless, format=format), read(stdin(content))):
        X = data.X.toarray() if format == "svmlight" else data.X
        np.testing.assert_array_equal(X, [[1, 2], [3, 4]])
        assert data.y.tolist() == ["x", "y"]
        assert data.sha256 == hashlib.sha256(content).hexdigest()
        assert data.name in (named.name, "nameless", "<stdin>")


@pytest.mark.parametrize("name", SAMPLES)
def test_samples(name):
    data = read(name)
    assert data.name == name
    assert data.X.dtype == np.float64
    assert data.X.flags.c_contiguous
    assert len(data.feature_names) == data.X.shape[1]
    assert data.sha256 == hashlib.sha256(data.X.tobytes() + data.y.tobytes()).hexdigest()
    assert read(name, target_kind="numbers").y.dtype == np.float64


def test_what_the_samples_hold():
    iris, digits = read("iris"), read("digits")
    np.testing.assert_array_equal(iris.X, load_iris().data)
    assert sorted(set(iris.y.tolist())) == ["setosa", "versicolor", "virginica"]
    np.testing.assert_array_equal(digits.X, load_digits().data)
    assert digits.y.dtype == np.int64
    assert (digits.image_shape, iris.image_shape) == ((8, 8), None)
    with pytest.raises(DataError, match="a bundled sample has settled columns, so drop="):
        read("wine", drop=["alcohol"])


def test_a_file_wins_over_a_sample(write, monkeypatch):
    monkeypatch.chdir(write("iris", CSV).parent)
    assert read("iris").X.shape == (2, 2)


@pytest.mark.parametrize("format", [None, *FORMATS])
def test_an_empty_file(write, stdin, format):
    for source in (write("empty", b""), stdin(b""), write("empty.gz", gzip.compress(b""))):
        with pytest.raises(DataError, match="the file is empty"):
            read(source, format=format)


def test_unknown_options(write):
    path = write("a.csv", CSV)
    with pytest.raises(DataError, match=r"unknown format 'xls'; the formats are csv, tsv, svmlight, npz, .*cifar10"):
        read(path, format="xls")
    with pytest.raises(DataError, match="unknown part 'both'; the parts of a folder are train, test"):
        read(path, part="both")
    with pytest.raises(DataError, match="unknown target_kind 'x'; it is one of labels, numbers"):
        read(path, target_kind="x")


@pytest.mark.parametrize(
    ("name", "format"), [("a.arff", None), ("a.arff.gz", None), ("nameless", None), ("a.txt", "arff")]
)
def test_arff_has_sets_of_labels(write, name, format):
    path = write(name, "% a comment\n\n@RELATION songs\n@attribute a numeric\n@data\n1\n")
    with pytest.raises(DataError, match=r"ARFF is read for sets of labels only.*--labels, read_multilabel"):
        read(path, format=format)


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match=r"absent\.csv: no such file"):
        read(tmp_path / "absent.csv")
    with pytest.raises(DataError, match=r"cannot be read \(embedded null byte\)"):
        read("a\0b")
    with pytest.raises(DataError, match=r"cannot be read \(File name too long\)"):
        read(tmp_path / ("x" * 300))


def test_a_link_to_itself(tmp_path):
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    with pytest.raises(DataError, match=r"loop\.csv: cannot be read \(Too many levels of symbolic links\)"):
        read(tmp_path / "loop.csv")


def test_folder_without_data(tmp_path):
    looked = r"a folder without data; looked for train-images-idx3-ubyte, .*data_batch_1.bin"
    with pytest.raises(DataError, match=looked):
        read(tmp_path)
    with pytest.raises(DataError, match=r"a folder; csv is read from a file"):
        read(tmp_path, format="csv")
    with pytest.raises(DataError, match=r"the train part is missing"):
        read(tmp_path, format="idx")
    with pytest.raises(DataError, match=r"the train part lacks data_batch_1.bin"):
        read(tmp_path, format="cifar10")


def test_no_permission(write, monkeypatch):
    path = write("a.csv", CSV)
    path.chmod(0)
    if os.access(path, os.R_OK):  # the superuser may read everything

        def refuse(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(DataError, match=r"a\.csv: no permission to read it"):
        read(path)
    path.chmod(stat.S_IRUSR)


def test_a_folder_that_may_not_be_searched(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.is_dir", refuse)
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)"):
        read(tmp_path / "a.csv")
    monkeypatch.undo()
    monkeypatch.setattr("pathlib.Path.is_file", refuse)
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)"):
        read(tmp_path)


class Failing(io.BytesIO):
    def readinto(self, buffer):
        raise OSError(5, "Input/output error")


def test_a_disk_that_fails(stdin, monkeypatch):
    stdin(b"")
    monkeypatch.setattr("sys.stdin.buffer", Failing())
    with pytest.raises(DataError, match=r"<stdin>: cannot be read \(Input/output error\)"):
        read("-")


@pytest.mark.parametrize("cut", [3, 15, -4])
def test_bad_gzip(write, cut):
    with pytest.raises(DataError, match="broken gzip file"):
        read(write("a.csv.gz", gzip.compress(CSV)[:cut]))


def test_damaged_gzip(write):
    content = bytearray(gzip.compress(CSV * 100))
    content[20] ^= 0xFF
    with pytest.raises(DataError, match="broken gzip file"):
        read(write("a.csv.gz", bytes(content)))
    with pytest.raises(DataError, match="broken gzip file"):
        read(write("a.csv.gz", gzip.compress(CSV) + b"junk"))


def test_a_message_is_one_line(tmp_path):
    with pytest.raises(DataError) as caught:
        read(tmp_path / "two\nlines.csv")
    assert "\n" not in str(caught.value)


def test_the_suffix_settles_the_format(write):
    assert read(write("a.tab", CONTENTS["tsv"])).feature_names == ("a", "b")
    with pytest.raises(DataError, match="broken npz file"):
        read(write("a.npz", CSV))


def test_nothing_but_comments(write):
    with pytest.raises(DataError, match="the file holds a header only"):
        read(write("nameless", "# what\n"))


IDX = b"\0\0\x08\x03" + b"".join(size.to_bytes(4, "big") for size in (2, 2, 1)) + b"abcd"


@pytest.mark.parametrize("format", FORMATS)
def test_damage_is_told_or_harmless(write, format):
    """Bytes changed, lost or doubled give a dataset or a DataError, never another exception."""
    rng = np.random.default_rng(0)
    for _ in range(150):
        content = bytearray(CONTENTS.get(format, IDX if format == "idx" else bytes(3073)))
        for _ in range(rng.integers(1, 5)):
            at = int(rng.integers(len(content)))
            if rng.random() < 0.7:
                content[at] = rng.integers(256)
            else:
                content[at : at + 3] = content[at : at + 1] * int(rng.integers(1, 5))
        path = write("damaged", bytes(content))
        with contextlib.suppress(DataError):
            data = read(path, format=format, require_target=False)
            assert np.isfinite(data.X.data if format == "svmlight" else data.X).all()


def test_a_dataset_is_frozen():
    data = read("iris")
    assert isinstance(data, Dataset)
    with pytest.raises(AttributeError):
        data.name = "other"
