"""The facts of one blend, and the sentence that a person reads first."""

from dataclasses import asdict, dataclass
from typing import Any

from taut.pages import card

WORDS = {"l2": "distance", "l1": "sum of absolute errors", "max": "largest error"}
"""What each norm is called."""


@dataclass(frozen=True)
class BlendReport:
    """How near a blend came, what proves that none is nearer, and how it ended.

    Attributes
    ----------
    status : str
        "optimal", or "feasible" where the search ended first.
    ended : str
        "optimal", "time_limit" or "interrupted".
    norm : str
    objective, bound, gap : float
        ‖X w − t‖, a lower bound on it over all blends, and (objective − bound)/objective; over a thousandth of the
        distance of the worst single item from t where the fit is nearly exact.
    tol : float
        The gap that is called optimal.
    parts, n, m : int
        Weights that are not zero, items, entries of t.
    nodes : int
        Branches of the search; 0 for "l1" and "max".
    seconds : float
    """

    status: str
    ended: str
    norm: str
    objective: float
    bound: float
    gap: float
    tol: float
    parts: int
    n: int
    m: int
    nodes: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return asdict(self) | {"verdict": str(self)}

    def _repr_html_(self) -> str:
        return card(self, asdict(self))

    def __str__(self) -> str:
        """The verdict in one sentence."""
        what = WORDS[self.norm]
        effort = f"{self.parts} of {self.n} items, {self.seconds:.2g} s"
        if self.nodes:
            effort += f", {self.nodes:,} branch" + ("" if self.nodes == 1 else "es")
        if self.status == "optimal":
            return (
                f"Optimal: no blend has a smaller {what} than {self.objective:.7g} "
                f"(gap {self.gap:.1e} <= {self.tol:g}; lower bound {self.bound:.7g}); {effort}."
            )
        cause = {"interrupted": "interrupted", "time_limit": "the time limit ended the search"}.get(
            self.ended, "the bounds of the solver did not meet"
        )
        return (
            f"Feasible, not proved optimal: {cause}; the {what} is {self.objective:.7g} and no blend is below "
            f"{self.bound:.7g}, {100 * self.gap:.3g} % less; {effort}."
        )
