"""The formulas of the losses written out with loops and nothing else: no NumPy in them and no taut.

They work in whatever numbers they are given: floats, `fractions.Fraction`, `decimal.Decimal`.
"""

import math
from itertools import combinations


def row_loss(loss, s, y, margin, exp=math.exp, log=math.log):
    """The loss of one example with scores s and class y."""
    k = len(s)
    if loss == "softmax":
        top = max(s)
        return log(sum(exp(v - top) for v in s)) + top - s[y]
    if loss == "squared":
        return sum((s[j] - (1 if j == y else 0)) ** 2 for j in range(k)) / 2
    m = [s[j] - s[y] + margin for j in range(k) if j != y]
    if loss == "hinge":
        return sum(v for v in m if v > 0)
    if loss == "squared_hinge":
        return sum(v * v for v in m if v > 0)
    return max([0, *m])


def row_gradient(loss, s, y, margin, exp=math.exp):
    """The derivatives of that loss by the scores; strict at a kink, the first of tied rivals counts."""
    k = len(s)
    if loss == "softmax":
        top = max(s)
        total = sum(exp(v - top) for v in s)
        return [exp(s[j] - top) / total - (1 if j == y else 0) for j in range(k)]
    if loss == "squared":
        return [s[j] - (1 if j == y else 0) for j in range(k)]
    a = [0] * k
    wrong = [j for j in range(k) if j != y]
    m = {j: s[j] - s[y] + margin for j in wrong}
    if loss == "hinge":
        for j in wrong:
            a[j] = 1 if m[j] > 0 else 0
    elif loss == "squared_hinge":
        for j in wrong:
            a[j] = 2 * m[j] if m[j] > 0 else 0
    else:
        highest = max(m.values())
        if highest > 0:
            a[next(j for j in wrong if m[j] == highest)] = 1
    a[y] = -sum(a)
    return a


def objective(loss, W, X, y, *, margin, l2, sample_weight, bias_row):
    """P, dW and dX as nested lists, straight from P = (1/S) Σ s_i loss_i + l2/2 ‖W‖²."""
    n, d, k = len(X), len(W), len(W[0])
    weight = [1] * n if sample_weight is None else sample_weight
    S = sum(weight)
    value = 0
    dW = [[0] * k for _ in range(d)]
    dX = [[0] * d for _ in range(n)]
    for i in range(n):
        s = [sum(X[i][c] * W[c][j] for c in range(d)) for j in range(k)]
        value += weight[i] * row_loss(loss, s, y[i], margin)
        a = row_gradient(loss, s, y[i], margin)
        for c in range(d):
            for j in range(k):
                dW[c][j] += weight[i] * X[i][c] * a[j]
                dX[i][c] += weight[i] * a[j] * W[c][j]
    value = value / S
    for c in range(d):
        kept = 0 if bias_row is not None and c == bias_row % d else l2
        for j in range(k):
            value += kept * W[c][j] * W[c][j] / 2
            dW[c][j] = dW[c][j] / S + kept * W[c][j]
    return value, dW, [[v / S for v in line] for line in dX]


def rounded_row(loss, s, y, margin, width):
    """The rounded loss by brute force: max over the dual set of Σ b_j m_j − width/2 Σ b_j².

    Hinge: each b_j is alone in [0, 1]. Crammer–Singer: every support and both cases of Σ b ≤ 1 are tried.
    """
    m = [s[j] - s[y] + margin for j in range(len(s)) if j != y]
    if loss == "hinge":
        shares = [min(max(v / width, 0.0), 1.0) for v in m]
        return sum(b * v - width / 2 * b * b for b, v in zip(shares, m, strict=True))
    best = 0.0
    for size in range(1, len(m) + 1):
        for support in combinations(range(len(m)), size):
            chosen = [m[j] for j in support]
            for shift in (0.0, max(0.0, (sum(chosen) / width - 1.0) / size)):
                shares = [v / width - shift for v in chosen]
                if min(shares) < 0 or sum(shares) > 1 + 1e-12:
                    continue
                best = max(best, sum(b * v - width / 2 * b * b for b, v in zip(shares, chosen, strict=True)))
    return best


def conjugate(loss, a, y, margin, log=math.log):
    """sup over s of a·s − loss(s), inside the dual set."""
    b = [v for j, v in enumerate(a) if j != y]
    if loss == "softmax":
        p = [v + (1 if j == y else 0) for j, v in enumerate(a)]
        return sum(v * log(v) for v in p if v > 0)
    if loss == "squared":
        return sum(v * v for v in a) / 2 + a[y]
    if loss == "squared_hinge":
        return sum(v * v / 4 - margin * v for v in b)
    return -margin * sum(b)
