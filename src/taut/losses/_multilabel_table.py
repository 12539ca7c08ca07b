"""The table from names to losses of label sets."""

import math
from numbers import Real

from taut.losses._binary import Binary
from taut.losses._bp_mll import BPMLL
from taut.losses._log_bp_mll import LogBPMLL
from taut.losses._lsep import LSEP
from taut.losses._multilabel import MultilabelLoss
from taut.losses._pairwise_hinge import PairwiseHinge
from taut.losses._zlpr import ZLPR

MULTILABEL_LOSSES: dict[str, type[MultilabelLoss]] = {
    loss.name: loss for loss in (BPMLL, LogBPMLL, ZLPR, LSEP, Binary, PairwiseHinge)
}


def make_multilabel_loss(loss: str | MultilabelLoss, *, margin: float = 1.0) -> MultilabelLoss:
    """A loss of label sets from its name, or the user's own as it is.

    Raises
    ------
    ValueError
        An unknown name (the message lists the known ones), or a margin that is negative or not finite.
    """
    if isinstance(loss, MultilabelLoss):
        return loss
    if not isinstance(loss, str) or loss not in MULTILABEL_LOSSES:
        raise ValueError(f"unknown loss of label sets {loss!r}: choose one of {', '.join(MULTILABEL_LOSSES)}")
    if not (isinstance(margin, Real) and math.isfinite(margin) and margin >= 0):
        raise ValueError(f"margin must be a finite number >= 0, got {margin!r}")
    return MULTILABEL_LOSSES[loss](margin=float(margin))
