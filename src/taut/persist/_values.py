"""What JSON cannot hold as it is: classes with their type, infinities, parameters, and a report's fields."""

import dataclasses
import math
from typing import Any, get_origin

import numpy as np

from taut._typing import AnyArray
from taut.losses import Loss, make_loss, make_multilabel_loss
from taut.persist._error import ModelFileError

KINDS = {"i": "int64", "U": "str", "b": "bool"}


def parameters_out(model: Any) -> dict[str, Any]:
    """Parameters that JSON can hold; a seed object is a setting of the fit, not of the model."""
    parameters: dict[str, Any] = {}
    for name, value in model.get_params(deep=False).items():
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, Loss):
            parameters |= {"loss": _loss_name(value), "margin": value.margin}
        elif isinstance(value, dict):  # class_weight: JSON has string keys only
            parameters[name] = [[_label(key), float(each)] for key, each in value.items()]
        elif isinstance(value, str | int | float | None) and name not in parameters:
            parameters[name] = value
    return parameters


def parameters_in(parameters: dict[str, Any]) -> dict[str, Any]:
    """As the constructor takes them."""
    given = parameters | {}  # a list in its place is a TypeError
    if isinstance(given.get("class_weight"), list):
        given["class_weight"] = dict(given["class_weight"])
    return given


def _loss_name(loss: Loss) -> str:
    name = getattr(type(loss), "name", "")
    for make in (make_loss, make_multilabel_loss):
        try:
            if type(make(name)) is type(loss):
                return name
        except ValueError:
            continue
    raise ModelFileError("a model with a loss of your own cannot be saved: the file holds no code")


def report_in(report: type, facts: dict[str, Any]) -> Any:
    """The report, each field of its declared type."""
    given = {key: _number_in(value) for key, value in facts.items() if key not in ("certified", "verdict")}
    for each in dataclasses.fields(report):
        value = given.get(each.name)
        value = float(value) if each.type is float and type(value) is int else value
        if get_origin(each.type) is tuple and each.name in given:
            if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
                raise ModelFileError(f"the report's {each.name} is not a list of objects")
            given[each.name] = tuple(value)
        if each.type in (float, int, str, bool) and type(value) is not each.type:
            raise ModelFileError(f"the report's {each.name} is {value!r}, not of type {each.type}")
    versions = given.get("versions")
    if not isinstance(versions, dict) or not all(isinstance(each, str) for each in versions.values()):
        raise ModelFileError("the report's versions are not names with their versions")
    if any(math.isnan(given.get(name, 0.0)) for name in ("gap", "tol")):
        raise ModelFileError("the report's gap or tol is not a number")
    return report(**given)


def _label(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def classes_out(classes: AnyArray) -> dict[str, Any]:
    if classes.dtype == object and all(isinstance(label, str) for label in classes):
        classes = classes.astype(str)
    if classes.dtype.kind == "u" and classes.max() <= np.iinfo(np.int64).max:
        classes = classes.astype(np.int64)
    if classes.dtype.kind not in KINDS:
        raise ModelFileError(
            f"classes of type {classes.dtype} cannot be saved: use integers, strings or booleans as labels"
        )
    return {"dtype": KINDS[classes.dtype.kind], "values": classes.tolist()}


def classes_in(classes: dict[str, Any], *, ordered: bool) -> AnyArray:
    values, dtype = classes["values"], classes["dtype"]
    types = {"int64": int, "str": str, "bool": bool}
    if dtype not in types or not all(type(value) is types[dtype] for value in values):
        raise ModelFileError(f"classes are not all of the declared type {dtype!r}")
    array = np.array(values, dtype=dtype)
    if ordered and (len(array) < 2 or not (array[:-1] < array[1:]).all()):
        raise ModelFileError("classes must be at least two, sorted and different")
    if len(array) == 0 or len(set(values)) < len(values):
        raise ModelFileError("labels must be at least one, and different")
    return array


def plain(value: Any) -> Any:
    """JSON has no infinity and no NaN: they are written as strings and read back by `_number_in`."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def _number_in(value: Any) -> Any:
    return float(value) if value in ("inf", "-inf", "nan") else value
