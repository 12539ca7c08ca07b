"""scikit-learn's own checks of a regressor; not one is expected to fail."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from taut import LinearRegressor

ESTIMATORS = [
    LinearRegressor(),
    LinearRegressor(l2=0.1, fit_intercept="ones"),
    LinearRegressor(l2=0.1, scaling="standardize", solver="conjugate_gradients", tol=1e-12),
    LinearRegressor(l2=0.1, solver="gradient_descent", momentum="accelerated", tol=1e-12),
]


# Random columns that repeat each other leave plain descent no chance to be certified in some of the checks.
@pytest.mark.filterwarnings("ignore:Not certified:sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ESTIMATORS, expected_failed_checks=lambda estimator: {}, xfail_strict=True)
def test_scikit_learn_check(estimator, check):
    check(estimator)
