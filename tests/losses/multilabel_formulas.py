"""The losses of label sets once more, from their definitions: tables of all pairs, extended precision."""

import numpy as np

WIDE = np.longdouble


def pairs(scores, present):
    """c_l − c_k for k ∈ Y, l ∉ Y, of one row, and where they stand: (l, k)."""
    l, k = np.meshgrid(np.flatnonzero(~present), np.flatnonzero(present), indexing="ij")  # noqa: E741
    return scores[l] - scores[k], l, k


def spread(slopes, l, k, size):  # noqa: E741
    gradient = np.zeros(size, dtype=WIDE)
    np.add.at(gradient, l, slopes)
    np.subtract.at(gradient, k, slopes)
    return gradient


def one(name, scores, present, margin=1.0, width=0.0):
    """Loss and score gradient of one row."""
    c = scores.astype(WIDE)
    size = len(c)
    if name == "binary":
        sign = np.where(present, WIDE(-1), WIDE(1))
        return np.log1p(np.exp(sign * c)).sum(), sign / (1 + np.exp(-sign * c))
    if name == "zlpr":
        out, inside = np.exp(c) * ~present, np.exp(-c) * present
        value = np.log1p(out.sum()) + np.log1p(inside.sum())
        return value, out / (1 + out.sum()) - inside / (1 + inside.sum())
    m, l, k = pairs(c, present)  # noqa: E741
    if m.size == 0:
        return WIDE(0), np.zeros(size, dtype=WIDE)
    if name == "pairwise_hinge":
        m = (c[l] + WIDE(margin)) - c[k]
        share = np.where(m > 0, np.minimum(m / WIDE(width), 1) if width else WIDE(1), WIDE(0))
        return (share * (m - WIDE(width) / 2 * share)).mean(), spread(share / m.size, l, k, size)
    e = np.exp(m)
    if name == "bp_mll":
        return e.mean(), spread(e / m.size, l, k, size)
    if name == "log_bp_mll":
        return np.log(e.mean()), spread(e / e.sum(), l, k, size)
    return np.log1p(e.sum()), spread(e / (1 + e.sum()), l, k, size)


def every(name, scores, present, **options):
    """The same for all rows."""
    found = [one(name, s, y, **options) for s, y in zip(scores, present, strict=True)]
    return np.array([value for value, _ in found]), np.array([slopes for _, slopes in found])


def problems(seed, count):
    """Scores (n, K) and indicators with sets of all sizes, empty and full among them; some scores are tied."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        n, k = int(rng.integers(1, 7)), int(rng.integers(1, 19))
        scores = rng.normal(size=(n, k)) * rng.choice([0.1, 1.0, 6.0])
        if i % 4 == 0:
            scores = rng.integers(-3, 4, size=(n, k)).astype(float)
        sizes = rng.integers(0, k + 1, size=n)
        yield scores, np.argsort(rng.random((n, k)), axis=1) < sizes[:, None]
