"""scikit-learn classes, thin: validate, build the Risk, run a solver, adopt the result."""

from taut.estimators._blend_regressor import BlendRegressor
from taut.estimators._checks import check_estimator
from taut.estimators._following import following
from taut.estimators._l2_choice import L2Choice, choose_l2
from taut.estimators._l2_path import L2Path, l2_path
from taut.estimators._label_sets import KINDS as LABEL_FORMS
from taut.estimators._linear_classifier import LinearClassifier
from taut.estimators._linear_regressor import LinearRegressor
from taut.estimators._multilabel_classifier import MultilabelClassifier
from taut.estimators._told import told
from taut.estimators._two_layer_classifier import TwoLayerClassifier

__all__ = [
    "LABEL_FORMS",
    "BlendRegressor",
    "L2Choice",
    "L2Path",
    "LinearClassifier",
    "LinearRegressor",
    "MultilabelClassifier",
    "TwoLayerClassifier",
    "check_estimator",
    "choose_l2",
    "following",
    "l2_path",
    "told",
]
