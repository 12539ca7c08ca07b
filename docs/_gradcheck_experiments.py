"""The experiments behind docs/gradient-checking.md: how often a difference crosses a kink, and how it rounds.

The loss is written out in NumPy, apart from taut's own, so that the page does not check taut against itself.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASSES, PIXELS, SAMPLES, STEP, WEIGHT_STD = 10, 3072, 500, 1e-5, 1e-4
PIXEL_STD = 63.0  # 8-bit pictures after their mean was taken away
MEAN_SIZE = PIXEL_STD * math.sqrt(2.0 / math.pi)  # E|x_k| of a normal pixel

Array = NDArray[Any]


# --- the loss ---------------------------------------------------------------------------------------------------------


def pictures(seed: int, samples: int = SAMPLES, weight_std: float = WEIGHT_STD) -> tuple[Array, Array, Array]:
    """Return W (3073, 10), X (n, 3073) with a last column of ones, and y (n,): the course's CIFAR-10 sizes."""
    rng = np.random.default_rng(seed)
    X = np.ones((samples, PIXELS + 1))
    X[:, :-1] = PIXEL_STD * rng.standard_normal((samples, PIXELS))
    return weight_std * rng.standard_normal((PIXELS + 1, CLASSES)), X, rng.integers(0, CLASSES, samples)


def margins(scores: Array, y: Array, delta: float) -> Array:
    """m_ij = s_ij - s_iy + delta (n, k); -inf where j = y_i, which no sum counts."""
    rows = np.arange(len(y))
    m = scores - scores[rows, y][:, None] + scores.dtype.type(delta)
    m[rows, y] = -np.inf
    return m


def hinge(W: Array, X: Array, y: Array, delta: float = 1.0) -> tuple[float, Array]:
    """The data loss, the mean over samples of sum_j max(0, m_ij), and its gradient by the strict comparison."""
    m = margins(X @ W, y, delta)
    active = (m > 0).astype(W.dtype)
    active[np.arange(len(y)), y] = -active.sum(axis=1)
    return np.maximum(m, 0).sum() / len(y), X.T @ active / len(y)


def softmax(W: Array, X: Array, y: Array) -> tuple[float, Array]:
    """The mean cross entropy, which has no kinks, for comparison."""
    rows = np.arange(len(y))
    shifted = X @ W
    shifted -= shifted.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    total = p.sum(axis=1)
    loss = (np.log(total) - shifted[rows, y]).sum() / len(y)
    p /= total[:, None]
    p[rows, y] -= 1
    return loss, X.T @ p / len(y)


# --- how many kinks a difference crosses: exactly, and expected -------------------------------------------------------


def crossings(m: Array, X: Array, y: Array, h: float) -> Array:
    """Count for each coordinate (k, c) the pairs (i, j) that change sign between W_kc - h and W_kc + h.

    W_kc moves the margin m_ij by x_ik if c = j and by -x_ik if c = y_i, so the pair flips where |m_ij| < h |x_ik|.
    """
    counts = np.zeros((X.shape[1], m.shape[1]), dtype=np.int64)
    for i, j in np.argwhere(np.abs(m) < h * np.abs(X).max()):
        flips = np.abs(m[i, j]) < h * np.abs(X[i])
        counts[:, j] += flips
        counts[:, y[i]] += flips
    return counts


def normal_density(at: float, std: float) -> float:
    """Density of N(0, std²)."""
    return math.exp(-0.5 * (at / std) ** 2) / (std * math.sqrt(2.0 * math.pi))


def spread_of(weight_std: float) -> float:
    """Standard deviation of a score difference s_j - s_y of random weights: two independent columns of W."""
    return weight_std * math.sqrt(2.0 * (PIXELS * PIXEL_STD**2 + 1.0))


def expected(delta: float, weight_std: float = WEIGHT_STD, samples: int = SAMPLES, h: float = STEP) -> float:
    """Crossings per coordinate by the formula of the page: 4 n (k-1)/k h E|x| p(0)."""
    density = normal_density(delta, spread_of(weight_std))
    return 4.0 * samples * (CLASSES - 1) / CLASSES * h * MEAN_SIZE * density


def at_least_one(mean: float) -> float:
    """The share of coordinates that cross some kink, if crossings come independently (Poisson)."""
    return -math.expm1(-mean)


# --- differences ------------------------------------------------------------------------------------------------------


def relative_errors(problem: tuple[Array, Array, Array], where: Array, h: float, delta: float | None) -> Array:
    """Compare the central difference with the gradient as the course does; ``delta`` None means softmax.

    Only column c of the scores depends on W_kc, so only it is computed anew; in the type of the data throughout.
    """
    W, X, y = problem
    given = (softmax(W, X, y) if delta is None else hinge(W, X, y, delta))[1]
    scores = X @ W
    errors = []
    for k, c in where:
        numeric = (_moved(problem, scores, k, c, h, delta) - _moved(problem, scores, k, c, -h, delta)) / (2 * h)
        errors.append(_relative(float(numeric), float(given[k, c])))
    return np.array(errors)


