"""Optima of small fits by general solvers that know nothing of taut; the objective is written out here."""

import numpy as np
from scipy import optimize


def split(z, d, k):
    """W (d, k) and b (k,), 0 where z has none."""
    table = z[: d * k].reshape(d, k)
    return table, (z[d * k : d * k + k] if len(z) >= d * k + k else np.zeros(k))


def objective(name, task, theta):
    """P at theta = W stacked on b, flattened."""
    W, b = split(theta, task.d, task.k)
    scores = task.X @ W + b
    s = np.ones(task.n) if task.weights is None else task.weights
    everyone = np.arange(task.n)
    right = scores[everyone, task.y][:, None]
    m = np.maximum(0.0, scores - right + task.margin)
    m[everyone, task.y] = 0.0
    if name == "hinge":
        losses = m.sum(axis=1)
    elif name == "squared_hinge":
        losses = (m**2).sum(axis=1)
    elif name == "crammer_singer":
        losses = m.max(axis=1)
    elif name == "softmax":
        top = scores.max(axis=1, keepdims=True)
        losses = (np.log(np.exp(scores - top).sum(axis=1, keepdims=True)) + top - right)[:, 0]
    else:
        losses = 0.5 * ((scores - np.eye(task.k)[task.y]) ** 2).sum(axis=1)
    return float(s @ losses / s.sum() + 0.5 * task.l2 * (W**2).sum())


def optimum(name, task):
    """The least objective, and a point that has it."""
    if name == "squared":
        theta = least_squares(task)
    elif name in ("hinge", "crammer_singer"):
        theta = epigraph(name, task)
    else:
        theta = newton(name, task)
    return objective(name, task, theta), theta


def least_squares(task):
    """One call on [√s X, √s; √(l2 S) I, 0]."""
    s = np.ones(task.n) if task.weights is None else task.weights
    root = np.sqrt(s)[:, None]
    A = np.vstack([root * task.X, np.sqrt(task.l2 * s.sum()) * np.eye(task.d)])
    if task.intercept:
        A = np.hstack([A, np.vstack([root, np.zeros((task.d, 1))])])
    T = np.vstack([root * np.eye(task.k)[task.y], np.zeros((task.d, task.k))])
    return np.linalg.lstsq(A, T, rcond=None)[0].ravel()


def epigraph(name, task):
    """min Σ s ξ / S + l2/2 ‖W‖² with ξ ≥ 0, ξ ≥ m_j: a quadratic programme for SLSQP."""
    d, k, n = task.d, task.k, task.n
    s = np.ones(n) if task.weights is None else task.weights
    kept = np.flatnonzero(s > 0)
    p = d * k + (k if task.intercept else 0)
    pairs = [(i, j) for i in kept for j in range(k) if j != task.y[i]]
    slots = {pair: at for at, pair in enumerate(pairs)} if name == "hinge" else {}
    if name == "crammer_singer":
        order = {i: at for at, i in enumerate(kept)}
        slots = {(i, j): order[i] for i, j in pairs}
    count = max(slots.values()) + 1
    cost = np.zeros(p + count)
    A, low = np.zeros((len(pairs) + count, p + count)), np.zeros(len(pairs) + count)
    for row, (i, j) in enumerate(pairs):  # ξ − (s_j − s_y) ≥ margin
        at = p + slots[i, j]
        cost[at] = s[i] / s.sum()
        A[row, at] = 1.0
        for c, sign in ((j, -1.0), (task.y[i], 1.0)):
            A[row, np.arange(d) * k + c] += sign * task.X[i]
            if task.intercept:
                A[row, d * k + c] += sign
        low[row] = task.margin
    A[len(pairs) :, p:] = np.eye(count)
    bend = np.zeros(p + count)
    bend[: d * k] = task.l2
    start = np.zeros(p + count)
    start[p:] = task.margin
    found = optimize.minimize(
        lambda z: (cost @ z + 0.5 * bend @ z**2, cost + bend * z),
        start,
        jac=True,
        method="SLSQP",
        constraints={"type": "ineq", "fun": lambda z: A @ z - low, "jac": lambda _: A},
        options={"ftol": 1e-16, "maxiter": 500},
    )
    return found.x[:p]


def newton(name, task):
    """trust-exact with the Hessian written out."""
    d, k = task.d, task.k
    s = np.ones(task.n) if task.weights is None else task.weights
    X = np.hstack([task.X, np.ones((task.n, 1))]) if task.intercept else task.X
    hot = np.eye(k)[task.y]
    penalty = np.repeat(np.where(np.arange(X.shape[1]) < d, task.l2, 0.0), k)

    def parts(z):
        scores = X @ z.reshape(-1, k)
        if name == "softmax":
            p = np.exp(scores - scores.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            return p - hot, np.einsum("ij,jl->ijl", p, np.eye(k)) - p[:, :, None] * p[:, None, :]
        m = scores - (scores * hot).sum(axis=1, keepdims=True) + task.margin
        b = 2.0 * np.where((m > 0) & (hot == 0), m, 0.0)
        pull = np.eye(k)[None] - hot[:, None, :]  # dm_j/ds_l
        return b - hot * b.sum(axis=1, keepdims=True), 2.0 * np.einsum("ij,ijl,ijr->ilr", b > 0, pull, pull)

    def gradient(z):
        a, _ = parts(z)
        return (X.T @ (s[:, None] * a) / s.sum()).ravel() + penalty * z

    def hessian(z):
        _, bends = parts(z)
        full = np.einsum("i,ic,ie,ijl->cjel", s / s.sum(), X, X, bends)
        return full.reshape(len(z), len(z)) + np.diag(penalty)

    z = np.zeros(X.shape[1] * k)
    found = optimize.minimize(
        lambda v: objective(name, task, v),
        z,
        jac=gradient,
        hess=hessian,
        method="trust-exact",
        options={"gtol": 1e-9},
    )
    z = found.x
    for _ in range(20):  # Newton's own last digits
        z = z - np.linalg.lstsq(hessian(z), gradient(z), rcond=1e-12)[0]
    return min((found.x, z), key=lambda v: objective(name, task, v))
