"""The binary version of CIFAR-10: records of one label byte and 3 × 32 × 32 pixels."""

import hashlib
from pathlib import Path

import numpy as np

from taut._typing import AnyArray
from taut.data._dataset import Dataset
from taut.data._error import DataError, listed
from taut.data._options import Options
from taut.data._source import Source, opened
from taut.data._targets import target_from_array

_SHAPE = (3, 32, 32)
_RECORD = 1 + 3 * 32 * 32
_CLASSES = 10
_NAMES = "batches.meta.txt"
_SUBFOLDER = "cifar-10-batches-bin"
BATCHES = {"train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)), "test": ("test_batch.bin",)}


def read_cifar10(source: Source, options: Options) -> Dataset:
    """Read one file of records; class names from the official file beside it, if it is there."""
    options.refuse(source.label, "CIFAR-10 has no columns", "target", "weight", "drop")
    records = _records(source)
    names = None if source.path is None else _class_names(source.path.parent, source.digest)
    y = _target(records[:, 0], names, options, source)
    return source.dataset(np.ascontiguousarray(records[:, 1:]), y, image_shape=_SHAPE)


def find_cifar10(folder: Path) -> Path | None:
    """Return the folder that holds the batches: this one or the one that the official archive makes."""
    every = [name for names in BATCHES.values() for name in names]
    places = (folder, folder / _SUBFOLDER)
    return next((place for place in places if any((place / name).is_file() for name in every)), None)


def read_cifar10_folder(folder: Path, options: Options) -> Dataset:
    """Read a part of a folder with the official names."""
    options.refuse(str(folder), "CIFAR-10 has no columns", "target", "weight", "drop")
    place, digest = find_cifar10(folder) or folder, hashlib.sha256()
    batches = BATCHES[options.part]
    missing = [name for name in batches if not (place / name).is_file()]
    if missing:
        raise DataError(f"{place}: the {options.part} part lacks {listed(missing)}; fetch the archive again")
    parts: list[AnyArray] = []
    for name in batches:
        with opened(place / name, digest) as source:
            parts.append(_records(source))
            source.sha256()
    names = _class_names(place, digest)
    labels = np.concatenate([part[:, 0] for part in parts])
    X = np.concatenate([part[:, 1:] for part in parts])
    return source.dataset(X, _target(labels, names, options, source), image_shape=_SHAPE)


def _records(source: Source) -> AnyArray:
    """Return the (n, 3073) bytes of a file, labels checked."""
    content = source.stream.read()
    n, rest = divmod(len(content), _RECORD)
    if rest:
        sizes = f"{len(content)} bytes are {n} records of {_RECORD} and {rest} more"
        raise source.error(f"{sizes}; truncated, or not CIFAR-10's binary version")
    records = np.frombuffer(content, np.uint8).reshape(n, _RECORD)
    for row in np.flatnonzero(records[:, 0] >= _CLASSES):
        label = f"the label is {records[row, 0]}, 0 to {_CLASSES - 1} expected"
        raise source.error(f"record {row + 1} (counted from 1): {label}; not CIFAR-10, or damaged")
    return records


def _class_names(folder: Path, digest: "hashlib._Hash") -> AnyArray | None:
    path = folder / _NAMES
    if not path.is_file():
        return None
    with opened(path, digest) as source:
        names = source.stream.read().decode("utf-8", "replace").split()
        source.sha256()
        if len(names) != _CLASSES:
            raise source.error(f"{len(names)} class names found, {_CLASSES} expected, one a line")
    return np.array(names)


def _target(labels: AnyArray, names: AnyArray | None, options: Options, source: Source) -> AnyArray:
    if names is not None and not options.numbers:
        return np.asarray(names[labels])
    return target_from_array(labels, options.numbers, source.row_error)
