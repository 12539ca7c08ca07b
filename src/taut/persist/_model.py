"""Save a fitted model, load it, describe it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut._version import __version__
from taut.estimators import LABEL_FORMS
from taut.persist._error import ModelFileError
from taut.persist._file import FORMAT, facts_of, read_blob, tensors_of, write_whole
from taut.persist._kind import KINDS, WORDS, kind_of
from taut.persist._values import classes_in, classes_out, parameters_in, parameters_out, plain, report_in


def save(model: Any, path: str | os.PathLike[str], *, data: Mapping[str, Any] | None = None) -> None:
    """Write a fitted model to a file that any process can read back to the same bits.

    The file is a safetensors archive: of a linear classifier ``coef`` (C, D), ``intercept`` (C,) and, where the model
    has them, ``scale``, ``shift`` and ``witness``; of a network ``W1``, ``b1``, ``W2``, ``b2``. Its metadata hold one
    JSON object with the format version, the estimator's name, classes with their type, feature names, parameters,
    report and ``data``. It appears under its name only when complete.

    Parameters
    ----------
    model : LinearClassifier, TwoLayerClassifier, MultilabelClassifier or LinearRegressor
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

    kind = kind_of(model)
    tensors = kind.taken(model)
    facts = {
        "format": FORMAT,
        "taut": __version__,
        "estimator": kind.name,
        "classes": None if kind.classes == "none" else classes_out(model.classes_),
        "feature_names": [str(name) for name in getattr(model, "feature_names_in_", [])] or None,
        "parameters": parameters_out(model),
        # coef takes the file's own columns; the penalty acts on coef / scale, the weights of (x − shift) · scale.
        "preprocessing": [name for name in ("scale", "shift") if name in tensors],
        "n_iter": model.n_iter_,
        "words": {name: vars(model)[f"{name}_"] for name in kind.words},
        "report": plain(model.report_.to_dict(history=False)),
        "data": dict(data or {}),
    }
    # safetensors stores the buffer as it lies in memory, so a transposed view would come back wrong.
    whole = {name: np.ascontiguousarray(tensor).reshape(tensor.shape) for name, tensor in tensors.items()}
    try:
        text = json.dumps(facts, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ModelFileError(f"the model cannot be written as JSON: {error}") from None
    write_whole(Path(path), pack(whole, metadata={"taut": text}))


def load(path: str | os.PathLike[str]) -> Any:
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
    return load_described(path)[0]


def load_described(path: str | os.PathLike[str]) -> tuple[Any, dict[str, Any]]:
    """The model, and the JSON part of its file."""
    path = Path(path)
    blob = read_blob(path)
    facts = facts_of(path, blob)
    tensors = tensors_of(path, blob)
    try:
        return _model(facts, tensors), facts
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelFileError(f"{path}: not a valid taut model ({type(error).__name__}: {error})") from None


def describe(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The JSON part of a model file: everything but the weights."""
    path = Path(path)
    return facts_of(path, read_blob(path))


def _model(facts: dict[str, Any], tensors: dict[str, AnyArray]) -> Any:
    if facts["estimator"] not in KINDS:
        raise ModelFileError(f"holds a {facts['estimator']!r}, which this version of taut does not know")
    kind = KINDS[facts["estimator"]]
    classes = None if kind.classes == "none" else classes_in(facts["classes"], ordered=kind.classes == "sorted")
    sizes = kind.sizes(tensors, None if classes is None else len(classes))
    names = facts["feature_names"]
    listed = isinstance(names, list) and all(isinstance(name, str) for name in names) and len({*names}) == sizes["d"]
    if names is not None and not listed:
        raise ModelFileError(f"the feature names are not {sizes['d']} strings, one a column, all different")
    model = kind.checked(parameters_in(facts["parameters"]))
    for name, tensor in tensors.items():
        setattr(model, f"{name}_", tensor if tensor.ndim else float(tensor))
    if classes is not None:
        model.classes_ = classes
    model.n_features_in_, model.n_iter_ = sizes["d"], int(facts["n_iter"])
    for name, kept in kind.words.items():
        if type(facts["words"][name]) is not kept:
            raise ModelFileError(f"{name} is {facts['words'][name]!r}, not of type {kept.__name__}")
        setattr(model, f"{name}_", facts["words"][name])
    if "target_kind" in kind.words and (model.target_kind_ not in LABEL_FORMS or model.n_undefined_rows_ < 0):
        raise ModelFileError(f"label sets of the kind {model.target_kind_!r}, {model.n_undefined_rows_} rows undefined")
    if ("scale" in tensors) != ("shift" in tensors) or not np.all(tensors.get("scale", 1.0)):
        raise ModelFileError("scale and shift go together, and no scale is 0")
    if names is not None:
        model.feature_names_in_ = np.array(names, dtype=object)
    model.report_ = report_in(kind.report, facts["report"])
    _agree(model, sizes)
    for name in kind.numbers:
        setattr(model, f"{name}_", getattr(model.report_, name))
    model._tell()
    return model


def _agree(model: Any, sizes: dict[str, int]) -> None:
    """The report must speak of this model, and be able to."""
    said = vars(model.report_)
    str(model.report_)
    loss = model.get_params().get("loss", said["loss"])
    if said["loss"] != loss:
        raise ModelFileError(f"the report speaks of the loss {said['loss']!r}, the parameters of {loss!r}")
    for letter in sizes.keys() & said.keys() - {"n"}:
        if said[letter] != sizes[letter]:
            raise ModelFileError(f"the report speaks of {said[letter]} {WORDS[letter]}, the arrays of {sizes[letter]}")
