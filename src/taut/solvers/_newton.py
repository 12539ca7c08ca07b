"""Newton's method with conjugate gradients, in the scale of the data."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.losses import Loss
from taut.objective import LinearObjective
from taut.solvers._base import Iterate, Iterates
from taut.solvers._line_search import Idle, line_search
from taut.solvers._preconditioner import Preconditioner
from taut.solvers._sharpening import Sharpening

FLOOR = 0.01
"""Share of the mean curvature that every row keeps in the preconditioner: which rows bend changes at each step."""

MIN_DAMPING, MAX_DAMPING = 1e-8, 1e6
"""Of Levenberg and Marquardt: the multiple of the preconditioner that is added to the Hessian."""

MAX_PRODUCTS = 1000

TIGHTEST = 1e-3
"""Smallest share of the gradient that conjugate gradients are asked to leave."""


@dataclass(frozen=True)
class Newton(Sharpening):
    """Truncated Newton: each step solves ∇²P d = −∇P by preconditioned conjugate gradients.

    A multiple of the preconditioner is added, less while full steps succeed and more where they do not
    (Levenberg–Marquardt): between kinks some directions have no curvature of their own. For the rounded hinges the
    second derivative lives on the few rows inside the rounded stretch, so a product costs a small share of a pass:
    this is the semismooth Newton method on the dual's free set.

    Parameters
    ----------
    forcing : float
        Conjugate gradients stop when the residual is this share of the gradient, or its square root.

    References
    ----------
    J. Nocedal, S. Wright, "Numerical Optimization", 2nd ed., 2006, algorithm 7.1.
    """

    forcing: float = 0.1

    def stage(self, risk: LinearObjective, theta: FloatArray, loss: Loss, passes: float) -> Iterates:
        """One Newton step an iterate."""

        def evaluate(point: FloatArray) -> tuple[float, FloatArray]:
            return risk.value_and_gradient(point, loss)

        idle = Idle()
        value, gradient = evaluate(theta)
        passes, step, damping, forcing = passes + 1, 0.0, MIN_DAMPING, self.forcing
        first = float(np.linalg.norm(gradient))
        while True:
            yield Iterate(theta, value, gradient, passes, loss, step)
            if not np.isfinite(value):
                return
            scale = Preconditioner.at(risk, theta, loss, floor=FLOOR, lasting=False)
            product, share = risk.hessian(theta, loss)
            size = float(np.linalg.norm(gradient))
            enough = min(forcing, np.sqrt(size / first)) if first > 0 else forcing
            passes += 1
            while True:
                damped = _damped(product, scale, damping)
                direction, products = conjugate_gradients(damped, -gradient, scale, enough)
                passes += share * products
                found = line_search(evaluate, theta, value, gradient, direction)
                if found is not None or damping > MAX_DAMPING:
                    break
                damping *= 100  # the model is too trusting: nearer to a plain step in the data's scale
            if found is None or idle.after(value, found.value):
                return
            theta, value, gradient, step = found.theta, found.value, found.gradient, found.length
            passes += found.evaluations
            # A short step met kinks that the model did not have: what it does have should then be solved in earnest.
            forcing = min(2 * forcing, self.forcing) if step >= 0.9 else max(forcing / 10, TIGHTEST)
            damping = max(damping / 3, MIN_DAMPING) if step >= 0.9 else damping * 10 if step < 0.25 else damping


def _damped(
    product: Callable[[FloatArray], FloatArray], scale: Preconditioner, damping: float
) -> Callable[[FloatArray], FloatArray]:
    return lambda v: product(v) + damping * scale.apply(v)


def conjugate_gradients(
    product: Callable[[FloatArray], FloatArray],
    right: FloatArray,
    scale: Preconditioner,
    enough: float,
    most: int = MAX_PRODUCTS,
) -> tuple[FloatArray, int]:
    """Solve H d = right until the residual, measured in the preconditioner's scale, is a share of the first."""
    solution, residual = np.zeros_like(right), right.copy()
    solved = scale.solve(residual)
    direction, weight = solved.copy(), float(residual @ solved)
    goal = enough**2 * weight
    for count in range(1, most + 1):
        bent = product(direction)
        curvature = float(direction @ bent)
        if not curvature > 0.0:
            return (solution if count > 1 else solved), count
        step = weight / curvature
        solution += step * direction
        residual -= step * bent
        solved = scale.solve(residual)
        weight, before = float(residual @ solved), weight
        if weight <= goal:
            return solution, count
        direction *= weight / before
        direction += solved
    return solution, most
