"""Functions whose fault is not in a formula: state, memory, chance, overflow. Value and gradient are the hinge's."""

import numpy as np

from mutants.hinge import FAMILY

right = FAMILY.right


def accumulates():
    """The gradient buffer lives on between calls."""
    buffer = []

    def function(W, X, y, reg):
        value, g = right(W, X, y, reg)
        if not buffer:
            buffer.append(np.zeros_like(W))
        buffer[0] += g
        return value, buffer[0].copy()

    return function


def returns_its_buffer():
    """Every call returns the same array."""
    buffer = []

    def function(W, X, y, reg):
        value, g = right(W, X, y, reg)
        if not buffer:
            buffer.append(np.empty_like(W))
        buffer[0][:] = g
        return value, buffer[0]

    return function


def changes_the_point():
    """W is scaled in place on the way."""

    def function(W, X, y, reg):
        value, g = right(W, X, y, reg)
        W *= 2
        return value, g

    return function


def aliases_the_point():
    """dW = W, and then everything is added to dW."""

    def function(W, X, y, reg):
        value = FAMILY.value(W, X, y, reg)
        dW = W
        dW *= 2 * reg
        dW += X.T @ FAMILY.slopes(X @ W, y) / len(y)
        return value, dW

    return function


def remembers_the_scores():
    """The gradient is taken from the scores of the call before."""
    before = []

    def function(W, X, y, reg):
        S = X @ W
        used = before.pop() if before else S
        before.append(S)
        return FAMILY.value(W, X, y, reg), X.T @ FAMILY.slopes(used, y) / len(y) + 2 * reg * W

    return function


def drops_out():
    """A tenth of the features is switched off, others in every call."""
    rng = np.random.default_rng(0)

    def function(W, X, y, reg):
        return right(W, X * (rng.uniform(size=X.shape) > 0.1), y, reg)

    return function


def divides_by_zero():
    """One entry of the gradient is not a number."""

    def function(W, X, y, reg):
        value, g = right(W, X, y, reg)
        g[1, 1] = np.nan
        return value, g

    return function


MUTANTS = {
    "gradient changes between calls": accumulates,
    "gradient overwritten": returns_its_buffer,
    "point changed": changes_the_point,
    "gradient is the point": aliases_the_point,
    "gradient changes between calls, if the point does": remembers_the_scores,
    "random value": drops_out,
    "not finite": divides_by_zero,
}
