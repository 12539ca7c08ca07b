"""Tiny problems: one BLAS thread, because waking others costs more than all of the work."""

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_blas_thread():
    with threadpool_limits(1):
        yield
