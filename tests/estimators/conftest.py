"""A small problem with three overlapping classes."""

import pytest

from strategies import clusters


@pytest.fixture(scope="module")
def problem():
    """X (90, 4), y (90,) with labels 0, 1, 2; read-only, so that no test changes it for the next."""
    X, y = clusters(0, 90, 4, 3)
    X.flags.writeable = y.flags.writeable = False
    return X, y
