"""Other libraries that have a loss of ours: scikit-learn always, torch and JAX where they are installed."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from taut.bench._numpy_form import Evaluation
from taut.bench._problem import Problem
from taut.matrix import available_threads

Evaluate = Callable[[], Evaluation]


def peers(loss: str, problem: Problem) -> dict[str, Evaluate]:
    """The peers that have this loss for this X, by name, their arrays prepared."""
    found = {}
    for name, make in _PEERS.items():
        evaluate = make(loss, problem)
        if evaluate is not None:
            found[name] = evaluate
    return found


def _installed(name: str) -> Any:
    """A library, None where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None


def _scikit_learn(loss: str, problem: Problem) -> Evaluate | None:
    """The loss that LogisticRegression minimises."""
    if loss != "softmax" or problem.k < 3:  # it has two classes in another form
        return None
    from sklearn._loss import HalfMultinomialLoss
    from sklearn.linear_model._linear_loss import LinearModelLoss

    model = LinearModelLoss(HalfMultinomialLoss(n_classes=problem.k), fit_intercept=False)
    coef, targets = np.asfortranarray(problem.W.T), problem.y.astype(problem.X.dtype)

    def evaluate() -> Evaluation:
        value, gradient = model.loss_gradient(coef, problem.X, targets, n_threads=available_threads())
        return value, gradient.T

    return evaluate


def _torch(loss: str, problem: Problem) -> Evaluate | None:
    """Autograd on the CPU."""
    if loss not in ("hinge", "softmax") or problem.is_sparse:
        return None
    torch = _installed("torch")
    if torch is None:
        return None
    torch.set_num_threads(available_threads())
    x, targets, functional = torch.from_numpy(problem.X), torch.from_numpy(problem.y), torch.nn.functional

    def evaluate() -> Evaluation:
        w = torch.from_numpy(problem.W).requires_grad_()
        scores = x @ w
        if loss == "softmax":
            value = functional.cross_entropy(scores, targets)
        else:
            value = functional.multi_margin_loss(scores, targets) * problem.k  # torch divides by the classes
        value.backward()
        return value.item(), w.grad.numpy()

    return evaluate


def _jax(loss: str, problem: Problem) -> Evaluate | None:
    """A compiled function and its gradient on the CPU."""
    if loss != "softmax" or problem.is_sparse:
        return None
    jax = _installed("jax")
    if jax is None:
        return None
    jax.config.update("jax_enable_x64", True)  # else float64 arrays would silently become float32
    jnp, cpu = jax.numpy, jax.devices("cpu")[0]
    x, targets = jax.device_put(problem.X, cpu), jax.device_put(problem.y, cpu)

    def mean_loss(w: Any, x: Any, targets: Any) -> Any:
        scores = x @ w
        picked = jnp.take_along_axis(scores, targets[:, None], axis=1)[:, 0]
        return (jax.nn.logsumexp(scores, axis=1) - picked).mean()

    # X and y are arguments: what a function closes over becomes a constant, which the compiler copies and folds.
    value_and_gradient = jax.jit(jax.value_and_grad(mean_loss))

    def evaluate() -> Evaluation:
        value, gradient = jax.block_until_ready(value_and_gradient(problem.W, x, targets))
        return float(value), np.asarray(gradient)

    return evaluate


_PEERS: dict[str, Callable[[str, Problem], Evaluate | None]] = {
    "scikit-learn": _scikit_learn,
    "torch": _torch,
    "jax": _jax,
}
PEER_NAMES = tuple(_PEERS)
