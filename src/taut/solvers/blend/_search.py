"""Branch and bound: the node with the lowest bound first, its item chosen by trying several."""

import heapq
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.solvers.blend._incumbent import Incumbent
from taut.solvers.blend._problem import FINE, IN, OPEN, OUT, BlendProblem
from taut.solvers.blend._relaxation import Node, Relaxation, load_kernel
from taut.solvers.blend._tree import Recorder, Tree

TOLERANCE = 1e-9
"""The relative gap that is called optimal."""

TRIED = 8
"""Items whose two children are solved before one of them is branched on."""

Tell = Callable[[int, float, float, float], None]
"""Takes branches, seconds, the best distance so far and its gap."""

OPTIMAL, TIME_LIMIT, INTERRUPTED = "optimal", "time_limit", "interrupted"


@dataclass(frozen=True, eq=False)
class BlendSolution:
    """The best blend found, a proved lower bound of the distance, and how it ended.

    ``ended`` is "optimal", "time_limit" or "interrupted"; ``w`` is None where there is no blend at all, or none was
    found in time.
    """

    w: FloatArray | None
    objective: float
    bound: float
    ended: str
    nodes: int
    seconds: float
    tree: Tree | None = None


def search(
    problem: BlendProblem, first: FloatArray | None, time_limit: float | None, tell: Tell | None = None
) -> BlendSolution:
    """Minimise ‖X w − t‖₂ over the blends of a problem, from a first support where one is known."""
    load_kernel()
    began = time.perf_counter()
    state = _Search(problem, began, began + (math.inf if time_limit is None else time_limit), tell)
    ended = state.run(first)
    return BlendSolution(
        w=state.incumbent.w,
        objective=state.incumbent.distance,
        bound=state.bound(),
        ended=ended,
        nodes=state.nodes,
        seconds=time.perf_counter() - began,
        tree=state.recorder.tree(state.relaxation.curve, state.relaxation.factor, state.relaxation.lifted),
    )


class _Search:
    """The open nodes, the record, and the best blend."""

    def __init__(self, problem: BlendProblem, began: float, deadline: float, tell: Tell | None) -> None:
        self.problem, self.began, self.deadline, self.tell = problem, began, deadline, tell
        plain = Relaxation.plain(problem)
        self.relaxation, self.incumbent = plain, Incumbent(plain, deadline)
        self.recorder, self.nodes = Recorder(), 0
        self.heap: list[tuple[float, int, Node]] = []
        self.root: Node | None = None

    def run(self, first: FloatArray | None) -> str:
        """Search until the gap is closed, the time is up, or Ctrl-C."""
        try:
            self._root(first)
            while self.heap and self.heap[0][0] < self._cutoff():
                self._say()
                if time.perf_counter() > self.deadline:
                    return TIME_LIMIT
                self._expand()
        except KeyboardInterrupt:
            if self.incumbent.w is None or self.root is None:
                raise
            if not self.recorder.links:
                self._keep(self.root)
            return INTERRUPTED
        return OPTIMAL

    def bound(self) -> float:
        """The proved distance, less what rounding may have added to it."""
        lowest = self.recorder.lowest()
        if lowest == math.inf:
            return self.incumbent.distance
        proved = math.sqrt(max(0.0, 2.0 * lowest - self.relaxation.lost)) * (1 - 1e-11) - 1e-13 * self.problem.scale
        return max(0.0, min(proved, self.incumbent.distance))

    def _say(self) -> None:
        """Tell how far the search is, once there is a blend."""
        best = self.incumbent.distance
        if self.tell is None or best == math.inf:
            return
        bound = math.sqrt(max(0.0, 2.0 * self.heap[0][0] - self.relaxation.lost))
        self.tell(self.nodes, time.perf_counter() - self.began, best, self.problem.relative_gap(best, bound))

    def _cutoff(self) -> float:
        """A node with this bound cannot hold a blend that is better by more than the tolerance."""
        best = self.incumbent.distance
        if best == math.inf:
            return math.inf
        tolerated = 0.5 * TOLERANCE * max(best, FINE * self.problem.scale)
        return 0.5 * max(0.0, best - tolerated) ** 2

    def _root(self, first: FloatArray | None) -> None:
        roles = self.problem.first_roles()
        start = self._nearest(roles)
        root = self.relaxation.node(roles, start)
        if root is None:
            self.recorder.leaf(None)
            return
        self.root = root
        self.incumbent.round(root.w, root.role)
        if first is not None:
            self.incumbent.offer(first, start)
        self.incumbent.improve()
        if self.incumbent.w is not None and root.bound < self._cutoff():
            split = self.relaxation.split(self.incumbent.distance)
            again = split.node(roles, root.w)
            if again is not None:
                self.relaxation, self.root = split, again
        self._keep(self.root)

    def _nearest(self, roles: IntArray) -> FloatArray:
        """As much as the bounds let of the items that are nearest to t, one after the other."""
        problem, left = self.problem, self.problem.total
        start = np.zeros(problem.n)
        for i in np.argsort(np.diag(self.relaxation.gram), kind="stable"):
            if roles[i] != OUT:
                start[i] = min(problem.upper[i], left)
                left -= start[i]
        return start

    def _keep(self, node: Node) -> int:
        """Record a leaf, and open it unless its bound closes it."""
        at = self.recorder.leaf((node.bound, node.image, node.level))
        if node.bound < self._cutoff():
            heapq.heappush(self.heap, (node.bound, at, node))
        return at

    def _expand(self) -> None:
        """Branch on the item whose children have the best bounds."""
        _, at, node = self.heap[0]
        item, children = self._best_branch(node)
        heapq.heappop(self.heap)
        self.nodes += 1
        if item < 0:  # every item is decided: rounding alone keeps the bound below
            return
        for child in children:
            if child is not None and child.bound < self._cutoff() and self.incumbent.round(child.w, child.role):
                self.incumbent.improve()
        out, inside = (self.recorder.leaf(None) if child is None else self._keep(child) for child in children)
        self.recorder.branch(at, item, out, inside)

    def _best_branch(self, node: Node) -> tuple[int, tuple[Node | None, Node | None]]:
        cutoff, best, chosen = self._cutoff(), -1.0, -1
        children: tuple[Node | None, Node | None] = (None, None)
        least = 1e-9 * (node.bound + FINE * self.problem.scale**2)
        for item in self._candidates(node):
            pair = self._child(node, item, OUT), self._child(node, item, IN)
            gains = [min(cutoff, math.inf if child is None else child.bound) - node.bound for child in pair]
            score = max(gains[0], least) * max(gains[1], least)
            if score > best:
                best, chosen, children = score, item, pair
            if min(gains) >= cutoff - node.bound:
                break
        return chosen, children

    def _candidates(self, node: Node) -> list[int]:
        """Open items, the furthest from both 0 and their lower bound first; else the largest."""
        lower, w = self.problem.lower, node.w
        unclear = np.where(node.role == OPEN, np.minimum(w, lower - w), -1.0)
        found = [int(i) for i in np.argsort(-unclear, kind="stable")[:TRIED] if unclear[i] > 1e-12 * self.problem.total]
        if found:
            return found
        return [int(i) for i in np.argsort(-w, kind="stable") if node.role[i] == OPEN][:TRIED]

    def _child(self, node: Node, item: int, role: int) -> Node | None:
        """The node with one more item decided; it inherits the parent's proof where that is the better one."""
        roles = node.role.copy()
        roles[item] = role
        child = self.relaxation.node(roles, node.w, node.price)
        if child is not None and child.bound < node.bound:
            return replace(child, bound=node.bound, image=node.image, level=node.level)
        return child
