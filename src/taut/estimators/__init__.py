"""scikit-learn classes, thin: validate, build the Risk, run a solver, adopt the result."""

from taut.estimators._linear_classifier import LinearClassifier

__all__ = ["LinearClassifier"]
