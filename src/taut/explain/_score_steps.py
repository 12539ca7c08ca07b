"""From scores to each row's loss and its derivatives A, one list of steps a loss."""

from collections.abc import Callable

from taut.explain._hinge_steps import crammer_singer_steps, hinge_steps, squared_hinge_steps
from taut.explain._own_steps import own_steps
from taut.explain._scores import Scores
from taut.explain._softmax_steps import softmax_steps
from taut.explain._squared_steps import squared_steps
from taut.explain._step import Step
from taut.losses import LOSSES

_STEPS: dict[str, Callable[[Scores], list[Step]]] = {
    "hinge": hinge_steps,
    "squared_hinge": squared_hinge_steps,
    "crammer_singer": crammer_singer_steps,
    "softmax": softmax_steps,
    "squared": squared_steps,
}


def score_steps(at: Scores) -> list[Step]:
    """The steps whose last is A, the derivatives of every row's loss by its scores; L is among them."""
    known = LOSSES.get(at.loss.name) is type(at.loss) and at.loss.width == 0.0
    return (_STEPS[at.loss.name] if known else own_steps)(at)
