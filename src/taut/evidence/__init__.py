"""What the rows say of a fit: its start, its gradient, its hardest examples, its mistakes, and what it is made of."""

from taut.evidence._card import card, checked_objective
from taut.evidence._case import Case
from taut.evidence._class_case import ClassCase
from taut.evidence._compare import compare
from taut.evidence._gather import gathered
from taut.evidence._label_case import LabelCase
from taut.evidence._machine import machine
from taut.evidence._made_of import made_of
from taut.evidence._number_case import NumberCase
from taut.evidence._units import strongest_units

__all__ = [
    "Case",
    "ClassCase",
    "LabelCase",
    "NumberCase",
    "card",
    "checked_objective",
    "compare",
    "gathered",
    "machine",
    "made_of",
    "strongest_units",
]
