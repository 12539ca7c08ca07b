"""Ridge regression in exact rational arithmetic: the oracle of the regressor's tests."""

from fractions import Fraction

import numpy as np


def solve(A, B):
    """A⁻¹ B by Gauss–Jordan elimination; lists of lists of fractions."""
    n = len(A)
    rows = [list(a) + list(b) for a, b in zip(A, B, strict=True)]
    for j in range(n):
        pivot = next(i for i in range(j, n) if rows[i][j] != 0)
        rows[j], rows[pivot] = rows[pivot], rows[j]
        top = rows[j][j]
        rows[j] = [x / top for x in rows[j]]
        for i in range(n):
            if i != j and rows[i][j] != 0:
                factor = rows[i][j]
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[j], strict=True)]
    return [row[n:] for row in rows]


def ridge(X, T, l2, weights=None, *, intercept=True):
    """Coef (T, D) and intercept (T,) that minimise (1/S) Σ s ½ (x·w + b − t)² + l2/2 ‖w‖², rounded at the end."""
    n, d = X.shape
    s = [Fraction(float(w)) for w in (np.ones(n) if weights is None else weights)]
    rows = [[Fraction(float(v)) for v in x] + [Fraction(1)] * intercept for x in X]
    targets = [[Fraction(float(v)) for v in t] for t in T]
    p, k, total = d + intercept, T.shape[1], sum(s)
    A = [[sum(w * r[i] * r[j] for w, r in zip(s, rows, strict=True)) for j in range(p)] for i in range(p)]
    for j in range(d):
        A[j][j] += Fraction(float(l2)) * total
    B = [[sum(w * r[i] * t[c] for w, r, t in zip(s, rows, targets, strict=True)) for c in range(k)] for i in range(p)]
    W = solve(A, B)
    coef = np.array([[float(W[j][c]) for j in range(d)] for c in range(k)])
    return coef, np.array([float(W[d][c]) if intercept else 0.0 for c in range(k)])


def shortest(X, T, *, intercept=True):
    """Of all least-squares solutions the one of smallest ‖w‖: w = Aᵀ z with (A Aᵀ) made regular by dropping rows."""
    n, d = X.shape
    rows = [[Fraction(float(v)) for v in x] for x in X]
    targets = [[Fraction(float(v)) for v in t] for t in T]
    if intercept:
        mean = [sum(r[j] for r in rows) / n for j in range(d)]
        middle = [sum(t[c] for t in targets) / n for c in range(len(targets[0]))]
        rows = [[v - m for v, m in zip(r, mean, strict=True)] for r in rows]
        targets = [[v - m for v, m in zip(t, middle, strict=True)] for t in targets]
    basis = independent(rows)
    # w = Σ z_b x_b over a basis of the rows; minimise ‖X w − t‖ over z
    G = [[sum(a * b for a, b in zip(r, u, strict=True)) for u in basis] for r in rows]
    q, k = len(basis), len(targets[0])
    A = [[sum(G[i][a] * G[i][b] for i in range(n)) for b in range(q)] for a in range(q)]
    B = [[sum(G[i][a] * targets[i][c] for i in range(n)) for c in range(k)] for a in range(q)]
    Z = solve(A, B)
    W = [[sum(Z[b][c] * basis[b][j] for b in range(q)) for c in range(k)] for j in range(d)]
    coef = np.array([[float(W[j][c]) for j in range(d)] for c in range(k)])
    if not intercept:
        return coef, np.zeros(k)
    return coef, np.array([float(middle[c] - sum(W[j][c] * mean[j] for j in range(d))) for c in range(k)])


def independent(rows):
    """Rows that span what all do."""
    kept, reduced = [], []
    for row in rows:
        left = list(row)
        for pivot, other in reduced:
            factor = left[pivot] / other[pivot]
            left = [x - factor * y for x, y in zip(left, other, strict=True)]
        lead = next((j for j, v in enumerate(left) if v != 0), None)
        if lead is not None:
            reduced.append((lead, left))
            kept.append(row)
    return kept
