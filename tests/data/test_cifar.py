"""CIFAR-10's binary version."""

import gzip
import hashlib

import numpy as np
import pytest

from taut.data import DataError, read

NAMES = [f"class{i}" for i in range(10)]


def records(n, seed=0):
    rng = np.random.default_rng(seed)
    content = rng.integers(0, 256, (n, 3073)).astype(np.uint8)
    content[:, 0] %= 10
    return content


BATCHES = [records(2 + seed, seed) for seed in range(6)]


@pytest.fixture
def folder(write):
    for i, batch in enumerate(BATCHES[:5], start=1):
        write(f"cifar/data_batch_{i}.bin", batch.tobytes())
    return write("cifar/test_batch.bin", BATCHES[5].tobytes()).parent


def test_folder(folder):
    data = read(folder)
    every = np.concatenate(BATCHES[:5])
    np.testing.assert_array_equal(data.X, every[:, 1:])
    assert data.X.dtype == np.uint8
    assert data.X.flags.c_contiguous
    assert (data.image_shape, data.name) == ((3, 32, 32), "cifar")
    assert data.y.tolist() == every[:, 0].tolist()
    assert data.y.dtype == np.int64
    assert data.sha256 == hashlib.sha256(every.tobytes()).hexdigest()
    assert read(folder, part="test").y.tolist() == BATCHES[5][:, 0].tolist()


def test_class_names(folder, write):
    write("cifar/batches.meta.txt", "\n".join(NAMES) + "\n\n")
    expected = [NAMES[label] for label in BATCHES[5][:, 0]]
    for source in (folder, folder / "test_batch.bin"):
        y = read(source, part="test").y
        assert y.tolist() == expected
        assert y.dtype.kind == "U"
    assert read(folder, part="test", target_kind="numbers").y.dtype == np.float64


def test_folder_around_the_batches(folder):
    (folder.parent / "outer").mkdir()
    folder.rename(folder.parent / "outer" / "cifar-10-batches-bin")
    assert read(folder.parent / "outer").X.shape == (20, 3072)


def test_one_file(write, stdin):
    content = BATCHES[0].tobytes()
    data = read(write("some.bin", content))
    np.testing.assert_array_equal(data.X, BATCHES[0][:, 1:])
    assert data.sha256 == hashlib.sha256(content).hexdigest()
    assert read(write("some.bin.gz", gzip.compress(content))).X.shape == (2, 3072)
    assert read(stdin(content), format="cifar10").name == "<stdin>"


def test_bad_files(write):
    with pytest.raises(DataError, match="6145 bytes are 1 records of 3073 and 3072 more; truncated"):
        read(write("a.bin", BATCHES[0].tobytes()[:-1]))
    wrong = BATCHES[0].copy()
    wrong[1, 0] = 10
    with pytest.raises(DataError, match=r"record 2 \(counted from 1\): the label is 10, 0 to 9 expected"):
        read(write("a.bin", wrong.tobytes()))


def test_missing_batches(folder, write):
    (folder / "data_batch_2.bin").unlink()
    (folder / "data_batch_5.bin").unlink()
    with pytest.raises(DataError, match=r"the train part lacks data_batch_2.bin, data_batch_5.bin"):
        read(folder)
    write("cifar/batches.meta.txt", "one\ntwo\n")
    with pytest.raises(DataError, match=r"batches.meta.txt: 2 class names found, 10 expected"):
        read(folder, part="test")


@pytest.mark.parametrize("options", [{"target": "a"}, {"weight": 1}, {"drop": ["a"]}])
def test_there_are_no_columns_to_choose(folder, options):
    for source in (folder, folder / "test_batch.bin"):
        with pytest.raises(DataError, match=r"CIFAR-10 has no columns, so \w+="):
            read(source, **options)
