"""NumPy archives: dense X and y, images, or what ``scipy.sparse.save_npz`` wrote, with a y added."""

import difflib
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.data._archive import Archive, archive
from taut.data._arrays import as_features, check_finite, csr, flat
from taut.data._dataset import Dataset
from taut.data._error import listed
from taut.data._options import Options
from taut.data._source import Source
from taut.data._targets import checked_weights, target_from_array

_SPARSE = {"data", "indices", "indptr", "shape"}
_LARGEST_WIDTH = 2**31 - 1


def read_npz(source: Source, options: Options) -> Dataset:
    """Read an npz archive, without ever unpickling."""
    options.refuse(source.label, "npz arrays have no columns to drop", "drop")
    with archive(source) as arrays:
        sparse = set(arrays.keys) >= _SPARSE and arrays.first("X", "x") is None
        X, image_shape = (_csr(arrays, source), None) if sparse else _dense(arrays, source)
        target = _key(arrays, options.target, ("y", "label", "labels", "target"), "target", options, source)
        weight = _key(arrays, options.weight, ("sample_weight",), "weight", options, source)
        names = _names(arrays, X.shape[1], source)
        y = None if target is None else _target(arrays.load(target), X.shape[0], options, source)
        weights = None if weight is None else _weights(arrays.load(weight), X.shape[0], source)
    return source.dataset(X, y, feature_names=names, target_name=target, sample_weight=weights, image_shape=image_shape)


def _key(
    arrays: Archive,
    given: str | int | None,
    usual: tuple[str, ...],
    role: str,
    options: Options,
    source: Source,
) -> str | None:
    """Return the key of the target or the weight, None where it may be missing and is."""
    found = arrays.first(*usual) if given is None else arrays.first(str(given))
    needed = role == "target" and options.require_target
    if found is None and (needed or (given is not None and role == "weight")):
        wanted = repr(given) if given is not None else " or ".join(usual)
        close = difflib.get_close_matches(str(given), arrays.keys)
        known = f"did you mean {' or '.join(map(repr, close))}?" if close else f"it holds {listed(arrays.keys)}"
        raise source.error(f"there is no array {wanted} for the {role}; {known}")
    return found


def _dense(arrays: Archive, source: Source) -> tuple[AnyArray, tuple[int, ...] | None]:
    key = arrays.first("X", "x", "data")
    if key is None:
        raise source.error(f"there is no array X; the archive holds {listed(arrays.keys) or 'no arrays'}")
    raw = arrays.load(key)
    if raw.dtype.kind not in "biuf":
        raise source.error(f"array {key!r} has type {raw.dtype}; features are real numbers: convert it")
    table = flat(raw)
    if table is None:
        raise source.error(f"array {key!r} has shape {raw.shape}; it must be (n, d) or images (n, h, w[, 3])")
    X = as_features(table[0])
    check_finite(X, None, source)
    return X, table[1]


def _csr(arrays: Archive, source: Source) -> Any:
    """Return X once its structure is known to be sound: nothing later looks at it again."""
    kind = arrays.load("format").item() if "format" in arrays.keys else b"csr"
    if kind not in (b"csr", "csr"):
        raise source.error(f"a sparse matrix in format {kind!r}; save it as CSR: X.tocsr()")
    data, indices, indptr, shape = (arrays.load(key) for key in ("data", "indices", "indptr", "shape"))
    if data.dtype.kind not in "biuf":
        raise source.error(f"array 'data' has type {data.dtype}; features are real numbers: convert it")
    if any(part.dtype.kind not in "iu" for part in (indices, indptr, shape)):
        raise source.error("a sparse matrix needs integers in indices, indptr and shape")
    if any(part.ndim != 1 for part in (data, indices, indptr, shape)) or len(shape) != 2:
        raise source.error("a sparse matrix needs one-dimensional data, indices, indptr and a shape of 2 numbers")
    n, d = (int(size) for size in shape)
    if n < 0 or not 0 <= d <= _LARGEST_WIDTH or len(indptr) != n + 1:
        raise source.error(f"a sparse matrix of shape {n}×{d} cannot have {len(indptr)} entries in indptr")
    if len(data) != len(indices) or indptr[0] != 0 or indptr[-1] != len(data) or (indptr[:-1] > indptr[1:]).any():
        raise source.error("damaged sparse matrix: indptr does not ascend from 0 to the number of entries")
    if len(indices) and not (indices.min() >= 0 and indices.max() < d):
        raise source.error(f"damaged sparse matrix: indices must be 0 to {d - 1}")
    X = csr(data, indices, indptr, (n, d))
    for entry in np.flatnonzero(~np.isfinite(X.data)):
        row = int(np.searchsorted(X.indptr, entry, side="right")) - 1
        raise source.row_error(row, f"column {X.indices[entry] + 1}: {X.data[entry]} is not finite; replace it")
    return X


def _vector(values: AnyArray, n: int, what: str, source: Source) -> AnyArray:
    """Return a vector of one entry an example; a single column will do."""
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        hint = "; one-hot rows become labels by y.argmax(axis=1)" if what == "labels" and values.ndim == 2 else ""
        raise source.error(f"the {what} have shape {values.shape}; one for each example is needed{hint}")
    if len(values) != n:
        raise source.error(f"{len(values)} {what} for {n} examples; each example needs one")
    return values


def _target(values: AnyArray, n: int, options: Options, source: Source) -> AnyArray | None:
    return target_from_array(_vector(values, n, "labels", source), options.numbers, source.row_error) if n else None


def _weights(values: AnyArray, n: int, source: Source) -> FloatArray | None:
    values = _vector(values, n, "weights", source)
    if values.dtype.kind not in "biuf":
        raise source.error(f"the weights have type {values.dtype}; numbers are needed")
    return checked_weights(values.astype(np.float64), source.row_error) if n else None


def _names(arrays: Archive, d: int, source: Source) -> tuple[str, ...] | None:
    if arrays.first("feature_names") is None:
        return None
    names = arrays.load("feature_names")
    if names.dtype.kind != "U" or names.shape != (d,):
        raise source.error(f"feature_names is {names.dtype} of shape {names.shape}; {d} texts are needed")
    return tuple(str(name) for name in names)
