"""Evaluations of loss and gradient, and whole fits, timed beside what else computes them; a client of public names.

The contenders hold the same arrays, take turns, and must agree before anything is timed. Time is also set against
the roofline, the least that reading X once and multiplying can take on this machine, whose limits are measured first.
"""

from taut.bench._error import BenchError
from taut.bench._fit_contenders import Contender, fit_peers
from taut.bench._fit_measure import Arrival, FitRow, measure_fit
from taut.bench._fit_problem import FitProblem, Weights
from taut.bench._fit_table import FitTable
from taut.bench._machine import Limits, machine_limits, versions
from taut.bench._measure import Row, measure
from taut.bench._own_data import dataset_makers
from taut.bench._problem import Problem
from taut.bench._shapes import DTYPES, SHAPES, Shape, shaped_problem, synthetic_makers
from taut.bench._table import Table

__all__ = [
    "DTYPES",
    "SHAPES",
    "Arrival",
    "BenchError",
    "Contender",
    "FitProblem",
    "FitRow",
    "FitTable",
    "Limits",
    "Problem",
    "Row",
    "Shape",
    "Table",
    "Weights",
    "dataset_makers",
    "fit_peers",
    "machine_limits",
    "measure",
    "measure_fit",
    "shaped_problem",
    "synthetic_makers",
    "versions",
]