def _moved(problem: tuple[Array, Array, Array], scores: Array, k: int, c: int, h: float, delta: float | None) -> float:
    W, X, y = problem
    column = W[:, c].copy()
    column[k] += W.dtype.type(h)
    new = scores.copy()
    new[:, c] = X @ column
    if delta is not None:
        return float(np.maximum(margins(new, y, delta), 0).sum() / len(y))
    new -= new.max(axis=1, keepdims=True)
    return float((np.log(np.exp(new).sum(axis=1)) - new[np.arange(len(y)), y]).sum() / len(y))


def _relative(a: float, b: float) -> float:
    return abs(a - b) / (abs(a) + abs(b)) if a != b else 0.0


def some_coordinates(seed: int, count: int) -> Array:
    """Coordinates of W drawn evenly, the same for every step and type."""
    rng = np.random.default_rng([seed, 1])
    return np.stack([rng.integers(0, PIXELS + 1, count), rng.integers(0, CLASSES, count)], axis=1)


def in_type(problem: tuple[Array, Array, Array], kind: str) -> tuple[Array, Array, Array]:
    """Return the same problem in another floating type."""
    W, X, y = problem
    return W.astype(kind), X.astype(kind), y


# --- the experiments --------------------------------------------------------------------------------------------------


def baseline(seeds: int = 40) -> dict[str, float]:
    """How often the course's own check crosses a kink: every coordinate, many runs."""
    shares, means = [], []
    for seed in range(seeds):
        W, X, y = pictures(seed)
        counts = crossings(margins(X @ W, y, 1.0), X, y, STEP)
        shares.append(float((counts > 0).mean()))
        means.append(float(counts.mean()))
    runs = np.array(shares)
    return {
        "runs": seeds,
        "expected_crossings": expected(1.0),
        "mean_crossings": float(np.mean(means)),
        "expected_share": at_least_one(expected(1.0)),
        "share": float(runs.mean()),
        "median_run": float(np.median(runs)),
        "worst_run": float(runs.max()),
        "runs_with_some": float((runs > 0).mean()),
        "ten_coordinates_meet_one": float(np.mean(1.0 - (1.0 - runs) ** 10)),
    }


def mismatches(seeds: int = 5, count: int = 200) -> list[dict[str, Any]]:
    """What the course's rule sees: the share of coordinates beyond several relative errors."""
    rows = []
    for loss, kind in [(1.0, "float64"), (1.0, "float32"), (None, "float64"), (None, "float32")]:
        found, crossed = [], []
        for seed in range(seeds):
            problem, where = pictures(seed), some_coordinates(seed, count)
            found.append(relative_errors(in_type(problem, kind), where, STEP, loss))
            if loss is not None:
                W, X, y = problem
                counts = crossings(margins(X @ W, y, loss), X, y, STEP)
                crossed.append(counts[where[:, 0], where[:, 1]] > 0)
        errors = np.concatenate(found)
        row = {"loss": "hinge" if loss is not None else "softmax", "dtype": kind, "checked": len(errors)}
        row |= {f"beyond_{limit:.0e}": float((errors > limit).mean()) for limit in (1e-2, 1e-4, 1e-7)}
        row |= {"median": float(np.median(errors)), "worst": float(errors.max())}
        if crossed:
            hit = np.concatenate(crossed)
            row |= {"crossed": float(hit.mean()), "mismatch_without_crossing": int((~hit & (errors > 1e-7)).sum())}
            row |= {"crossing_without_mismatch": int((hit & (errors <= 1e-7)).sum())}
        rows.append(row)
    return rows


def margin_and_spread(seeds: int = 12, stds: Sequence[float] = (0.5e-4, 1e-4, 2e-4, 4e-4)) -> list[dict[str, Any]]:
    """Share of coordinates that cross a kink, against the margin, for several spreads of the scores."""
    deltas = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0]
    sums = {(std, delta): 0.0 for std in stds for delta in deltas}
    for seed in range(seeds):
        W, X, y = pictures(seed, weight_std=1.0)
        scores = X @ W
        for std, delta in sums:
            sums[std, delta] += float((crossings(margins(std * scores, y, delta), X, y, STEP) > 0).mean())
    return [
        {"spread": spread_of(std), "delta": delta, "share": total / seeds, "theory": at_least_one(expected(delta, std))}
        for (std, delta), total in sums.items()
    ]


