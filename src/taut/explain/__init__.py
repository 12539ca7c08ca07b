"""A gradient on real numbers, step by step, each step held against its loop form."""

from taut.explain._axis import Axis
from taut.explain._explain import explain_gradient
from taut.explain._explanation import Explanation
from taut.explain._step import Step

__all__ = ["Axis", "Explanation", "Step", "explain_gradient"]
