"""What the search did, as a record that somebody else can check."""

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
    """Grows a tree."""

    item: list[int] = field(default_factory=list)
    out: list[int] = field(default_factory=list)
    inside: list[int] = field(default_factory=list)
    proofs: list[tuple[FloatArray, float] | None] = field(default_factory=list)

    def leaf(self, proof: tuple[FloatArray, float] | None) -> int:
        """Add a leaf with its dual point; None where no blend is left."""
        self.item.append(-1)
        self.out.append(-1)
        self.inside.append(-1)
        self.proofs.append(proof)
        return len(self.item) - 1

    def branch(self, node: int, item: int, out: int, inside: int) -> None:
        """A leaf becomes a branch on an item; its dual point has done its work."""
        self.item[node], self.out[node], self.inside[node] = item, out, inside
        self.proofs[node] = None

    def tree(self, diagonal: FloatArray, factor: FloatArray | None) -> Tree:
        """The record."""
        kept = [proof for proof in self.proofs if proof is not None]
        places = np.cumsum([proof is not None for proof in self.proofs]) - 1
        held = np.array([proof is not None for proof in self.proofs])
        return Tree(
            np.array(self.item, dtype=np.int64),
            np.array(self.out, dtype=np.int64),
            np.array(self.inside, dtype=np.int64),
            np.where(held, places, -1).astype(np.int64),
            np.array([point for point, _ in kept]).reshape(len(kept), -1) if kept else np.zeros((0, 0)),
            np.array([level for _, level in kept]),
            diagonal,
            factor,
        )
