"""CIFAR-10 as the course loads it: images (n, 32, 32, 3) of floats 0..255, from either official layout."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.cs231n._numpy_pickle import Refused, array_of, read_pickle, reason, text_of
from taut.data import DataError, read

_PIXELS = 3 * 32 * 32
_CLASSES = 10


def load_CIFAR_batch(filename: str | os.PathLike[str]) -> tuple[FloatArray, IntArray]:
    """Load one batch of CIFAR-10, of the binary layout or of the python layout.

    A batch of the python layout is a pickle, which could run any program. Here nothing that it names is run: names
    that belong to arrays of integers are written down, every other name is refused.

    Parameters
    ----------
    filename : str or path
        ``data_batch_1.bin`` and its like (one label byte and 3,072 pixels a record), or ``data_batch_1``.

    Returns
    -------
    X : ndarray of shape (n, 32, 32, 3)
        Red, green and blue, 0.0 to 255.0.
    Y : ndarray of shape (n,)
        Class numbers 0..9.

    Raises
    ------
    taut.data.DataError
        A ValueError of one line that names the file: missing, cut short, damaged, or refused.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from taut.cs231n import load_CIFAR_batch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "data_batch_1.bin")
    ...     _ = path.write_bytes(bytes([7] + [128] * 3072))
    ...     X, Y = load_CIFAR_batch(path)
    >>> X.shape, float(X.max()), Y
    ((1, 32, 32, 3), 128.0, array([7]))
    """
    X, y = _records(Path(filename))
    return _images([X]), y


def load_CIFAR10(ROOT: str | os.PathLike[str]) -> tuple[FloatArray, IntArray, FloatArray, IntArray]:
    """Load all of CIFAR-10: 50,000 training and 10,000 test images, as float64 (1.5 GB).

    `taut.data.read` loads the binary layout as bytes, an eighth of the memory, and every estimator of taut takes it so.

    Parameters
    ----------
    ROOT : str or path
        The folder ``cifar-10-batches-bin`` or ``cifar-10-batches-py`` of an official archive, unpacked.

    Returns
    -------
    Xtr, Ytr, Xte, Yte : ndarray
        Images (n, 32, 32, 3), 0.0 to 255.0, and class numbers (n,): the five training batches, and the test batch.

    Raises
    ------
    taut.data.DataError
        A ValueError of one line that names the file: missing, cut short, damaged, or refused.
    """
    train = [_records(_found(Path(ROOT), f"data_batch_{i}")) for i in range(1, 6)]
    test = _records(_found(Path(ROOT), "test_batch"))
    return _images([X for X, _ in train]), np.concatenate([y for _, y in train]), _images([test[0]]), test[1]


def _found(root: Path, name: str) -> Path:
    for path in (root / name, root / f"{name}.bin"):
        if path.is_file():
            return path
    raise DataError(
        f"{root}: there is neither {name} nor {name}.bin; the folder is cifar-10-batches-py or cifar-10-batches-bin "
        "of the official archive, unpacked"
    )


def _records(path: Path) -> tuple[AnyArray, IntArray]:
    """Pixels (n, 3072) as bytes, channel by channel, and labels (n,)."""
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    # A record of the binary layout begins with its label; no pickle begins with such a byte.
    if ".bin" in path.suffixes or not first or first[0] < _CLASSES:
        batch = read(path, format="cifar10", target_kind="numbers")
        return batch.X, np.asarray(batch.y, dtype=np.int64)
    return _unpickled(path)


def _unpickled(path: Path) -> tuple[AnyArray, IntArray]:
    try:
        content = read_pickle(path.read_bytes())
        X, y = (array_of(_entry(content, name)) for name in ("data", "labels"))
    except Refused as error:
        raise DataError(f"{path}: refused, nothing of it was run: {error}") from None
    except Exception as error:  # a damaged pickle can fail in any way
        raise DataError(
            f"{path}: not a whole batch of CIFAR-10's python layout ({reason(error)}); it is cut short or damaged: "
            "fetch the archive again"
        ) from error
    if X.dtype != np.uint8 or X.ndim != 2 or X.shape[1] != _PIXELS or y.shape != X.shape[:1] or not len(X):
        found = f"data is {X.dtype} of shape {X.shape}, labels have shape {y.shape}"
        raise DataError(f"{path}: {found}; a batch holds n × {_PIXELS} bytes and n labels")
    if y.min() < 0 or y.max() >= _CLASSES:
        row = int(np.argmax((y < 0) | (y >= _CLASSES)))
        raise DataError(f"{path}: labels[{row}] is {y[row]}, 0 to {_CLASSES - 1} expected; not CIFAR-10, or damaged")
    return X, y.astype(np.int64)


def _entry(content: object, name: str) -> object:
    if isinstance(content, dict):
        for key, entry in content.items():
            if text_of(key) == name:
                return entry
    raise Refused(f"it holds no {name!r}, which every batch of CIFAR-10 has")


def _images(parts: Sequence[AnyArray]) -> FloatArray:
    """One array of images with their channels last, filled part by part: the floats exist once."""
    images = np.empty((sum(map(len, parts)), 32, 32, 3))
    begin = 0
    for part in parts:
        images[begin : begin + len(part)] = part.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        begin += len(part)
    return images
