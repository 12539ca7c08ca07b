"""Problems for the blend's search, and the brute force of benchmarks/_blend_reference.py."""

import importlib.util
from pathlib import Path

import numpy as np

from taut.solvers.blend import BlendProblem

_PLACE = Path(__file__).parents[2] / "benchmarks" / "_blend_reference.py"
_SPEC = importlib.util.spec_from_file_location("_blend_reference", _PLACE)
reference = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reference)
exhaustive, instance = reference.exhaustive, reference.instance


def posed(X, t, lower, upper, *, total=1.0, max_parts=None, required=(), excluded=(), groups=()):
    """A problem with positions for the items that are fixed."""
    n = X.shape[1]
    masks = [np.isin(np.arange(n), np.array(items, dtype=int)) for items in (required, excluded)]
    lower, upper = (
        np.broadcast_to(np.asarray(lower, dtype=float), n),
        np.broadcast_to(np.asarray(upper, dtype=float), n),
    )
    return BlendProblem(
        X=X,
        t=t,
        lower=lower.copy(),
        upper=np.minimum(upper, total),
        total=total,
        max_parts=max_parts,
        required=masks[0],
        excluded=masks[1],
        groups=tuple(groups),
    )


def random_problem(seed, n, m, **options):
    rng = np.random.default_rng(seed)
    return posed(rng.normal(size=(m, n)), rng.normal(size=m), **options)


def is_blend(problem, w):
    """Whether the weights obey every rule, bounds to the last bit."""
    inside = w != 0.0
    return (
        (w[inside] >= problem.lower[inside]).all()
        and (w[inside] <= problem.upper[inside]).all()
        and abs(w.sum() - problem.total) <= 1e-12 * problem.total
        and inside.sum() <= problem.most
        and not inside[problem.excluded].any()
        and (w >= np.where(problem.required, problem.lower, 0.0)).all()
        and all(inside[list(group.items)].sum() <= group.most for group in problem.groups)
    )
