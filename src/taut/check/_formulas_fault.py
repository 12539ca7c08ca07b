"""A wrong value of a known loss, and the ways in which most of them are written."""

from collections.abc import Callable
from dataclasses import dataclass

from taut.check._formulas_arrays import Array
from taut.check._formulas_setting import Setting

Change = Callable[[Setting], Setting]


@dataclass(frozen=True)
class ValueFault:
    """A wrong value: what it does, the line that cures it, and the value itself.

    ``consistent`` is the objective whose right value the wrong one is, where there is such a one: a code that also
    returns the gradient of that objective only has another convention. ``slip`` tells that nobody means it.
    """

    says: str
    cure: str
    value: Callable[[Setting], float]
    consistent: Change | None = None
    slip: bool = False


def convention(says: str, cure: str, change: Change) -> ValueFault:
    """The right value of another objective."""
    return ValueFault(says, cure, lambda at: change(at).value, change)


def with_losses(says: str, cure: str, losses: Callable[[Setting], Array]) -> ValueFault:
    """The examples' losses are wrong, the mean and the regulariser right."""
    return ValueFault(says, cure, lambda at: at.data_scale * float(losses(at).mean()) + at.penalty_value)


def with_penalty_value(says: str, cure: str, penalty: Callable[[Setting], float]) -> ValueFault:
    """Something else is added where the regulariser belongs."""
    return ValueFault(says, cure, lambda at: at.data_scale * float(at.sample_values.mean()) + penalty(at))


def scaled(data: float, penalty: float) -> Change:
    """The objective with its two parts times a factor."""
    return lambda at: at.but(data_scale=data * at.data_scale, penalty_scale=penalty * at.penalty_scale)
