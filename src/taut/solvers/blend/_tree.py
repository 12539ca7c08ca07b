"""What the search did, as a record that somebody else can check."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from taut._typing import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Tree:
    """The branches and, of every leaf, the dual point behind its bound.

    Node 0 is the root. ``item[k]`` is the item that node k decides, −1 in a leaf; ``out[k]`` and ``inside[k]`` are
    the nodes that follow; ``proof[k]`` is the row of ``points`` and ``levels`` that bounds leaf k, −1 where no blend is
    left.
    ``diagonal`` is what was taken out of the quadratic form in every bound, ``factor`` is F of what was left, None
    where that is B itself.
    """

    item: IntArray
    out: IntArray
    inside: IntArray
    proof: IntArray
    points: FloatArray
    levels: FloatArray
    diagonal: FloatArray
    factor: FloatArray | None


@dataclass(eq=False)
class Recorder:
    """Grows a tree; whenever Ctrl-C comes, what stands there is a whole tree."""

    links: list[tuple[int, int, int] | None] = field(default_factory=list)
    proofs: list[tuple[float, FloatArray, float] | None] = field(default_factory=list)

    def leaf(self, proof: tuple[float, FloatArray, float] | None) -> int:
        """Add a leaf with its bound and dual point; None where no blend is left."""
        self.proofs.append(proof)
        self.links.append(None)
        return len(self.links) - 1

    def branch(self, node: int, item: int, out: int, inside: int) -> None:
        """A leaf becomes a branch on an item, in one stroke."""
        self.links[node] = (item, out, inside)
        self.proofs[node] = None

    def lowest(self) -> float:
        """The lowest bound of a leaf; infinity where no leaf holds a blend."""
        bounds = [proof[0] for proof, link in zip(self.proofs, self.links, strict=True) if proof and not link]
        return min(bounds, default=math.inf)

    def tree(self, diagonal: FloatArray, factor: FloatArray | None, lifted: Callable[[FloatArray], FloatArray]) -> Tree:
        """The record; ``lifted`` takes a dual point to the rows of the factor."""
        kept = [proof if link is None else None for proof, link in zip(self.proofs, self.links, strict=True)]
        held = [proof for proof in kept if proof is not None]
        places = np.cumsum([proof is not None for proof in kept]) - 1
        links = np.array([(-1, -1, -1) if link is None else link for link in self.links], dtype=np.int64)
        return Tree(
            links[:, 0],
            links[:, 1],
            links[:, 2],
            np.where([proof is not None for proof in kept], places, -1).astype(np.int64),
            np.array([lifted(point) for _, point, _ in held]) if held else np.zeros((0, 0)),
            np.array([level for _, _, level in held]),
            diagonal,
            factor,
        )
