"""Semi-continuous blends: each weight zero or between its bounds, found and bounded by branch and bound."""

from taut.solvers.blend._choice import InfeasibleBlendError
from taut.solvers.blend._problem import BlendProblem, Group
from taut.solvers.blend._search import BlendSolution
from taut.solvers.blend._solve import NORMS, solve_blend
from taut.solvers.blend._tree import Tree

__all__ = ["NORMS", "BlendProblem", "BlendSolution", "Group", "InfeasibleBlendError", "Tree", "solve_blend"]
