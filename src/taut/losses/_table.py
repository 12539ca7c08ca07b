"""The one table from names to losses."""

import math
from numbers import Real

from taut.losses._base import Loss
from taut.losses._crammer_singer import CrammerSinger
from taut.losses._hinge import Hinge
from taut.losses._multilabel import MultilabelLoss
from taut.losses._multilabel_table import MULTILABEL_LOSSES
from taut.losses._softmax import Softmax
from taut.losses._squared import Squared
from taut.losses._squared_hinge import SquaredHinge

LOSSES: dict[str, type[Loss]] = {loss.name: loss for loss in (Hinge, SquaredHinge, CrammerSinger, Softmax, Squared)}


def make_loss(loss: str | Loss, *, margin: float = 1.0) -> Loss:
    """A loss from its name, or the user's own loss as it is.

    Raises
    ------
    ValueError
        An unknown name (the message lists the known ones), or a margin that is negative or not finite.
    """
    if isinstance(loss, MultilabelLoss) or (isinstance(loss, str) and loss in MULTILABEL_LOSSES):
        name = loss.name if isinstance(loss, MultilabelLoss) else loss
        raise ValueError(f"the loss {name!r} compares sets of labels, not classes: it belongs to MultilabelClassifier")
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}: choose one of {', '.join(LOSSES)}")
    if not (isinstance(margin, Real) and math.isfinite(margin) and margin >= 0):
        raise ValueError(f"margin must be a finite number >= 0, got {margin!r}")
    return LOSSES[loss](margin=float(margin))
