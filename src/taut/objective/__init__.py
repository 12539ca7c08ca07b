"""The one objective: weights, penalty, value and gradient, dual value, gap."""

from taut.objective._certificate import Certificate, relative_gap
from taut.objective._conventions import l2_from
from taut.objective._indicator import as_indicator, holds_sets
from taut.objective._linear_objective import LinearObjective
from taut.objective._loss_and_gradient import loss_and_gradient
from taut.objective._net_risk import NetRisk
from taut.objective._objective import Objective
from taut.objective._risk import Risk
from taut.objective._strong_risk import STRONG, StrongRisk

__all__ = [
    "STRONG",
    "Certificate",
    "LinearObjective",
    "NetRisk",
    "Objective",
    "Risk",
    "StrongRisk",
    "as_indicator",
    "holds_sets",
    "l2_from",
    "loss_and_gradient",
    "relative_gap",
]
