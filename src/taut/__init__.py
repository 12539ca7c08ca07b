"""taut: linear models whose loss and gradient are written down, and whose fit ends with a proof.

Public names load on first use, so that ``import taut`` itself loads nothing heavy (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from taut._version import __version__

if TYPE_CHECKING:
    from taut import data, losses
    from taut.check import GradientReport, check_gradient, verify
    from taut.data import read
    from taut.estimators import (
        BlendRegressor,
        L2Choice,
        LinearClassifier,
        LinearRegressor,
        MultilabelClassifier,
        TwoLayerClassifier,
        choose_l2,
        l2_path,
    )
    from taut.explain import Explanation, explain_gradient
    from taut.matrix import as_matrix
    from taut.objective import l2_from, loss_and_gradient
    from taut.pages import draw_descent
    from taut.persist import load, save
    from taut.report import NetReport, Report
    from taut.solvers import watch

_HOMES = {
    "BlendRegressor": "taut.estimators",
    "Explanation": "taut.explain",
    "GradientReport": "taut.check",
    "L2Choice": "taut.estimators",
    "LinearClassifier": "taut.estimators",
    "LinearRegressor": "taut.estimators",
    "MultilabelClassifier": "taut.estimators",
    "NetReport": "taut.report",
    "Report": "taut.report",
    "TwoLayerClassifier": "taut.estimators",
    "as_matrix": "taut.matrix",
    "check_gradient": "taut.check",
    "choose_l2": "taut.estimators",
    "draw_descent": "taut.pages",
    "explain_gradient": "taut.explain",
    "l2_from": "taut.objective",
    "l2_path": "taut.estimators",
    "load": "taut.persist",
    "loss_and_gradient": "taut.objective",
    "read": "taut.data",
    "save": "taut.persist",
    "verify": "taut.check",
    "watch": "taut.solvers",
}
_ROOMS = ("cs231n", "data", "losses")

__all__ = [
    "BlendRegressor",
    "Explanation",
    "GradientReport",
    "L2Choice",
    "LinearClassifier",
    "LinearRegressor",
    "MultilabelClassifier",
    "NetReport",
    "Report",
    "TwoLayerClassifier",
    "__version__",
    "as_matrix",
    "check_gradient",
    "choose_l2",
    "cs231n",
    "data",
    "draw_descent",
    "explain_gradient",
    "l2_from",
    "l2_path",
    "load",
    "loss_and_gradient",
    "losses",
    "read",
    "save",
    "verify",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _ROOMS:
        return import_module(f"taut.{name}")
    raise AttributeError(f"module 'taut' has no attribute {name!r}; public names: {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
