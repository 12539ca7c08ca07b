"""IDX, the format of MNIST: a file of images and one of labels, or the folder of all four."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from taut._typing import AnyArray
from taut.data._arrays import as_features, check_finite, flat, read_exactly
from taut.data._dataset import Dataset
from taut.data._error import DataError
from taut.data._options import Options
from taut.data._source import Source, opened
from taut.data._targets import target_from_array

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_PREFIXES = {"train": "train", "test": "t10k"}
_SPELLINGS = ("{}-images-idx3-ubyte", "{}-images.idx3-ubyte")


def read_idx(source: Source, options: Options) -> Dataset:
    """Read a file of images, and its labels from the file that the official naming puts beside it."""
    options.refuse(source.label, "IDX has no columns", "target", "weight", "drop")
    raw = _array(source, labels=False)
    table = flat(raw)
    if table is None:
        raise source.error(f"images of shape {raw.shape[1:]}; they must be (h, w) or (3, h, w)")
    X, image_shape = table
    X = X if X.dtype == np.uint8 else as_features(X.astype(np.float64))
    check_finite(X, None, source)
    return source.dataset(X, _labels_of(source, len(X), options), image_shape=image_shape)


def find_idx(folder: Path, part: str) -> Path | None:
    """Return the images of a part of an MNIST-like folder, if they are there."""
    return next(filter(Path.is_file, _candidates(folder, part)), None)


def official_idx_names(part: str) -> tuple[str, str]:
    """Return the names that a folder's files should have."""
    images = _SPELLINGS[0].format(_PREFIXES[part])
    return images, _labels_name(images)


def _candidates(folder: Path, part: str) -> Iterator[Path]:
    for spelling in _SPELLINGS:
        name = spelling.format(_PREFIXES[part])
        yield from (folder / name, folder / f"{name}.gz")


def _labels_name(images: str) -> str:
    return images.replace("images", "labels").replace("idx3", "idx1")


def _labels_of(images: Source, n: int, options: Options) -> AnyArray | None:
    """Return the labels beside a file of images, None where they may be missing and are."""
    path = None if images.path is None else _labels_beside(images.path)
    if path is None:
        if not options.require_target:
            return None
        named = "images" in images.name
        hint = f"{_labels_name(images.name)} beside it" if named else "it needs a name like train-images-idx3-ubyte"
        raise images.error(f"the file of its labels was not found: {hint}, or give the folder")
    with opened(path, images.digest) as source:
        images.sha256()  # reads what is left, so that the digest takes one file after the other
        labels = _array(source, labels=True)
        if len(labels) != n:
            raise source.error(f"{len(labels)} labels for the {n} images of {images.name}; each image needs one")
        return target_from_array(labels, options.numbers, source.row_error) if n else None


def _labels_beside(images: Path) -> Path | None:
    if "images" not in images.name:
        return None
    name = re.sub(r"\.gz$", "", _labels_name(images.name), flags=re.IGNORECASE)
    return next(filter(Path.is_file, (images.with_name(name), images.with_name(f"{name}.gz"))), None)


def _array(source: Source, *, labels: bool) -> AnyArray:
    """Return the array of an IDX file; its size is checked against the bytes that are there."""
    magic = source.stream.read(4)
    if len(magic) < 4:
        raise source.error(f"truncated: 4 bytes of magic number expected, {len(magic)} found")
    code, ndim = magic[2], magic[3]
    sound = magic[:2] == b"\0\0" and (code == 0x08 if labels else code in _TYPES)
    if not sound or (ndim != 1 if labels else not 2 <= ndim <= 4):
        expected = "0x00000801 (labels)" if labels else "0x00000803 (images of bytes)"
        hint = "; this is the file of labels, give the one of images" if magic == b"\0\0\x08\x01" else ""
        raise source.error(f"magic number 0x{magic.hex()} found, {expected} expected{hint}")
    header = source.stream.read(4 * ndim)
    if len(header) < 4 * ndim:
        raise source.error(f"truncated: a header of {4 + 4 * ndim} bytes expected, {4 + len(header)} found")
    shape = tuple(int.from_bytes(header[at : at + 4], "big") for at in range(0, 4 * ndim, 4))
    if 0 in shape:
        raise source.error(f"the header declares {'×'.join(map(str, shape))} values: nothing to read")
    dtype = np.dtype(_TYPES[code])
    expected_bytes = math.prod(shape) * dtype.itemsize
    content, found = read_exactly(source.stream, expected_bytes)
    if found != expected_bytes:
        problem = "truncated" if found < expected_bytes else "trailing bytes"
        sizes = f"{'×'.join(map(str, shape))} values are {expected_bytes} bytes, {found} found"
        raise source.error(f"{problem}: {sizes} after the header; fetch the file again")
    return np.frombuffer(content, dtype).reshape(shape)


def read_idx_folder(folder: Path, options: Options) -> Dataset:
    """Read a part of a folder with the official names."""
    path = find_idx(folder, options.part)
    if path is None:
        names = " and ".join(official_idx_names(options.part))
        raise DataError(f"{folder}: the {options.part} part is missing; it is {names} (or .gz)")
    with opened(path) as source:
        return read_idx(source, options)
