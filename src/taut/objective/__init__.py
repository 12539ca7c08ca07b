"""The one objective: weights, penalty, value and gradient, dual value, gap."""

from taut.objective._certificate import Certificate, relative_gap
from taut.objective._conventions import l2_from
from taut.objective._indicator import as_indicator, holds_sets
from taut.objective._least_squares_risk import LeastSquaresRisk
from taut.objective._linear_objective import LinearObjective
from taut.objective._loss_and_gradient import loss_and_gradient
from taut.objective._net_risk import NetRisk
from taut.objective._normal_equations import Centring, NormalEquations
from taut.objective._objective import Objective
from taut.objective._risk import Risk
from taut.objective._strong_risk import STRONG, StrongRisk

__all__ = [
    "STRONG",
    "Centring",
    "Certificate",
    "LeastSquaresRisk",
    "LinearObjective",
    "NetRisk",
    "NormalEquations",
    "Objective",
    "Risk",
    "StrongRisk",
    "as_indicator",
    "holds_sets",
    "l2_from",
    "loss_and_gradient",
    "relative_gap",
]
