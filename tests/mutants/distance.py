"""How far a gradient is from every right one, by linear programming and nothing of the checker's."""

import numpy as np
from scipy.optimize import linprog

ROUNDING = 1e-9


def distance(loss: str, W, X, y, reg, given, right) -> float:
    """The least over all right gradients of the largest difference in an entry.

    ``right`` is one right gradient; at ties of the two kinked losses every tied pair may take a share.
    """
    moves = _hinge_moves(W, X, y) if loss == "hinge" else _worst_moves(W, X, y) if loss == "crammer_singer" else []
    if not moves:
        return float(np.abs(given - right).max())
    least = right.astype(float).copy()
    columns, limits = [], []
    for vertices, start in moves:
        least -= start
        limits.append(len(vertices))
        columns += [vertex.ravel() for vertex in vertices]
    G, r = np.column_stack(columns), (given - least).ravel()
    up = np.hstack([G, -np.ones((len(r), 1))])
    down = np.hstack([-G, -np.ones((len(r), 1))])
    sums = np.zeros((len(limits), G.shape[1] + 1))
    first = 0
    for row, count in enumerate(limits):
        sums[row, first : first + count] = 1
        first += count
    cost = np.zeros(G.shape[1] + 1)
    cost[-1] = 1
    found = linprog(
        cost, A_ub=np.vstack([up, down]), b_ub=np.concatenate([r, -r]), A_eq=sums, b_eq=np.ones(len(limits))
    )
    assert found.status == 0, found.message
    return float(found.fun)


def _hinge_moves(W, X, y):
    """For each tied pair its two ends, 0 and the full step, and which of them the strict mask takes: 0."""
    S = X @ W
    for_all = []
    for i in range(len(y)):
        for j in range(W.shape[1]):
            if j != y[i] and abs(S[i, j] - S[i, y[i]] + 1) < ROUNDING:
                step = np.zeros(W.shape)
                step[:, j] += X[i] / len(y)
                step[:, y[i]] -= X[i] / len(y)
                for_all.append(([np.zeros(W.shape), step], np.zeros(W.shape)))
    return for_all


def _worst_moves(W, X, y):
    """For each tied example its vertices: a step for each of the worst classes, 0 where their margin is 0."""
    S = X @ W
    for_all = []
    for i in range(len(y)):
        rivals = [(S[i, j] - S[i, y[i]] + 1, j) for j in range(W.shape[1]) if j != y[i]]
        best = max(m for m, _ in rivals)
        tied = [j for m, j in rivals if abs(m - best) < ROUNDING]
        if best < -ROUNDING or (len(tied) == 1 and best > ROUNDING):
            continue
        vertices = []
        for j in tied:
            step = np.zeros(W.shape)
            step[:, j] += X[i] / len(y)
            step[:, y[i]] -= X[i] / len(y)
            vertices.append(step)
        if best <= ROUNDING:
            vertices.append(np.zeros(W.shape))
        strict = vertices[0] if best > ROUNDING else np.zeros(W.shape)  # what `right` has taken: argmax, and m > 0
        for_all.append((vertices, strict))
    return for_all
