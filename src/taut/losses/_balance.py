"""The one condition that a free intercept adds to the dual: Σ_i w_i a_ic = 0 for every class c.

Written as flows F[y, j] = Σ_{i of class y} w_i b_ij between classes, the condition says that F is a
circulation: as much leaves every class as enters it.
"""

from collections import deque
from typing import Any

import numpy as np

from taut._typing import FloatArray, IntArray


def balance_flows(dual: FloatArray, room: FloatArray, targets: IntArray, weights: FloatArray) -> FloatArray:
    """Change a dual point as little as needed so that its flows are a circulation.

    Parameters
    ----------
    dual : ndarray of shape (n, k)
        b_ij ≥ 0 for j ≠ y_i, rows summing to zero.
    room : ndarray of shape (n, k)
        How far each b_ij may rise, all of a row together.
    targets, weights : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n, k)
        In the dual set: every b_ij either shrinks by a factor or rises by a part of its room.
    """
    k = dual.shape[1]
    everyone = np.arange(len(targets))
    shares = dual.astype(np.float64)
    shares[everyone, targets] = 0.0
    rise = np.array(room, dtype=np.float64)
    rise[everyone, targets] = 0.0
    flow, free = _by_class(shares, targets, weights, k), _by_class(rise, targets, weights, k)
    step = _potential_steps(flow, free)
    if step is None:
        kept = np.divide(_cancelled(flow), flow, out=np.zeros_like(flow), where=flow > 0)
        shares *= kept[targets]
    else:
        up = np.divide(step, free, out=np.zeros_like(step), where=(step > 0) & (free > 0))
        down = np.divide(step, flow, out=np.zeros_like(step), where=(step < 0) & (flow > 0))
        shares += up[targets] * rise + down[targets] * shares
    shares[everyone, targets] = -shares.sum(axis=1)
    return shares


def balance_simplex(dual: FloatArray, room: FloatArray, targets: IntArray, weights: FloatArray) -> FloatArray:
    """The same for losses whose dual is p − onehot(y) with p in the simplex: shift p within each row.

    p_ij becomes p_ij (1 + φ_j − Σ_l p_il φ_l), which keeps every row in the simplex and every zero a zero;
    φ solves Σ_i w_i (diag p_i − p_i p_iᵀ) φ = −Σ_i w_i a_i. Where that would turn an entry negative,
    `balance_flows` takes over.
    """
    everyone = np.arange(len(targets))
    p = dual.astype(np.float64)
    p[everyone, targets] += 1.0
    excess = weights @ dual
    weighted = p * weights[:, None]
    stiffness = np.diag(weighted.sum(axis=0)) - weighted.T @ p
    potential, *_ = np.linalg.lstsq(stiffness, -excess, rcond=1e-12)
    factor = 1.0 + potential - (p @ potential)[:, None]
    p *= factor
    p[everyone, targets] -= 1.0
    fits = np.where(dual + 0.0 != 0.0, factor, 1.0).min() >= 0.0
    closed = np.abs(weights @ p).max() <= 1e-12 * weights.sum()
    return p if fits and closed else balance_flows(dual, room, targets, weights)


def _by_class(values: FloatArray, targets: IntArray, weights: FloatArray, k: int) -> FloatArray:
    """Σ_i w_i values_ij over the examples i of each class: (k, k)."""
    weighted = values * weights[:, None]
    return np.stack([np.bincount(targets, weights=weighted[:, j], minlength=k) for j in range(k)], axis=1)


def _potential_steps(flow: FloatArray, free: FloatArray) -> FloatArray | None:
    """A change of the flows that closes every class's balance, or None if it does not fit the room.

    The change on the edge (c, j) is g_cj (φ_j − φ_c) with conductance g = min(flow, free), as in a
    resistor network: it spreads over all edges that can give, in proportion to what they can give.
    """
    excess = flow.sum(axis=0) - flow.sum(axis=1)
    total = flow.sum()
    if total == 0.0:
        return np.zeros_like(flow)
    conductance = np.minimum(flow, free)
    both = conductance + conductance.T
    laplacian = np.diag(both.sum(axis=1)) - both
    potential, *_ = np.linalg.lstsq(laplacian, -excess, rcond=1e-12)
    step: FloatArray = conductance * (potential[None, :] - potential[:, None])
    left = excess + step.sum(axis=0) - step.sum(axis=1)
    fits = (np.abs(step) <= conductance).all()
    return step if fits and np.abs(left).max() <= 1e-12 * total else None


def _cancelled(flow: FloatArray) -> FloatArray:
    """The flows less just enough on paths from classes that too much leaves to classes that too much enters."""
    flow = flow.copy()
    k = len(flow)
    negligible = 1e-15 * flow.sum()
    for _ in range(4 * k * k):
        excess = flow.sum(axis=0) - flow.sum(axis=1)
        source = int(np.argmin(excess))
        path = _path(flow, source, excess > 0) if excess[source] < -negligible else None
        if path is None:
            break
        heads, tails = path[:-1], path[1:]
        flow[heads, tails] -= min(-excess[source], excess[path[-1]], flow[heads, tails].min())
    # What rounding leaves open is closed for good: min(F, Fᵀ) of the rest is symmetric, so it is a circulation.
    excess = np.abs(flow.sum(axis=0) - flow.sum(axis=1)).max()
    return flow if excess <= 1e-12 * max(flow.sum(), negligible) else np.minimum(flow, flow.T)


def _path(flow: FloatArray, source: int, goal: Any) -> list[int] | None:
    """A shortest path along positive flows from a class to one of the goals."""
    before = {source: source}
    queue = deque([source])
    while queue:
        here = queue.popleft()
        if goal[here]:
            path = [here]
            while path[-1] != source:
                path.append(before[path[-1]])
            return path[::-1]
        for there in np.flatnonzero(flow[here] > 0).tolist():
            if there not in before:
                before[there] = here
                queue.append(there)
    return None
