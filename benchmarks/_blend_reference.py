"""Blends by brute force: every support, each by Lawson and Hanson's least distance programming. Nothing of taut's."""

from itertools import combinations

import numpy as np
from scipy.optimize import nnls


def best_on_support(B, lower, upper, total):
    """The weights that minimise ‖B w‖ with Σ w = total and lower ≤ w ≤ upper, B having full column rank.

    The last weight is eliminated, QR makes the rest a least distance problem min ‖z‖ with G z ≥ h, and non-negative
    least squares on [Gᵀ; hᵀ] solves that (C. Lawson, R. Hanson, "Solving Least Squares Problems", chapter 23).
    """
    k = B.shape[1]
    if abs(lower.sum() - total) <= 1e-12 * total:
        return lower.copy()
    if abs(upper.sum() - total) <= 1e-12 * total:
        return upper.copy()
    if k == 1:
        return np.array([total])
    E = B[:, :-1] - B[:, -1:]
    f = -total * B[:, -1]
    Q, R = np.linalg.qr(E)
    inverse = np.linalg.inv(R)
    middle = inverse @ (Q.T @ f)  # x = R⁻¹ (z + Qᵀf)
    G = np.vstack([np.eye(k - 1), -np.eye(k - 1), -np.ones(k - 1), np.ones(k - 1)])
    h = np.concatenate([lower[:-1], -upper[:-1], [lower[-1] - total], [total - upper[-1]]])
    G, h = G @ inverse, h - G @ middle
    scale = max(np.abs(h).max(), 1e-300)
    system = np.vstack([G.T, h / scale])
    u, _ = nnls(system, np.append(np.zeros(k - 1), 1.0), maxiter=200 * k)
    rest = system @ u - np.append(np.zeros(k - 1), 1.0)
    z = -rest[:-1] / rest[-1] * scale if np.linalg.norm(rest) > 1e-13 else np.zeros(k - 1)
    x = middle + inverse @ z
    return np.append(x, total - x.sum())


def exhaustive(X, t, lower, upper, total=1.0, max_parts=None):
    """The nearest blend over all supports: (distance, weights); infinity where there is none."""
    n = X.shape[1]
    B = X - (t / total)[:, None]
    best, weights = np.inf, None
    for k in range(1, (n if max_parts is None else min(n, max_parts)) + 1):
        for support in combinations(range(n), k):
            s = list(support)
            if lower[s].sum() > total * (1 + 1e-12) or upper[s].sum() < total * (1 - 1e-12):
                continue
            w = best_on_support(B[:, s], lower[s], upper[s], total)
            distance = np.linalg.norm(B[:, s] @ w)
            if distance < best:
                best, weights = distance, np.zeros(n)
                weights[s] = w
    return best, weights


def instance(seed, most=12):
    """Correlated items; lower near 1/n or near 1/k; every third so that the bounds are hit exactly."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, most + 1))
    m = n + int(rng.integers(0, 2 * n))
    X = rng.normal(size=(m, n))
    mix = rng.random()
    X = (1 - mix) * X + mix * rng.normal(size=(m, 1))  # from independent to nearly equal columns
    noise = float(rng.choice([0.0, 0.01, 0.1, 1.0]))
    t = X @ rng.dirichlet(np.ones(n)) + noise * rng.normal(size=m)
    kind = seed % 3
    if kind == 0:  # k parts exactly at their lower bounds make the total, or exactly at their upper bounds
        k = int(rng.integers(2, n + 1))
        lower, upper = np.full(n, 1.0 / k), np.full(n, 1.0 / max(1, k - 1))
    elif kind == 1:  # near 1/n
        low = rng.uniform(0.7, 1.05) / n
        lower, upper = np.full(n, low), np.full(n, low * rng.uniform(1.0, 4.0) + 0.3 / n)
    else:
        lower = rng.uniform(0.02, 0.4, n)
        upper = lower + rng.uniform(0.0, 0.5, n)
    max_parts = int(rng.integers(2, n + 1)) if rng.random() < 0.3 else None
    if rng.random() < 0.25:  # a target that some blend meets, nearly or exactly
        t = X @ _some_blend(rng, lower, upper) + float(rng.choice([0.0, 1e-9, 1e-6, 1e-4])) * rng.normal(size=m)
    return X, t, lower, upper, max_parts


def _some_blend(rng, lower, upper):
    """A random blend of total 1, or equal parts where none is found."""
    for _ in range(200):
        s = rng.permutation(len(lower))[: rng.integers(1, len(lower) + 1)]
        least, reach = lower[s].sum(), upper[s].sum()
        if least <= 1.0 <= reach and reach > least:
            w = np.zeros(len(lower))
            w[s] = lower[s] + (1.0 - least) / (reach - least) * (upper[s] - lower[s])
            return w
    return np.full(len(lower), 1.0 / len(lower))
