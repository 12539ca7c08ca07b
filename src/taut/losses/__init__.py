"""One file a loss: functions of scores; none ever sees X.

Scores are (n, k), one column a class; targets are codes 0..k-1. With m_j = s_j - s_y + margin,

=================  ==========================  ======================================
name               loss of one example         conjugate at the dual a (b_j = a_j, j != y)
=================  ==========================  ======================================
hinge              Σ_{j≠y} max(0, m_j)         -margin Σ b_j,           0 <= b_j <= 1
squared_hinge      Σ_{j≠y} max(0, m_j)²        Σ b_j²/4 - margin b_j,   0 <= b_j
crammer_singer     max(0, max_{j≠y} m_j)       -margin Σ b_j,           0 <= b_j, Σ b_j <= 1
softmax            log Σ_j e^{s_j} - s_y       Σ p_j log p_j,           p = a + onehot(y) in the simplex
squared            ½ Σ_j (s_j - [j = y])²      ½ Σ a_j² + a_y
=================  ==========================  ======================================

The dual of the first four sums to zero over the classes: a_y = -Σ_{j≠y} a_j.
"""

from taut.losses._base import Apply, Loss, Row
from taut.losses._crammer_singer import CrammerSinger
from taut.losses._hinge import Hinge
from taut.losses._softmax import Softmax
from taut.losses._squared import Squared
from taut.losses._squared_hinge import SquaredHinge
from taut.losses._table import LOSSES, make_loss

__all__ = [
    "LOSSES",
    "Apply",
    "CrammerSinger",
    "Hinge",
    "Loss",
    "Row",
    "Softmax",
    "Squared",
    "SquaredHinge",
    "make_loss",
]
