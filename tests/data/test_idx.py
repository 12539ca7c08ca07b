"""IDX files and MNIST-like folders."""

import gzip
import hashlib
import math
import struct

import numpy as np
import pytest

from taut.data import DataError, read

IMAGES = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
LABELS = np.array([5, 0, 9, 1], dtype=np.uint8)


def idx(array, code=0x08, shape=None):
    shape = shape or array.shape
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape) + array.tobytes()


@pytest.fixture
def folder(write):
    """An MNIST folder; returns its path and the bytes of the training part."""
    images, labels = idx(IMAGES), idx(LABELS)
    path = write("mnist/train-images-idx3-ubyte", images)
    write("mnist/train-labels-idx1-ubyte.gz", gzip.compress(labels))
    write("mnist/t10k-images.idx3-ubyte.gz", gzip.compress(idx(IMAGES[:2] + 1)))
    write("mnist/t10k-labels.idx1-ubyte", idx(LABELS[2:]))
    return path.parent


def test_folder(folder):
    data = read(folder)
    np.testing.assert_array_equal(data.X, IMAGES.reshape(4, 6))
    assert data.X.dtype == np.uint8
    assert data.X.flags.c_contiguous
    assert (data.image_shape, data.name) == ((2, 3), "mnist")
    assert data.y.tolist() == [5, 0, 9, 1]
    assert data.y.dtype == np.int64
    stored = [folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte.gz"]
    assert data.sha256 == hashlib.sha256(b"".join(path.read_bytes() for path in stored)).hexdigest()
    test = read(folder, part="test")
    assert test.y.tolist() == [9, 1]
    assert test.X[0, 0] == 1


def test_one_file_finds_its_labels(folder):
    assert read(folder / "train-images-idx3-ubyte").y.tolist() == [5, 0, 9, 1]
    assert read(folder / "t10k-images.idx3-ubyte.gz").y.tolist() == [9, 1]
    assert read(folder, target_kind="numbers").y.dtype == np.float64


@pytest.mark.parametrize("name", ["other.idx", "train-images-idx3-ubyte", "noname"])
def test_without_labels(write, name):
    path = write(name, idx(IMAGES))
    assert read(path, require_target=False).y is None
    with pytest.raises(DataError, match=r"the file of its labels was not found: .*give the folder"):
        read(path)


def test_standard_input(stdin):
    assert read(stdin(gzip.compress(idx(IMAGES))), require_target=False).X.shape == (4, 6)
    with pytest.raises(DataError, match="<stdin>: the file of its labels was not found"):
        read(stdin(idx(IMAGES)))


@pytest.mark.parametrize(("code", "dtype"), [(0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")])
def test_other_types(write, code, dtype):
    table = IMAGES.reshape(4, 6).astype(dtype)
    data = read(write("a.idx", idx(table, code)), require_target=False)
    assert data.X.dtype == np.float64
    assert data.image_shape is None
    np.testing.assert_array_equal(data.X, table)


def test_colour_images(write):
    data = read(write("a.idx", idx(np.zeros((2, 3, 4, 5), np.uint8))), require_target=False)
    assert (data.X.shape, data.image_shape) == ((2, 60), (3, 4, 5))


HUGE = (2**20, 2**10, 2**10)

BAD = [
    (b"\x00\x00\x08", "truncated: 4 bytes of magic number expected, 3 found"),
    (b"\x00\x00\x08\x03\x00\x00", "truncated: a header of 16 bytes expected, 6 found"),
    (
        b"\x01\x00\x08\x03" + b"\0" * 12,
        r"magic number 0x01000803 found, 0x00000803 \(images of bytes\) expected",
    ),
    (idx(IMAGES, 0x0A), "magic number 0x00000a03 found"),
    (idx(LABELS), "magic number 0x00000801 found, .*; this is the file of labels, give the one of images"),
    (idx(IMAGES)[:-1], "truncated: 4×2×3 values are 24 bytes, 23 found"),
    (idx(IMAGES) + b"xy", "trailing bytes: 4×2×3 values are 24 bytes, 26 found"),
    (idx(IMAGES[:0], shape=HUGE), f"truncated: .* values are {math.prod(HUGE)} bytes, 0 found"),
    (idx(IMAGES[:0], shape=(2**32 - 1,) * 4), "truncated: "),
    (idx(IMAGES[:0]), "the header declares 0×2×3 values: nothing to read"),
    (idx(np.zeros((2, 2, 3, 4), np.uint8)), r"images of shape \(2, 3, 4\); they must be"),
    (idx(np.array([[1, np.nan]], ">f4"), 0x0D), r"row 1 \(counted from 1\): column 2: nan is not finite"),
]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("content", "message"), BAD)
def test_bad_images(write, content, message, packed):
    path = write("a.idx", gzip.compress(content) if packed else content)
    with pytest.raises(DataError, match=message):
        read(path, require_target=False)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (idx(LABELS[:3]), "train-labels-idx1-ubyte: 3 labels for the 4 images of train-images-idx3-ubyte"),
        (idx(LABELS)[:-1], "train-labels-idx1-ubyte: truncated: 4 values are 4 bytes, 3 found"),
        (idx(IMAGES), r"magic number 0x00000803 found, 0x00000801 \(labels\) expected"),
        (idx(LABELS, 0x09), r"magic number 0x00000901 found"),
    ],
)
def test_bad_labels(write, labels, message):
    folder = write("m/train-images-idx3-ubyte", idx(IMAGES)).parent
    write("m/train-labels-idx1-ubyte", labels)
    with pytest.raises(DataError, match=message):
        read(folder)


def test_a_missing_part(write):
    folder = write("m/train-images-idx3-ubyte", idx(IMAGES)).parent
    missing = r"the test part is missing; it is t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte \(or .gz\)"
    with pytest.raises(DataError, match=missing):
        read(folder, part="test")
    with pytest.raises(DataError, match="train-labels-idx1-ubyte beside it"):
        read(folder)


def test_a_gzip_file_cut_short(write):
    path = write("a.idx.gz", gzip.compress(idx(IMAGES))[:-9])
    with pytest.raises(DataError, match=r"broken gzip file .* damaged or cut short"):
        read(path, require_target=False)


@pytest.mark.parametrize("options", [{"target": "a"}, {"weight": 1}, {"drop": ["a"]}])
def test_there_are_no_columns_to_choose(folder, options):
    with pytest.raises(DataError, match=r"IDX has no columns, so \w+="):
        read(folder, **options)