def sample_counts(pairs: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    """Share of coordinates that cross a kink, against the number of samples; pairs of (samples, runs)."""
    rows = []
    for samples, runs in pairs:
        shares = []
        for seed in range(runs):
            W, X, y = pictures(seed, samples)
            shares.append(float((crossings(margins(X @ W, y, 1.0), X, y, STEP) > 0).mean()))
        theory = at_least_one(expected(1.0, samples=samples))
        rows.append({"samples": samples, "runs": runs, "share": float(np.mean(shares)), "theory": theory})
    return rows


def steps(exponents: Sequence[float], seeds: int = 3, count: int = 60, limit: float = 1e-4) -> list[dict[str, Any]]:
    """Share of coordinates with a relative error beyond a limit, against the step, by loss and type."""
    rows = []
    cases = [(1.0, "float64"), (1.0, "float32"), (None, "float64"), (None, "float32")]
    problems = [(pictures(seed), some_coordinates(seed, count)) for seed in range(seeds)]
    for loss, kind in cases:
        typed = [(in_type(problem, kind), where) for problem, where in problems]
        for exponent in exponents:
            errors = np.concatenate([relative_errors(p, where, 10.0**exponent, loss) for p, where in typed])
            row = {"loss": "hinge" if loss is not None else "softmax", "dtype": kind, "step": 10.0**exponent}
            rows.append(row | {"share": float((errors > limit).mean()), "median": float(np.median(errors))})
    return rows


def sizes(deltas: Sequence[float], seeds: int = 3, count: int = 60) -> list[dict[str, Any]]:
    """Loss, size of the gradient and rounding of the difference against the margin, at coordinates without a kink."""
    rows = []
    for delta in deltas:
        losses, squares, errors = [], [], []
        for seed in range(seeds):
            problem, where = pictures(seed), some_coordinates(seed, count)
            W, X, y = problem
            loss, gradient = hinge(W, X, y, delta)
            clear = crossings(margins(X @ W, y, delta), X, y, STEP)[where[:, 0], where[:, 1]] == 0
            errors.append(relative_errors(problem, where[clear], STEP, delta))
            losses.append(loss)
            squares.append(float((gradient**2).mean()))
        size = math.sqrt(float(np.mean(squares)))
        rows.append(
            {
                "delta": delta,
                "loss": float(np.mean(losses)),
                "gradient": size,
                "gradient_theory": gradient_size(delta),
                "rounding": float(np.median(np.concatenate(errors))),
                "rounding_theory": 2.0**-53 * float(np.mean(losses)) / (2.0 * STEP * size),
            }
        )
    return rows


def gradient_size(delta: float) -> float:
    """The root mean square of a pixel's entry of dW at random weights: PIXEL_STD/n times the norm of a column of A.

    A_ij is 1 where a pair is active and A_iy = -(number of active pairs of sample i). The pairs of one sample share
    s_y; given that, they are independent, so the count's second moment is an average over s_y.
    """
    spread = spread_of(WEIGHT_STD)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    # Given the score of the true class, the others are independent: q(z) = P(s_j > s_y - delta | s_y).
    one = spread / math.sqrt(2.0)
    q = np.array([0.5 * math.erfc((one * z - delta) / one / math.sqrt(2.0)) for z in nodes])
    mean, square = (float((weights * moment).sum() / weights.sum()) for moment in (q, q**2))
    others = CLASSES - 1
    count_square = others * mean + others * (others - 1) * square
    per_sample = (others * mean + count_square) / CLASSES
    return PIXEL_STD * math.sqrt(per_sample / SAMPLES)


def blobs(seed: int, samples: int = 500, features: int = 30, apart: float = 0.6) -> tuple[Array, Array]:
    """Ten overlapping normal clouds, with a last column of ones: a problem that can be fitted to its optimum."""
    rng = np.random.default_rng([seed, 2])
    centres = apart * rng.standard_normal((CLASSES, features))
    y = rng.integers(0, CLASSES, samples)
    X = np.ones((samples, features + 1))
    X[:, :-1] = centres[y] + rng.standard_normal((samples, features))
    return X, y


def training(deltas: Sequence[float], seeds: int = 2, l2: float = 1e-2) -> list[dict[str, Any]]:
    """Share of coordinates that cross a kink at the start, on the way, and at a certified optimum."""
    import taut

    rows = []
    for delta in deltas:
        stages: dict[str, list[tuple[float, int]]] = {"start": [], "20 steps": [], "200 steps": [], "optimum": []}
        gaps = []
        for seed in range(seeds):
            X, y = blobs(seed)
            W = 1e-4 * np.random.default_rng([seed, 3]).standard_normal((X.shape[1], CLASSES))
            model = taut.LinearClassifier("hinge", l2=l2, margin=delta, fit_intercept=False, tol=1e-8).fit(X, y)
            gaps.append(model.gap_)
            places = {"start": W} | descended(W, X, y, delta, l2) | {"optimum": model.coef_.T}
            for name, point in places.items():
                m = margins(X @ point, y, delta)
                stages[name].append(
                    (float((crossings(m, X, y, STEP) > 0).mean()), int((np.abs(m) < 1e-6 * delta).sum()))
                )
        for name, found in stages.items():
            share, ties = (float(np.mean(each)) for each in zip(*found, strict=True))
            rows.append({"delta": delta, "stage": name, "share": share, "ties": ties, "gap": max(gaps)})
    return rows


def descended(W: Array, X: Array, y: Array, delta: float, l2: float) -> dict[str, Array]:
    """Weights after 20 and 200 steps of plain gradient descent."""
    W, kept = W.copy(), {}
    for step in range(1, 201):
        W -= 0.05 * (hinge(W, X, y, delta)[1] + l2 * W)
        if step in (20, 200):
            kept[f"{step} steps"] = W.copy()
    return kept
