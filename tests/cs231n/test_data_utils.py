"""CIFAR-10 in both layouts; a pickle runs nothing, whatever is in it."""

import io
import os
import pickle
import pickletools
import struct
from collections import OrderedDict
from contextlib import suppress

import numpy as np
import pytest

import taut
from taut.cs231n import load_CIFAR10, load_CIFAR_batch
from taut.data import DataError


def content(n=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 3072)).astype(np.uint8), rng.integers(0, 10, n)


def binary(X, y):
    return np.column_stack([y.astype(np.uint8), X]).tobytes()


def batch(X, y, keys=str):
    entries = {"batch_label": "training batch 1 of 5", "labels": y.tolist(), "data": X, "filenames": ["a.png"] * len(y)}
    return {keys(name) if keys is str else name.encode(): entry for name, entry in entries.items()}


def python2(X, y):
    """What Python 2 and NumPy 1 write, as in the official archive: every text and all pixels are byte strings."""

    def text(word):
        return b"U" + bytes([len(word)]) + word.encode()

    dtype = (
        b"cnumpy\ndtype\n("
        + text("u1")
        + b"K\x00K\x01tR(K\x03"
        + text("|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00t" + text("b") + b"tR"
    shape = b"(K\x01(J" + struct.pack("<i", len(X)) + b"M\x00\x0ct"
    pixels = b"T" + struct.pack("<i", X.size) + X.tobytes()
    labels = b"](" + b"".join(b"K" + bytes([label]) for label in y.tolist()) + b"e"
    entries = text("data") + array + shape + dtype + b"\x89" + pixels + b"tb" + text("labels") + labels
    return b"\x80\x02}(" + text("batch_label") + text("training batch 1 of 5") + entries + b"u."


def assert_loaded(path, X, y):
    images, labels = load_CIFAR_batch(path)
    assert images.shape == (len(y), 32, 32, 3)
    assert (images.dtype, labels.dtype) == (np.float64, np.int64)
    np.testing.assert_array_equal(labels, y)
    for channel in range(3):  # plane by plane, each row by row
        planes = X[:, 1024 * channel : 1024 * (channel + 1)].reshape(-1, 32, 32)
        np.testing.assert_array_equal(images[..., channel], planes)


@pytest.fixture
def put(tmp_path):
    def put(written, name="data_batch_1"):
        path = tmp_path / name
        path.write_bytes(written if isinstance(written, bytes) else pickle.dumps(written))
        return path

    return put


# --- what loads -------------------------------------------------------------------------------------------------------


def test_the_binary_layout(put):
    X, y = content()
    for name in ("data_batch_1.bin", "renamed"):
        assert_loaded(put(binary(X, y), name), X, y)
    assert_loaded(str(put(binary(X, y), "data_batch_1.bin")), X, y)


def test_class_names_beside_the_batch_change_nothing(put):
    X, y = content()
    put("\n".join(f"class{i}" for i in range(10)).encode(), "batches.meta.txt")
    assert_loaded(put(binary(X, y), "data_batch_1.bin"), X, y)


@pytest.mark.parametrize("keys", [str, bytes])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_the_python_layout_in_every_protocol(put, keys, protocol):
    X, y = content()
    assert_loaded(put(pickle.dumps(batch(X, y, keys), protocol=protocol)), X, y)


def test_the_python_layout_as_the_official_archive_has_it(put):
    X, y = content(300)
    written = python2(X, y)
    pickletools.dis(written, io.StringIO())  # well formed
    unrestricted = pickle.loads(written, encoding="bytes")
    np.testing.assert_array_equal(unrestricted[b"data"], X)
    assert_loaded(put(written), X, y)


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_labels_and_pixels_in_other_clothes(put, protocol):
    X, y = content()
    whole = batch(X, y)
    for change in (
        {"labels": y.astype(">i4")},
        {"labels": y.astype("u1")},
        {"labels": list(y)},  # NumPy's own integers
        {"data": np.asfortranarray(X)},
        {"data": np.repeat(X, 2, axis=0)[::2]},
    ):
        assert_loaded(put(pickle.dumps(whole | change, protocol=protocol)), X, y)


def test_numpy_by_its_older_and_newer_name(put):
    X, y = content()
    written = pickle.dumps(batch(X, y), protocol=2)
    assert b"numpy._core" in written or b"numpy.core" in written
    for name in (b"numpy.core", b"numpy._core"):
        assert_loaded(put(written.replace(b"numpy._core", b"numpy.core").replace(b"numpy.core", name)), X, y)


def test_all_of_cifar10(put):
    parts = [content(2 + i, seed=i) for i in range(6)]
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    for i, (name, (X, y)) in enumerate(zip(names, parts, strict=True)):
        path = put(binary(X, y), f"{name}.bin") if i % 2 else put(batch(X, y), name)
    loaded = load_CIFAR10(str(path.parent))
    for images, labels, part in ((*loaded[:2], parts[:5]), (*loaded[2:], parts[5:])):
        X, y = np.concatenate([X for X, _ in part]), np.concatenate([y for _, y in part])
        np.testing.assert_array_equal(images, X.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
        np.testing.assert_array_equal(labels, y)
        assert images.flags.c_contiguous
        assert images.flags.writeable
    images, labels = load_CIFAR_batch(path)
    images -= images.mean(axis=0)  # as every notebook does
    assert labels.flags.writeable


# --- what is refused --------------------------------------------------------------------------------------------------


def failing(path):
    """The message: one line that names the file."""
    with pytest.raises(DataError) as caught:
        load_CIFAR_batch(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1
    return message


class Gadget:
    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("place", ["data", "labels", "filenames", "more", "whole"])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_gadget_is_refused_without_running_it(put, tmp_path, place, protocol):
    X, y = content()
    trace = tmp_path / "ran"
    gadget = Gadget(os.system, f"touch {trace}")
    written = pickle.dumps(gadget if place == "whole" else batch(X, y) | {place: gadget}, protocol=protocol)
    message = failing(put(written))
    assert "refused, nothing of it was run" in message
    assert f"{os.system.__module__}.system" in message
    assert not trace.exists()
    pickle.loads(written)  # it does work, where it is let
    assert trace.exists()


OTHERS = [
    Gadget(eval, "1"),
    Gadget(exec, "1"),
    Gadget(getattr, "x", "upper"),
    Gadget(np.load, "nowhere.npy"),
    Gadget(np.fromfile, "nowhere"),
    Gadget(np.testing.assert_array_equal, 1, 1),
    OrderedDict(a=1),
    1j,
    taut.as_matrix,
]


@pytest.mark.parametrize(
    ("protocol", "thing"),
    [*((protocol, thing) for protocol in (2, 5) for thing in OTHERS), (2, {1, 2}), (2, bytearray(b"1"))],
    ids=lambda each: str(each) if isinstance(each, int) else type(each).__name__,
)
def test_every_other_name_is_refused(put, protocol, thing):
    X, y = content()
    message = failing(put(pickle.dumps(batch(X, y) | {"more": thing}, protocol=protocol)))
    assert "refused, nothing of it was run: it asks for '" in message


def test_nothing_is_imported_for_a_name(put):
    import sys

    assert "this" not in sys.modules
    assert "'this.s'" in failing(put(b"\x80\x02cthis\ns\n."))
    assert "this" not in sys.modules


def test_a_name_cannot_drive_the_terminal(put):
    message = failing(put(b"\x80\x04\x8c\x07\x1b[2Jbad\x8c\x03x\ny\x93."))
    assert message.isprintable()


@pytest.mark.parametrize("protocol", [2, 5])
def test_arrays_of_python_objects_are_refused(put, protocol):
    X, y = content()
    whole = batch(X, y)
    for change in ({"data": X.astype(object)}, {"labels": y.astype(object)}):
        message = failing(put(pickle.dumps(whole | change, protocol=protocol)))
        assert "refused" in message
        assert "array of Python objects" in message or "_frombuffer" not in message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"data": np.zeros((3, 3072))}, "array of type 'f8', and only arrays of integers"),
        ({"labels": np.array(["a", "b", "c"])}, "array of type 'U1'"),
        ({"labels": np.array([1, 2, 3], "M8[s]")}, "array of type 'M8"),
        ({"labels": np.zeros(3, [("a", "i4")])}, "array of type 'V4'"),
        ({"labels": [1.0, 2.0, 3.0]}, "a list of labels must hold integers"),
        ({"labels": [True, False, True]}, "a list of labels must hold integers"),
        ({"labels": None}, "NoneType found where an array of integers is needed"),
        ({"data": np.zeros((3, 3072), np.int64)}, r"data is int64 of shape \(3, 3072\)"),
        ({"data": np.zeros((3, 3071), np.uint8)}, r"data is uint8 of shape \(3, 3071\)"),
        ({"data": np.zeros((3, 32, 32, 3), np.uint8)}, r"data is uint8 of shape \(3, 32, 32, 3\)"),
        ({"labels": [1, 2]}, r"labels have shape \(2,\); a batch holds n × 3072 bytes and n labels"),
        ({"data": np.zeros((0, 3072), np.uint8), "labels": []}, "a batch holds"),
        ({"labels": [1, 10, 3]}, r"labels\[1\] is 10, 0 to 9 expected"),
        ({"labels": [1, 2, -1]}, r"labels\[2\] is -1, 0 to 9 expected"),
        ({"labels": [1, 2, 2**70]}, "OverflowError"),
    ],
)
def test_what_is_no_batch_is_said(put, change, said):
    import re

    assert re.search(said, failing(put(batch(*content()) | change)))


