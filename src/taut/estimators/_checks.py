"""The parameters of any estimator, checked without data: what a model file's are before they are trusted."""

from collections.abc import Callable
from typing import Any

from taut.estimators._linear_classifier import LinearClassifier
from taut.estimators._linear_regressor import LinearRegressor
from taut.estimators._multilabel_classifier import MultilabelClassifier, check_multilabel
from taut.estimators._parameters import check_parameters
from taut.estimators._regression_solver import Plan
from taut.estimators._training import checked_settings
from taut.estimators._two_layer_classifier import TwoLayerClassifier


def _check_network(estimator: Any) -> None:
    check_parameters(estimator)
    checked_settings(estimator)


CHECKS: dict[type[Any], Callable[[Any], object]] = {
    LinearClassifier: check_parameters,
    LinearRegressor: lambda estimator: Plan.of(estimator, 1, 1),
    MultilabelClassifier: check_multilabel,
    TwoLayerClassifier: _check_network,
}


def check_estimator(estimator: Any) -> None:
    """Raise a ValueError that names a parameter which is out of its range."""
    CHECKS[type(estimator)](estimator)
