"""Wrong backpropagations of the two-layer network, softmax loss, reg/2 (‖W1‖² + ‖W2‖²); the value is always right.

Written by hand, and sharing nothing with taut.
"""

from collections.abc import Callable

import numpy as np

Net = dict[str, np.ndarray]
MUTANTS: dict[str, Callable[..., Net]] = {}


class Pass:
    """Everything that a backward pass is made of: Z before and H after the ReLU, and A = dloss/dscores, mean taken."""

    def __init__(self, net: Net, X, y, reg):
        self.net, self.X, self.y, self.reg, self.n = net, X, y, reg, len(y)
        self.Z = X @ net["W1"] + net["b1"]
        self.H = np.where(self.Z > 0, self.Z, 0)
        self.S = self.H @ net["W2"] + net["b2"]
        exp = np.exp(self.S - self.S.max(axis=1, keepdims=True))
        self.P = exp / exp.sum(axis=1, keepdims=True)
        self.Y = np.eye(self.S.shape[1])[y]
        self.A = (self.P - self.Y) / self.n

    @property
    def value(self) -> float:
        top = self.S.max(axis=1)
        data = np.log(np.exp(self.S - top[:, None]).sum(axis=1)) + top - self.S[np.arange(self.n), self.y]
        return data.mean() + self.reg / 2 * ((self.net["W1"] ** 2).sum() + (self.net["W2"] ** 2).sum())

    def gradient(self, *, A=None, A1=None, H=None, mask=None, back=None, reg1=None, reg2=None) -> Net:
        """The right one, but for what is given."""
        A = self.A if A is None else A
        back = (A if A1 is None else A1) @ self.net["W2"].T if back is None else back
        G = back * (self.Z > 0 if mask is None else mask)
        H = self.H if H is None else H
        return {
            "W1": self.X.T @ G + (self.reg if reg1 is None else reg1) * self.net["W1"],
            "b1": G.sum(axis=0),
            "W2": H.T @ A + (self.reg if reg2 is None else reg2) * self.net["W2"],
            "b2": A.sum(axis=0),
        }


def right(net, X, y, reg):
    p = Pass(net, X, y, reg)
    return p.value, p.gradient()


def mutant(wrong: Callable[[Pass], Net]) -> Callable[[Pass], Net]:
    def function(net, X, y, reg):
        p = Pass(net, X, y, reg)
        return p.value, wrong(p)

    MUTANTS[wrong.__name__.replace("_", " ")] = function
    return wrong


def changed(p: Pass, **parts: np.ndarray) -> Net:
    """The right gradient with some of its arrays replaced."""
    return {**p.gradient(), **parts}


@mutant
def no_relu_mask(p):
    return p.gradient(mask=1.0)


@mutant
def mask_at_least_zero_of_the_rectified(p):
    return p.gradient(mask=p.H >= 0)


@mutant
def mask_of_the_wrong_sign(p):
    return p.gradient(mask=p.Z < 0)


@mutant
def mask_of_the_slopes(p):
    return p.gradient(mask=p.A @ p.net["W2"].T > 0)


@mutant
def rectified_slopes(p):
    return p.gradient(back=np.maximum(0, p.A @ p.net["W2"].T))


@mutant
def mask_before_the_bias(p):
    return p.gradient(mask=p.X @ p.net["W1"] > 0)


@mutant
def scaled_by_the_unit(p):
    return p.gradient(mask=p.H)


@mutant
def mask_of_the_first_row(p):
    return p.gradient(mask=(p.Z > 0)[:1])


@mutant
def b1_not_summed(p):
    G = (p.A @ p.net["W2"].T) * (p.Z > 0)
    return changed(p, b1=G[0])


@mutant
def b1_mean_of_means(p):
    return changed(p, b1=p.gradient()["b1"] / p.n)


@mutant
def b1_without_mask(p):
    return changed(p, b1=(p.A @ p.net["W2"].T).sum(axis=0))


@mutant
def b2_not_summed(p):
    return changed(p, b2=p.A[-1])


@mutant
def b2_zero(p):
    return changed(p, b2=np.zeros_like(p.net["b2"]))


@mutant
def W2_with_pre_activations(p):
    return p.gradient(H=p.Z)


@mutant
def W2_with_the_mask_for_the_units(p):
    return p.gradient(H=(p.Z > 0).astype(p.H.dtype))


@mutant
def no_transpose(p):
    """(A W2) has the right shape only where there are as many units as classes; reshaped it always has."""
    return p.gradient(back=p.A @ p.net["W2"].reshape(p.A.shape[1], -1))


@mutant
def transposed_and_reshaped(p):
    g = p.gradient()
    return {**g, "W1": g["W1"].T.reshape(g["W1"].shape)}


@mutant
def no_l2_on_W1(p):
    return p.gradient(reg1=0.0)


@mutant
def no_l2_on_W2(p):
    return p.gradient(reg2=0.0)


@mutant
def twice_the_l2(p):
    return p.gradient(reg1=2 * p.reg, reg2=2 * p.reg)


@mutant
def l2_on_biases(p):
    g = p.gradient()
    return {**g, "b1": g["b1"] + p.reg * p.net["b1"], "b2": g["b2"] + p.reg * p.net["b2"]}


@mutant
def no_mean_in_the_first_layer(p):
    return p.gradient(A1=p.A * p.n)


@mutant
def no_mean_in_the_second_layer(p):
    return p.gradient(A=p.A * p.n, A1=p.A)


@mutant
def mean_taken_twice(p):
    return p.gradient(A=p.A / p.n)


@mutant
def no_one_hot_subtracted(p):
    return p.gradient(A=p.P / p.n)


@mutant
def one_hot_subtracted_in_the_second_layer_only(p):
    return p.gradient(A1=p.P / p.n)


@mutant
def W2_after_its_step(p):
    """The first layer's gradient taken through the weights that the second layer has just moved to."""
    return p.gradient(back=p.A @ (p.net["W2"] - 0.1 * (p.H.T @ p.A)).T)


@mutant
def first_layer_frozen(p):
    return changed(p, W1=p.reg * p.net["W1"], b1=np.zeros_like(p.net["b1"]))


@mutant
def derivative_of_a_sigmoid(p):
    return p.gradient(mask=p.H * (1 - p.H))


@mutant
def derivative_of_a_leaky_unit(p):
    return p.gradient(mask=np.where(p.Z > 0, 1.0, 0.01))


@mutant
def last_sample_skipped(p):
    kept = np.arange(p.n) < p.n - 1
    return p.gradient(A=p.A * kept[:, None])


@mutant
def one_unit_forgotten(p):
    g = p.gradient()
    W1 = g["W1"].copy()
    W1[:, -1] = p.reg * p.net["W1"][:, -1]
    return {**g, "W1": W1}
