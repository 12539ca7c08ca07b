"""The names of CS231n's assignment 1, with the regulariser R = reg ‖W‖², dR = 2 reg W.

    from taut.cs231n import full as course

`taut.cs231n` says what is here.
"""

from taut.cs231n._convention import Convention
from taut.cs231n._data_utils import load_CIFAR10, load_CIFAR_batch
from taut.cs231n._gradient_check import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    grad_check_sparse,
    rel_error,
)
from taut.cs231n._linear_classifier import LinearClassifier, MulticlassSVM, SoftmaxClassifier
from taut.cs231n._two_layer_net import Net
from taut.cs231n._vis_utils import visualize_grid

__all__ = [
    "LinearClassifier",
    "LinearSVM",
    "Softmax",
    "TwoLayerNet",
    "eval_numerical_gradient",
    "eval_numerical_gradient_array",
    "grad_check_sparse",
    "load_CIFAR10",
    "load_CIFAR_batch",
    "rel_error",
    "softmax_loss_naive",
    "softmax_loss_vectorized",
    "svm_loss_naive",
    "svm_loss_vectorized",
    "visualize_grid",
]

_CONVENTION = Convention("full")

svm_loss_naive = _CONVENTION.svm_loss_naive
svm_loss_vectorized = _CONVENTION.svm_loss_vectorized
softmax_loss_naive = _CONVENTION.softmax_loss_naive
softmax_loss_vectorized = _CONVENTION.softmax_loss_vectorized


class LinearSVM(MulticlassSVM):
    """The multiclass SVM (margin 1, R = reg ‖W‖²), trained by minibatch SGD."""

    convention = _CONVENTION


class Softmax(SoftmaxClassifier):
    """The softmax classifier (R = reg ‖W‖²), trained by minibatch SGD."""

    convention = _CONVENTION


class TwoLayerNet(Net):  # noqa: D101 -- it has the docstring of Net
    __doc__ = Net.__doc__

    convention = _CONVENTION
