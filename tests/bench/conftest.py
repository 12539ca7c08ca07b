"""Small problems of every kind that the benchmark knows."""

import pytest

from taut.bench import Shape, shaped_problem

SHAPES = {
    "dense": Shape(600, 30, 4),
    "sparse": Shape(300, 50, 4, entries_a_row=6),
    "pixels": Shape(500, 20, 3, pixels=True),
}


@pytest.fixture
def small():
    """Make a small problem by name and type."""

    def making(name, dtype, **options):
        return shaped_problem(name, SHAPES[name], dtype, **options)

    return making
