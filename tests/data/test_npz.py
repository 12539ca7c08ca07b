"""NumPy archives."""

import io
import zipfile

import numpy as np
import pytest
from scipy.sparse import csc_array, csr_array, random_array, save_npz

from taut.data import DataError, read

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4))
Y = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture
def save(tmp_path):
    def saving(**arrays):
        path = tmp_path / "a.npz"
        np.savez_compressed(path, **arrays)
        return path

    return saving


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ("float64", "float64"),
        ("float32", "float32"),
        ("uint8", "uint8"),
        (">f8", "float64"),
        (">f4", "float32"),
        ("int16", "float64"),
        ("bool", "float64"),
        ("float16", "float64"),
        ("longdouble", "float64"),
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_types_of_features(save, stored, kept, order):
    table = np.asarray(np.abs(X) * 3, order=order).astype(stored)
    data = read(save(X=table, y=Y))
    assert data.X.dtype == np.dtype(kept)
    assert data.X.dtype.isnative
    assert data.X.flags.c_contiguous
    np.testing.assert_array_equal(data.X, table.astype(kept))


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (Y.astype(np.uint8), Y.tolist()),
        (Y.astype(float), Y.tolist()),
        (Y[:, None], Y.tolist()),
        (Y > 0, [0, 1, 1, 0, 1, 1]),
        (Y.astype(str), [str(label) for label in Y]),
        (Y.astype("S1"), [str(label) for label in Y]),
        (Y + 0.5, [str(label + 0.5) for label in Y]),
        (Y.astype(">i4"), Y.tolist()),
    ],
)
def test_types_of_labels(save, y, expected):
    got = read(save(x=X, labels=y)).y
    assert got.tolist() == expected
    assert got.dtype == np.int64 or got.dtype.kind == "U"


def test_numbers_as_target(save):
    y = read(save(X=X, y=Y + 0.5), target_kind="numbers").y
    assert y.dtype == np.float64
    assert y.tolist() == (Y + 0.5).tolist()


def test_named_arrays(save):
    names = np.array(list("abcd"))
    path = save(data=X, kind=Y, importance=Y + 1, feature_names=names)
    data = read(path, target="kind", weight="importance")
    assert data.target_name == "kind"
    assert data.feature_names == ("a", "b", "c", "d")
    assert data.sample_weight.tolist() == (Y + 1.0).tolist()
    assert read(save(X=X, y=Y, sample_weight=Y)).sample_weight.dtype == np.float64


@pytest.mark.parametrize(
    ("shape", "image_shape"),
    [
        ((6, 2, 5), (2, 5)),
        ((6, 3, 2, 5), (3, 2, 5)),
        ((6, 2, 5, 3), (3, 2, 5)),
        ((6, 1, 2, 5), (2, 5)),
        ((6, 2, 5, 1), (2, 5)),
    ],
)
def test_images(save, shape, image_shape):
    images = RNG.integers(0, 256, shape).astype(np.uint8)
    data = read(save(X=images, y=Y))
    assert data.image_shape == image_shape
    assert data.X.flags.c_contiguous
    first = images.transpose(0, 3, 1, 2) if shape[-1] == 3 else images
    np.testing.assert_array_equal(data.X, first.reshape(6, -1))


def sparse_parts(**changes):
    parts = {
        "data": np.array([1.0, 2.0, 3.0]),
        "indices": np.array([0, 2, 1]),
        "indptr": np.array([0, 2, 3]),
        "shape": np.array([2, 3]),
        "format": np.array(b"csr"),
        "y": np.array([0, 1]),
    }
    return parts | changes


def test_sparse_layout(tmp_path, save):
    matrix = random_array((6, 9), density=0.4, rng=RNG, format="csr")
    file = io.BytesIO()
    save_npz(file, matrix)
    file.seek(0)
    with np.load(file) as stored:
        data = read(save(y=Y, **stored))
    assert isinstance(data.X, csr_array)
    np.testing.assert_array_equal(data.X.toarray(), matrix.toarray())
    unsorted = sparse_parts(indices=np.array([2, 0, 1], dtype=np.uint16))
    assert read(save(**unsorted)).X.toarray().tolist() == [[2, 0, 1], [0, 3, 0]]
    twice = sparse_parts(indices=np.array([2, 2, 1]))
    assert read(save(**twice)).X.toarray().tolist() == [[0, 0, 3], [0, 3, 0]]


