"""The names and signatures of Stanford CS231n's assignment 1, on taut's losses, gradients and checker.

Name the meaning of ``reg`` with the import; nothing here chooses it silently:

    from taut.cs231n import half as course    # R = ½ reg ‖W‖², dR = reg W
    from taut.cs231n import full as course    # R = reg ‖W‖², dR = 2 reg W

Each holds ``svm_loss_naive``, ``svm_loss_vectorized``, ``softmax_loss_naive``, ``softmax_loss_vectorized``,
``LinearSVM``, ``Softmax``, ``TwoLayerNet``, and what does not depend on ``reg`` and is here too: the numerical
gradients, ``load_CIFAR10``, ``visualize_grid``. Random numbers come from the global streams of NumPy and Python, in the
order in which the course's own code draws them, so that seeded examples come out the same.
"""

from typing import Any

from taut.cs231n import full, half
from taut.cs231n._data_utils import load_CIFAR10, load_CIFAR_batch
from taut.cs231n._gradient_check import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    grad_check_sparse,
    rel_error,
)
from taut.cs231n._vis_utils import visualize_grid

__all__ = [
    "eval_numerical_gradient",
    "eval_numerical_gradient_array",
    "full",
    "grad_check_sparse",
    "half",
    "load_CIFAR10",
    "load_CIFAR_batch",
    "rel_error",
    "visualize_grid",
]


def __getattr__(name: str) -> Any:
    if name in half.__all__:
        # An ImportError also where an attribute is meant: "from … import" would replace another error's words.
        raise ImportError(
            f"{name} depends on what reg means, so name it: from taut.cs231n.half import {name} (R = ½ reg ‖W‖²) or "
            f"from taut.cs231n.full import {name} (R = reg ‖W‖²)"
        )
    raise AttributeError(f"module 'taut.cs231n' has no attribute {name!r}; it has {', '.join(__all__)}")
