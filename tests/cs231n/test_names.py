"""The course's names, signatures, and that nobody gets a meaning of reg that was not asked for."""

import inspect

import numpy as np
import pytest

import taut
from taut import cs231n
from taut.cs231n import full, half

SIGNATURES = {
    "svm_loss_naive": "(W, X, y, reg)",
    "svm_loss_vectorized": "(W, X, y, reg)",
    "softmax_loss_naive": "(W, X, y, reg)",
    "softmax_loss_vectorized": "(W, X, y, reg)",
    "LinearSVM": "()",
    "LinearSVM.train": ("(self, X, y, learning_rate=0.001, reg=1e-05, num_iters=100, batch_size=200, verbose=False)"),
    "LinearSVM.predict": "(self, X)",
    "LinearSVM.loss": "(self, X_batch, y_batch, reg)",
    "Softmax.loss": "(self, X_batch, y_batch, reg)",
    "TwoLayerNet": "(input_size, hidden_size, output_size, std=0.0001)",
    "TwoLayerNet.loss": "(self, X, y=None, reg=0.0)",
    "TwoLayerNet.train": (
        "(self, X, y, X_val, y_val, learning_rate=0.001, learning_rate_decay=0.95, reg=5e-06, num_iters=100, "
        "batch_size=200, verbose=False)"
    ),
    "TwoLayerNet.predict": "(self, X)",
    "eval_numerical_gradient": "(f, x, verbose=True, h=1e-05)",
    "eval_numerical_gradient_array": "(f, x, df, h=1e-05)",
    "grad_check_sparse": "(f, x, analytic_grad, num_checks=10, h=1e-05)",
    "rel_error": "(x, y)",
    "load_CIFAR_batch": "(filename)",
    "load_CIFAR10": "(ROOT)",
    "visualize_grid": "(Xs, ubound=255.0, padding=1)",
}


def named(course, name):
    thing = course
    for part in name.split("."):
        thing = getattr(thing, part)
    return thing


def plain(callable_):
    signature = inspect.signature(callable_)
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


@pytest.mark.parametrize("course", [half, full])
@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(course, name):
    assert plain(named(course, name)) == SIGNATURES[name]
    assert inspect.getdoc(named(course, name))


def test_both_conventions_offer_the_same_names():
    assert half.__all__ == full.__all__
    assert {name.split(".")[0] for name in SIGNATURES} <= set(half.__all__)


def test_it_is_a_room_of_taut():
    assert taut.cs231n is cs231n
    assert "cs231n" in taut.__all__


@pytest.mark.parametrize(
    "name", ["svm_loss_naive", "svm_loss_vectorized", "softmax_loss_naive", "LinearSVM", "Softmax", "TwoLayerNet"]
)
def test_without_a_convention_both_are_named(name):
    both = f"from taut.cs231n.half import {name} .* from taut.cs231n.full import {name}"
    with pytest.raises(ImportError, match=both):
        getattr(cs231n, name)
    with pytest.raises(ImportError, match=both):
        exec(f"from taut.cs231n import {name}")


def test_what_does_not_depend_on_it_is_there_without():
    for name in ("load_CIFAR10", "load_CIFAR_batch", "grad_check_sparse", "eval_numerical_gradient", "rel_error"):
        assert getattr(cs231n, name) is getattr(half, name) is getattr(full, name)
    with pytest.raises(AttributeError, match="no attribute 'KNearestNeighbor'; it has eval_numerical"):
        cs231n.KNearestNeighbor  # noqa: B018
    assert not hasattr(cs231n, "KNearestNeighbor")


@pytest.mark.parametrize(("course", "share"), [(half, 0.5), (full, 1.0)])
def test_reg_means_what_the_import_says(course, share):
    rng = np.random.default_rng(0)
    W, X, y = rng.standard_normal((4, 3)), rng.standard_normal((6, 4)), rng.integers(0, 3, 6)
    for name in ("svm_loss_naive", "svm_loss_vectorized", "softmax_loss_naive", "softmax_loss_vectorized"):
        loss = getattr(course, name)
        bare, regularised = loss(W, X, y, 0.0), loss(W, X, y, 0.3)
        assert regularised[0] - bare[0] == pytest.approx(share * 0.3 * np.sum(W * W), rel=1e-12)
        np.testing.assert_allclose(regularised[1] - bare[1], 2 * share * 0.3 * W, rtol=1e-12, atol=1e-14)
    for model, loss in ((course.LinearSVM(), course.svm_loss_naive), (course.Softmax(), course.softmax_loss_naive)):
        model.W = W
        value, gradient = model.loss(X, y, 0.3)
        assert value == pytest.approx(loss(W, X, y, 0.3)[0], rel=1e-14)
        np.testing.assert_allclose(gradient, loss(W, X, y, 0.3)[1], rtol=1e-12, atol=1e-15)
