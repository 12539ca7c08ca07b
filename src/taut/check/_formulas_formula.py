"""A wrong gradient with its name, and the ways in which most of them are written."""

from collections.abc import Callable
from dataclasses import dataclass

from taut.check._formulas_arrays import Array
from taut.check._formulas_setting import Setting

Make = Callable[[Setting], Array]


@dataclass(frozen=True)
class Formula:
    """A wrong gradient by its standard name: what it does, the line that cures it, and the gradient itself."""

    kind: str
    says: str
    cure: str
    gradient: Make


def from_slopes(kind: str, says: str, cure: str, slopes: Make) -> Formula:
    """The derivatives by the scores are wrong, and only they."""
    return Formula(kind, says, cure, lambda at: at.from_scores(slopes(at)))


def from_data(kind: str, says: str, cure: str, change: Callable[[Array], Array]) -> Formula:
    """The data part of the gradient is changed."""
    return Formula(kind, says, cure, lambda at: change(at.data) + at.penalty)


def with_penalty(kind: str, says: str, cure: str, penalty: Make) -> Formula:
    """Something else is added where the regulariser's gradient belongs."""
    return Formula(kind, says, cure, lambda at: at.data + penalty(at))


def with_targets(kind: str, says: str, cure: str, targets: Make) -> Formula:
    """Other targets are used."""
    return Formula(kind, says, cure, lambda at: at.relabelled(targets(at)).right)


def rolled(by: int) -> Make:
    """The targets of labels that are shifted."""

    def targets(at: Setting) -> Array:
        shifted: Array = at.targets[:, [(column - by) % at.k for column in range(at.k)]]
        return shifted

    return targets


def derivative_of_penalty(at: Setting) -> str:
    """What the regulariser's gradient should read."""
    return "2*reg*W" if at.convention == "full" else "reg*W"
