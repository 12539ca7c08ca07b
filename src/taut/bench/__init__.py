"""One evaluation of loss and gradient, timed beside what else computes it; a client of the public names.

The contenders hold the same arrays, take turns, and must agree before anything is timed. Time is also set against
the roofline, the least that reading X once and multiplying can take on this machine, whose limits are measured first.
"""

from taut.bench._error import BenchError
from taut.bench._machine import Limits, machine_limits, versions
from taut.bench._measure import Row, measure
from taut.bench._own_data import dataset_makers
from taut.bench._problem import Problem
from taut.bench._shapes import DTYPES, SHAPES, Shape, shaped_problem, synthetic_makers
from taut.bench._table import Table

__all__ = [
    "DTYPES",
    "SHAPES",
    "BenchError",
    "Limits",
    "Problem",
    "Row",
    "Shape",
    "Table",
    "dataset_makers",
    "machine_limits",
    "measure",
    "shaped_problem",
    "synthetic_makers",
    "versions",
]
