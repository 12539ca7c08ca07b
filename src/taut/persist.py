"""Model files: one safetensors file with the weights, and JSON beside them in its metadata; never pickle."""

import dataclasses
import json
import math
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut._version import __version__
from taut.estimators import LinearClassifier, check_parameters
from taut.losses import LOSSES
from taut.report import Report

FORMAT = 1
MAX_HEADER = 16 * 2**20
MAX_FILE = 16 * 2**30
KINDS = {"i": "int64", "U": "str", "b": "bool"}


class ModelFileError(ValueError):
    """A model file that cannot be read or written: what is wrong with it, and what to do."""


def save(model: LinearClassifier, path: str | os.PathLike[str], *, data: Mapping[str, Any] | None = None) -> None:
    """Write a fitted model to a file that any process can read back to the same bits.

    The file is a safetensors archive: ``coef`` (C, D), ``intercept`` (C,) and, where the model has them,
    ``scale``, ``shift`` and ``witness``; its metadata hold one JSON object with the format version, classes
    with their type, feature names, parameters, certificate, report and ``data``. It appears under its name
    only when complete.

    Parameters
    ----------
    model : LinearClassifier
        Fitted.
    path : str or path
    data : mapping, optional
        Facts of the data file, such as its name and hash; plain JSON values.

    Raises
    ------
    ModelFileError
        Not fitted, classes that are not integers, strings or booleans, or a place that cannot be written.

    Examples
    --------
    >>> import taut, tempfile, pathlib
    >>> model = taut.LinearClassifier("softmax").fit([[0.0], [1.0], [2.0]], ["no", "yes", "yes"])
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.taut"
    >>> taut.save(model, path)
    >>> taut.load(path).predict([[0.0]])
    array(['no'], dtype='<U3')
    """
    from safetensors.numpy import save as pack

    if not hasattr(model, "coef_"):
        raise ModelFileError("the model is not fitted yet: call fit first, then save")
    tensors = {"coef": model.coef_, "intercept": model.intercept_}
    tensors |= {
        name: getattr(model, f"{name}_") for name in ("scale", "shift", "witness") if hasattr(model, f"{name}_")
    }
    facts = {
        "format": FORMAT,
        "taut": __version__,
        "estimator": "LinearClassifier",
        "classes": _classes_out(model.classes_),
        "feature_names": [str(name) for name in getattr(model, "feature_names_in_", [])] or None,
        "parameters": _parameters_out(model),
        # coef takes the file's own columns; the penalty acts on coef / scale, the weights of (x − shift) · scale.
        "preprocessing": [name for name in ("scale", "shift") if name in tensors],
        "n_iter": model.n_iter_,
        "report": _plain(model.report_.to_dict(history=False)),
        "data": dict(data or {}),
    }
    # safetensors stores the buffer as it lies in memory, so a transposed view would come back wrong.
    whole = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    try:
        text = json.dumps(facts, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ModelFileError(f"the model cannot be written as JSON: {error}") from None
    write_whole(Path(path), pack(whole, metadata={"taut": text}))


def load(path: str | os.PathLike[str]) -> LinearClassifier:
    """Read a model file written by `save`.

    Nothing in the file is ever run; sizes, shapes, types and values are checked before a model is made.

    Raises
    ------
    ModelFileError
        Missing, truncated, too large, of another format, or not consistent in itself; the message says which.

    Examples
    --------
    >>> import taut, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.taut"
    >>> taut.save(taut.LinearClassifier("softmax").fit([[0.0], [1.0], [2.0]], [3, 5, 5]), path)
    >>> taut.load(path).predict([[2.0]])
    array([5])
    """
    path = Path(path)
    blob = _read(path)
    facts = _facts(path, blob)
    tensors = _tensors(path, blob)
    try:
        return _model(facts, tensors)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelFileError(f"{path}: not a valid taut model ({type(error).__name__}: {error})") from None


def describe(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The JSON part of a model file: everything but the weights."""
    path = Path(path)
    return _facts(path, _read(path))


def _model(facts: dict[str, Any], tensors: dict[str, AnyArray]) -> LinearClassifier:
    if facts["estimator"] != "LinearClassifier":
        raise ModelFileError(f"holds a {facts['estimator']!r}, which this version of taut does not know")
    classes = _classes_in(facts["classes"])
    coef, intercept = tensors["coef"], tensors["intercept"]
    if coef.ndim != 2:
        raise ModelFileError(f"coef has shape {coef.shape}, but must have one row a class and one column a feature")
    k, d = len(classes), coef.shape[1]
    expected = {"coef": (k, d), "intercept": (k,), "scale": (d,), "shift": (d,)}
    for name, tensor in tensors.items():
        if name != "witness" and name not in expected:
            raise ModelFileError(f"holds an unknown array {name!r}")
        if name in expected and tensor.shape != expected[name]:
            raise ModelFileError(
                f"{name} has shape {tensor.shape}, but {k} classes and {d} columns need {expected[name]}"
            )
        if tensor.dtype not in (np.float32, np.float64) or not np.isfinite(tensor).all():
            raise ModelFileError(f"{name} must hold finite float32 or float64 numbers")
    if "witness" in tensors and (tensors["witness"].ndim != 2 or tensors["witness"].shape[1] != k):
        raise ModelFileError(
            f"witness has shape {tensors['witness'].shape}, but must have one column for each of {k} classes"
        )
    names = facts["feature_names"]
    listed = isinstance(names, list) and all(isinstance(name, str) for name in names) and len({*names}) == d
    if names is not None and not listed:
        raise ModelFileError(f"the feature names are not {d} strings, one a column, all different")
    parameters = facts["parameters"] | {}  # a list in its place is a TypeError
    if isinstance(parameters.get("class_weight"), list):
        parameters["class_weight"] = dict(parameters["class_weight"])
    model = LinearClassifier(**parameters)
    check_parameters(model)
    model.coef_, model.intercept_, model.classes_ = coef, intercept, classes
    model.n_features_in_, model.n_iter_ = d, int(facts["n_iter"])
    for name in ("scale", "shift", "witness"):
        if name in tensors:
            setattr(model, f"{name}_", tensors[name])
    if names is not None:
        model.feature_names_in_ = np.array(names, dtype=object)
    model.report_ = _report_in(facts["report"])
    if model.report_.loss != model.loss:
        raise ModelFileError(f"the report speaks of the loss {model.report_.loss!r}, the parameters of {model.loss!r}")
    if (model.report_.d, model.report_.k) != (d, k):
        raise ModelFileError(f"the report speaks of {model.report_.k} classes and {model.report_.d} columns")
    model.primal_, model.dual_, model.gap_ = model.report_.primal, model.report_.dual, model.report_.gap
    return model


def _report_in(facts: dict[str, Any]) -> Report:
    """The report, each field of its declared type."""
    given = {key: _number_in(value) for key, value in facts.items() if key not in ("certified", "verdict")}
    for each in dataclasses.fields(Report):
        value = given.get(each.name)
        value = float(value) if each.type is float and type(value) is int else value
        if each.type in (float, int, str, bool) and type(value) is not each.type:
            raise ModelFileError(f"the report's {each.name} is {value!r}, not of type {each.type}")
    versions = given.get("versions")
    if not isinstance(versions, dict) or not all(isinstance(each, str) for each in versions.values()):
        raise ModelFileError("the report's versions are not names with their versions")
    if math.isnan(given["gap"]) or math.isnan(given["tol"]):
        raise ModelFileError("the report's gap or tol is not a number")
    return Report(**given)


def _parameters_out(model: LinearClassifier) -> dict[str, Any]:
    """Parameters that JSON can hold; a seed object or a user's own loss is a setting of the fit, not of the model."""
    parameters: dict[str, Any] = {}
    for name, value in model.get_params(deep=False).items():
        if isinstance(value, np.generic):
            value = value.item()
        if type(value) in LOSSES.values():
            parameters |= {"loss": value.name, "margin": value.margin}
        elif isinstance(value, dict):  # class_weight: JSON has string keys only
            parameters[name] = [[_label(key), float(each)] for key, each in value.items()]
        elif isinstance(value, str | int | float | None) and name not in parameters:
            parameters[name] = value
    if "loss" not in parameters:
        raise ModelFileError("a model with a loss of your own cannot be saved: the file holds no code")
    return parameters


def _label(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _classes_out(classes: AnyArray) -> dict[str, Any]:
    if classes.dtype == object and all(isinstance(label, str) for label in classes):
        classes = classes.astype(str)
    if classes.dtype.kind == "u" and classes.max() <= np.iinfo(np.int64).max:
        classes = classes.astype(np.int64)
    if classes.dtype.kind not in KINDS:
        raise ModelFileError(
            f"classes of type {classes.dtype} cannot be saved: use integers, strings or booleans as labels"
        )
    return {"dtype": KINDS[classes.dtype.kind], "values": classes.tolist()}


def _classes_in(classes: dict[str, Any]) -> AnyArray:
    values, dtype = classes["values"], classes["dtype"]
    types = {"int64": int, "str": str, "bool": bool}
    if dtype not in types or not all(type(value) is types[dtype] for value in values):
        raise ModelFileError(f"classes are not all of the declared type {dtype!r}")
    array = np.array(values, dtype=dtype)
    if len(array) < 2 or not (array[:-1] < array[1:]).all():
        raise ModelFileError("classes must be at least two, sorted and different")
    return array


def _plain(value: Any) -> Any:
    """JSON has no infinity and no NaN: they are written as strings and read back by `_number_in`."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def _number_in(value: Any) -> Any:
    return float(value) if value in ("inf", "-inf", "nan") else value


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ModelFileError(f"{path} is a folder, not a model file")
        if path.exists() and not path.is_file():
            raise ModelFileError(f"{path} is not a regular file")
        size = path.stat().st_size
        if size > MAX_FILE:
            raise ModelFileError(f"{path}: {size:,} bytes are more than the {MAX_FILE:,} that taut reads")
        return path.read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such model file") from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror})") from None


def _facts(path: Path, blob: bytes) -> dict[str, Any]:
    """The JSON object in the metadata, read by hand so that a hostile header costs nothing."""
    length = int.from_bytes(blob[:8], "little")
    if len(blob) < 10 or length > min(MAX_HEADER, len(blob) - 8):
        raise ModelFileError(f"{path}: not a taut model file, or cut short ({len(blob):,} bytes)")
    try:
        header = json.loads(blob[8 : 8 + length])
        facts = json.loads(header["__metadata__"]["taut"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ModelFileError(f"{path}: a file without taut's description: not a taut model file") from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        found = facts.get("format") if isinstance(facts, dict) else facts
        raise ModelFileError(
            f"{path}: model format {found!r}, but this taut ({__version__}) reads format {FORMAT}: "
            "use the version that wrote it, or fit again"
        )
    data = facts.get("data")
    texts = [data.get(key) for key in ("name", "sha256", "target")] if isinstance(data, dict) else [data, 0]
    if not all(isinstance(text, str | None) for text in texts):
        raise ModelFileError(f"{path}: the description of the data is damaged")
    return facts


def _tensors(path: Path, blob: bytes) -> dict[str, AnyArray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load as unpack

    try:
        return {name: np.array(tensor) for name, tensor in unpack(blob).items()}
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: damaged or cut short ({error})") from None


def check_place(path: Path) -> None:
    """Refuse a place that nothing can be written to, before the work is done that shall be written there."""
    try:
        if path.is_dir():
            raise ModelFileError(f"{path} is a folder: name a file")
        if not path.parent.is_dir():
            raise ModelFileError(f"{path}: there is no folder {path.parent}")
        if not os.access(path.parent, os.W_OK):
            raise ModelFileError(f"{path}: the folder {path.parent} cannot be written to")
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be written ({error.strerror})") from None


def write_whole(path: Path, blob: bytes) -> None:
    """Write beside the target and rename: whoever looks sees the old file or the whole new one."""
    try:
        if path.is_dir():
            raise ModelFileError(f"{path} is a folder: name a file")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(blob)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be written ({error.strerror})") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
