"""The rules of gradient checkers, as published, and the checkers themselves where they are installed.

Each peer takes a `Task` and returns True where it says that the gradient is wrong; taut returns its verdict.
"""

from functools import partial
from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import scipy.optimize

import taut
from taut.check import KnownProblem

HAS_TORCH, HAS_JAX = find_spec("torch") is not None, find_spec("jax") is not None


def central(task, where, h):
    W = task.W.copy()
    kept = W[where]
    W[where] = kept + W.dtype.type(h)
    above = float(task.value(W))
    W[where] = kept - W.dtype.type(h)
    return (above - float(task.value(W))) / (2 * h)


def course(task, limit, count=10, h=1e-5):
    """CS231n: at ten random places the central difference with step 1e-5, and the relative error |a-b|/(|a|+|b|)."""
    rng, given = np.random.default_rng(task.seed), task(task.W)[1]
    for _ in range(count):
        where = tuple(rng.integers(0, n) for n in task.W.shape)
        a, b = central(task, where, h), float(given[where])
        if not abs(a - b) <= limit * (abs(a) + abs(b)):  # 0 against 0 is no error
            return True
    return False


def torch_rule(task, coordinates=None):
    """torch.autograd.gradcheck: central, eps 1e-6, |a - n| <= 1e-5 + 1e-3 |n| at every coordinate."""
    given = task(task.W)[1]
    for where in coordinates or np.ndindex(*task.W.shape):
        numeric = central(task, where, 1e-6)
        if not abs(float(given[where]) - numeric) <= 1e-5 + 1e-3 * abs(numeric):
            return True
    return False


def torch_itself(task, fast_mode=False):
    import torch

    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, W):
            loss, g = task(W.detach().numpy())
            ctx.g = torch.from_numpy(np.ascontiguousarray(g))
            return torch.tensor(float(loss), dtype=W.dtype)

        @staticmethod
        def backward(ctx, upstream):
            return upstream * ctx.g

    W = torch.from_numpy(task.W.copy()).requires_grad_()
    return not torch.autograd.gradcheck(Loss.apply, (W,), raise_exception=False, fast_mode=fast_mode)


def jax_rule(task):
    """jax.test_util.check_grads: central, eps 1e-4, along one normal direction; 1e-5 in float64, 2e-3 in float32."""
    kind, rng = task.W.dtype, np.random.RandomState(0)
    direction, tolerance = rng.randn(*task.W.shape).astype(kind), 1e-5 if kind == np.float64 else 2e-3
    step = kind.type(1e-4) * direction
    numeric = (float(task.value(task.W + step)) - float(task.value(task.W - step))) * (0.5 / 1e-4)
    upstream = rng.randn()
    given, numeric = upstream * float((task(task.W)[1] * direction).sum()), upstream * numeric
    return not abs(given - numeric) <= tolerance + tolerance * abs(numeric)


def jax_itself(task):
    import jax
    from jax.test_util import check_vjp

    jax.config.update("jax_enable_x64", True)

    def value(W):
        return task.value(np.asarray(W))

    def with_pullback(W):
        loss, g = task(np.asarray(W))
        return loss, lambda upstream: (np.asarray(upstream * g, dtype=g.dtype),)

    try:
        check_vjp(value, with_pullback, (task.W,), eps=1e-4)
    except AssertionError:
        return True
    return False


def scipy_check(task, direction="all"):
    """scipy.optimize.check_grad gives no verdict but one norm: here it accuses beyond 1e-4 max(1, ||g||)."""
    shape = task.W.shape
    given = np.linalg.norm(task(task.W)[1])
    error = scipy.optimize.check_grad(
        lambda w: task.value(w.reshape(shape)),
        lambda w: task(w.reshape(shape))[1].ravel(),
        task.W.ravel(),
        direction=direction,
        rng=np.random.default_rng(task.seed),
    )
    return not error <= 1e-4 * max(1.0, given)


def taylor(task):
    """The remainder |f(W + hV) - f(W) - h <g, V>| must fall like h²: slope above 1.9 over h = 1e-2, /2, /4, /8."""
    V = np.random.default_rng(task.seed).standard_normal(task.W.shape).astype(task.W.dtype)
    value, given = task(task.W)
    slope, kind = float((given * V).sum()), task.W.dtype
    steps = [1e-2 / 2**i for i in range(4)]
    left = [abs(float(task.value(task.W + kind.type(h) * V)) - float(value) - h * slope) for h in steps]
    if max(left) < 10 * np.finfo(kind).eps * abs(float(value)):  # nothing but rounding is left
        return False
    rates = [np.log2(a / b) if a > 0 and b > 0 else 0.0 for a, b in pairwise(left)]
    return not min(rates) > 1.9


def taut_alone(task):
    return taut.check_gradient(task, task.W, random_state=task.seed).verdict


def taut_known(task):
    problem = KnownProblem(task.function, task.X, task.y, task.reg, loss=task.loss, convention="full")
    return taut.check_gradient(problem, task.W, random_state=task.seed).verdict


def peers():
    """Every peer by name, with the version that ran."""
    found = {
        "course, 10 places, > 1e-2": partial(course, limit=1e-2),
        "course, 10 places, > 1e-4": partial(course, limit=1e-4),
        "torch's rule in NumPy": torch_rule,
    }
    if HAS_TORCH:
        found |= {"torch gradcheck": torch_itself, "torch gradcheck fast": partial(torch_itself, fast_mode=True)}
    found["JAX's rule in NumPy"] = jax_rule
    if HAS_JAX:
        found["JAX check_vjp"] = jax_itself
    return found | {
        "SciPy check_grad": scipy_check,
        "Taylor slope": taylor,
        "taut, function alone": taut_alone,
        "taut, known loss": taut_known,
    }