BAD_SPARSE = [
    ({"format": np.array(b"csc")}, "format b'csc'; save it as CSR"),
    ({"indptr": np.array([0, 3])}, "shape 2×3 cannot have 2 entries in indptr"),
    ({"indptr": np.array([0, 4, 3])}, "indptr does not ascend"),
    ({"indptr": np.array([1, 2, 3])}, "indptr does not ascend"),
    ({"indptr": np.array([0, 2, 9])}, "indptr does not ascend"),
    ({"indices": np.array([0, 1])}, "indptr does not ascend"),
    ({"indices": np.array([0, 3, 1])}, "indices must be 0 to 2"),
    ({"indices": np.array([0, -1, 1])}, "indices must be 0 to 2"),
    ({"indices": np.array([0.0, 2, 1])}, "needs integers"),
    ({"shape": np.array([2, 3, 4])}, "one-dimensional"),
    ({"shape": np.array([2, 2**40])}, "cannot have"),
    ({"data": np.array([1j, 2, 3])}, "array 'data' has type complex128"),
    ({"data": np.array([1, np.nan, 3])}, r"row 1 \(counted from 1\): column 3: nan is not finite"),
    ({"data": np.array([1, 2, np.inf])}, r"row 2 \(counted from 1\): column 2: inf is not finite"),
    ({"y": np.array([0, 1, 2])}, "3 labels for 2 examples"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_SPARSE)
def test_bad_sparse_layout(save, changes, message):
    with pytest.raises(DataError, match=message):
        read(save(**sparse_parts(**changes)))


def test_a_sparse_matrix_of_another_format(tmp_path):
    save_npz(tmp_path / "a.npz", csc_array(X))
    with pytest.raises(DataError, match="save it as CSR"):
        read(tmp_path / "a.npz", require_target=False)


NAN = X.copy()
NAN[4, 1] = np.nan

BAD = [
    ({"X": NAN, "y": Y}, {}, r"row 5 \(counted from 1\): column 2: nan is not finite"),
    ({"X": NAN, "y": Y, "feature_names": np.array(list("abcd"))}, {}, "row 5 .* column 2: nan"),
    ({"X": X.astype(object), "y": Y}, {}, "array 'X' holds Python objects, refused .* run code; .*astype"),
    ({"X": X, "y": Y.astype(object)}, {}, "array 'y' holds Python objects"),
    ({"X": X * 1j, "y": Y}, {}, "array 'X' has type complex128"),
    ({"X": X.astype(str), "y": Y}, {}, "array 'X' has type <U32"),
    ({"X": Y, "y": Y}, {}, r"array 'X' has shape \(6,\)"),
    ({"X": np.zeros((6, 2, 2, 2)), "y": Y}, {}, r"array 'X' has shape \(6, 2, 2, 2\)"),
    ({"X": X[:0], "y": Y[:0]}, {}, "the file holds no examples"),
    ({"X": X[:, :0], "y": Y}, {}, "the file holds no features"),
    ({"X": X, "y": Y[:3]}, {}, "3 labels for 6 examples"),
    ({"X": X, "y": np.eye(6)}, {}, r"labels have shape \(6, 6\).*argmax"),
    ({"X": X, "y": Y * np.nan}, {}, r"row 1 .* the label nan is not finite"),
    ({"X": X, "y": np.array(["a", "", "b", "c", "d", "e"])}, {}, r"row 2 .* the label is empty"),
    ({"X": X, "y": Y * 1j}, {}, "the target has type complex128; labels are needed"),
    (
        {"X": X, "y": Y.astype(str)},
        {"target_kind": "numbers"},
        "the target has type <U21; numbers are needed",
    ),
    ({"Z": X, "y": Y}, {}, "there is no array X; the archive holds Z, y"),
    ({"X": X}, {}, "there is no array y or label or labels or target for the target; it holds X"),
    ({"X": X, "kind": Y}, {"target": "kin"}, "no array 'kin' for the target; did you mean 'kind'"),
    ({"X": X, "y": Y}, {"weight": "w"}, "no array 'w' for the weight; it holds X, y"),
    ({"X": X, "y": Y, "w": Y - 1}, {"weight": "w"}, r"row 1 .* the weight -1.0 is negative"),
    ({"X": X, "y": Y, "w": Y[:2]}, {"weight": "w"}, "2 weights for 6 examples"),
    ({"X": X, "y": Y, "w": Y.astype(str)}, {"weight": "w"}, "the weights have type <U21"),
    ({"X": X, "y": Y, "feature_names": Y}, {}, r"feature_names is int64 of shape \(6,\); 4 texts are needed"),
    ({"X": X, "y": Y}, {"drop": ["a"]}, "npz arrays have no columns to drop"),
]


@pytest.mark.parametrize(("arrays", "options", "message"), BAD)
def test_bad_archives(save, arrays, options, message):
    with pytest.raises(DataError, match=message):
        read(save(**arrays), **options)


def test_to_predict_no_target_is_needed(save):
    assert read(save(X=X), require_target=False).y is None
    assert read(save(X=X, y=Y), require_target=False).y.tolist() == Y.tolist()


def npy(array, shape=None, version=(1, 0)):
    """Return npy bytes whose header declares another shape."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    old, new = f"{array.shape}".encode(), f"{shape}".encode()
    content = file.getvalue()
    if shape is None:
        return content
    return content.replace(old + b", }" + b" " * (len(new) - len(old)), new + b", }", 1)


def archive(tmp_path, **members):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


@pytest.mark.parametrize("shape", [(1099511627776, 784), (7, 4), (5, 4), (-6, -4)])
def test_a_header_is_not_believed(tmp_path, shape):
    path = archive(tmp_path, X=npy(X, shape), y=npy(Y))
    with pytest.raises(DataError, match=r"array 'X': its header declares .*float64 = -?\d+ bytes, but it holds 192"):
        read(path)


def test_version_2_headers(tmp_path):
    path = archive(tmp_path, X=npy(X, version=(2, 0)), y=npy(Y))
    np.testing.assert_array_equal(read(path).X, X)
    with pytest.raises(DataError, match=r"array 'X': npy version \(3, 0\) is unknown"):
        read(archive(tmp_path, X=npy(X, version=(3, 0)), y=npy(Y)))


@pytest.mark.parametrize("content", [b"\x93NUMPY", b"junk" * 20, b"", npy(X)[:40]])
def test_a_broken_array(tmp_path, content):
    with pytest.raises(DataError, match="broken npz file"):
        read(archive(tmp_path, X=content, y=npy(Y)))


def test_a_broken_archive(save):
    path = save(X=X, y=Y)
    content = path.read_bytes()
    middle = len(content) // 3
    for broken in (content[:-30], b"PK\x03\x04junk", content[:middle] + b"\xff" * 8 + content[middle + 8 :]):
        path.write_bytes(broken)
        with pytest.raises(DataError, match=r"a\.npz: broken npz file"):
            read(path)


def test_a_directory_that_lies_about_sizes(tmp_path):
    path = archive(tmp_path, X=npy(X, (1000, 4)), y=npy(Y))
    content = path.read_bytes()
    real, claimed = len(npy(X)), len(npy(X)) - X.nbytes + 1000 * 4 * 8
    size = content.rindex(real.to_bytes(4, "little"), 0, content.rindex(b"y.npy"))
    path.write_bytes(content[:size] + claimed.to_bytes(4, "little") + content[size + 4 :])
    with pytest.raises(DataError, match=r"32000 bytes expected, 192 found|broken npz"):
        read(path)
