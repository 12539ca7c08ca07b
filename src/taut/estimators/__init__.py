"""scikit-learn classes, thin: validate, build the Risk, run a solver, adopt the result."""

from taut.estimators._linear_classifier import LinearClassifier
from taut.estimators._parameters import check_parameters

__all__ = ["LinearClassifier", "check_parameters"]