@pytest.mark.parametrize("thing", [[], {}, 7, {"labels": [1]}, {"data": np.zeros((1, 3072), np.uint8)}])
def test_what_holds_no_entries(put, thing):
    assert "it holds no '" in failing(put(thing))


def test_truncated_batches(put):
    X, y = content()
    for written in (pickle.dumps(batch(X, y)), pickle.dumps(batch(X, y), protocol=2), python2(X, y)):
        for size in (1, 2, 20, 200, len(written) // 2, len(written) - 1):
            message = failing(put(written[:size]))
            assert "cut short or damaged: fetch the archive again" in message
    for size, said in ((3073 * 3 - 1, "2 records of 3073 and 3072 more; truncated"), (0, "the file is empty")):
        assert said in failing(put(binary(X, y)[:size], "data_batch_1.bin"))
        assert said in failing(put(binary(X, y)[:size], "renamed"))


def test_any_damaged_byte_ends_in_the_one_error(put):
    X, y = content(1)
    rng = np.random.default_rng(0)
    for whole in (pickle.dumps(batch(X, y), protocol=2), python2(X, y), pickle.dumps(batch(X, y), protocol=5)):
        frame = [i for i in range(len(whole)) if i < 300 or i > len(whole) - 120]
        for _ in range(150):
            damaged = bytearray(whole)
            for i in rng.choice(frame, size=rng.integers(1, 4), replace=False):
                damaged[i] = rng.integers(0, 256)
            path = put(bytes(damaged))
            with suppress(DataError):  # nothing else may come out
                load_CIFAR_batch(path)


def test_notes_cannot_be_turned_against_the_reader(put):
    """BUILD on a name sets attributes of what stands for it: nothing may come of that, in this file or the next."""
    X, y = content()
    for name in (b"cnumpy\ndtype\n", b"cnumpy\nndarray\n", b"cnumpy.core.multiarray\n_reconstruct\n"):
        for state in (b"}U\x04argsU\x01xs", b"N}U\x0c__defaults__(K\x01tsU\x07__new__K\x01s\x86"):
            assert "not a whole batch" in failing(put(b"\x80\x02" + name + state + b"b."))
    assert_loaded(put(batch(X, y)), X, y)


def test_a_count_of_parts_beyond_the_file_fills_no_memory(put):
    for opcode in (b"r\xff\xff\xff\x7f", b"p2147483647\n"):
        assert "it counts 2147483647 parts in" in failing(put(b"\x80\x02K\x01" + opcode + b"."))


@pytest.mark.parametrize("deeper", [b"\x85", b"\x85q\x000h\x00", b"2\x86", b"\x85\x94"])
def test_tuples_in_tuples_as_a_key_cannot_exhaust_the_stack(put, deeper):
    """Their hash goes down to the innermost without asking how much stack is left: 2,000,000 ended the process."""
    path = put(b"\x80\x04})" + deeper * 2_000_000 + b"K\x01s.")
    assert "nests tuples more than 100 deep" in failing(path)


def test_a_shape_of_other_things_than_numbers_is_not_multiplied(put):
    """As b"a" times 1,900,000,000 it would fill the memory."""
    X, _ = content()
    pickled = pickle.dumps({b"data": X, b"labels": [1, 2, 3]}, 2)
    shape = b"K\x03M\x00\x0c\x86"
    assert shape in pickled
    assert "ValueError" in failing(put(pickled.replace(shape, b"U\x01aJ\x00\x00\x00\x70\x86")))


def test_missing_files(tmp_path, put):
    assert "cannot be read (No such file or directory)" in failing(tmp_path / "nothing")
    assert "cannot be read (Is a directory)" in failing(tmp_path)
    put(binary(*content()), "data_batch_1.bin")
    with pytest.raises(DataError, match=r"there is neither data_batch_2 nor data_batch_2\.bin; the folder is cifar-10"):
        load_CIFAR10(tmp_path)


def test_other_labels_in_the_binary_layout(put):
    X, y = content()
    y[1] = 12
    assert "record 2 (counted from 1): the label is 12" in failing(put(binary(X, y), "a.bin"))
