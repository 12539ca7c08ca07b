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

Losses of label sets compare the scores c with an indicator Y (n, k), bool; Ȳ is the set of the other labels. With
a = log Σ_{l∉Y} e^{c_l} and b = log Σ_{k∈Y} e^{-c_k},

=================  =======================================================================
name               loss of one example
=================  =======================================================================
bp_mll             1/(|Y||Ȳ|) Σ_{k∈Y, l∉Y} e^{c_l - c_k} = e^{a+b} / (|Y||Ȳ|)
log_bp_mll         log of it: a + b - log(|Y||Ȳ|)
zlpr               log(1 + e^a) + log(1 + e^b)
lsep               log(1 + Σ_{k∈Y, l∉Y} e^{c_l - c_k}) = log(1 + e^{a+b})
binary             Σ_{l∉Y} log(1 + e^{c_l}) + Σ_{k∈Y} log(1 + e^{-c_k})
pairwise_hinge     1/(|Y||Ȳ|) Σ_{k∈Y, l∉Y} max(0, c_l - c_k + margin)
=================  =======================================================================

An empty or a full set leaves all but zlpr and binary without a pair: such rows count with weight 0.
"""

from taut.losses._base import Apply, Loss, Row, close_rows, open_rows
from taut.losses._binary import Binary
from taut.losses._bp_mll import BPMLL
from taut.losses._crammer_singer import CrammerSinger
from taut.losses._hinge import Hinge
from taut.losses._log_bp_mll import LogBPMLL
from taut.losses._lsep import LSEP
from taut.losses._multilabel import MultilabelLoss
from taut.losses._multilabel_table import MULTILABEL_LOSSES, make_multilabel_loss
from taut.losses._pairwise_hinge import PairwiseHinge
from taut.losses._softmax import Softmax
from taut.losses._squared import Squared
from taut.losses._squared_error import SquaredError
from taut.losses._squared_hinge import SquaredHinge
from taut.losses._table import LOSSES, make_loss
from taut.losses._zlpr import ZLPR

__all__ = [
    "BPMLL",
    "LOSSES",
    "LSEP",
    "MULTILABEL_LOSSES",
    "ZLPR",
    "Apply",
    "Binary",
    "CrammerSinger",
    "Hinge",
    "LogBPMLL",
    "Loss",
    "MultilabelLoss",
    "PairwiseHinge",
    "Row",
    "Softmax",
    "Squared",
    "SquaredError",
    "SquaredHinge",
    "close_rows",
    "make_loss",
    "make_multilabel_loss",
    "open_rows",
]
