"""All contenders compute the same; one that does not is never timed."""

import math

import numpy as np
import pytest

from taut.bench import BenchError
from taut.bench._contenders import checked_difference, timed_contenders
from taut.losses import LOSSES


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("name", "dtype"), [("dense", "float32"), ("dense", "float64"), ("sparse", "float64"), ("pixels", "uint8")]
)
def test_contenders_agree(small, name, dtype, loss):
    problem = small(name, dtype)
    contenders = timed_contenders(loss, problem)
    ours = contenders.pop("taut")()
    assert set(contenders) >= {"float32" if dtype == "uint8" else "numpy"}
    for other, evaluate in contenders.items():
        apart = checked_difference(loss, problem, other, ours, evaluate())
        assert max(apart) < (1e-12 if dtype == "float64" else 1e-5), other


def test_scikit_learn_takes_part_in_softmax(small):
    assert "scikit-learn" in timed_contenders("softmax", small("sparse", "float32"))
    assert "scikit-learn" not in timed_contenders("hinge", small("sparse", "float32"))


@pytest.mark.parametrize(("library", "losses"), [("torch", {"hinge", "softmax"}), ("jax", {"softmax"})])
def test_optional_peers_take_part_where_installed(small, library, losses):
    pytest.importorskip(library)
    problem = small("dense", "float32")
    assert {loss for loss in LOSSES if library in timed_contenders(loss, problem)} == losses


def test_peers_that_are_not_installed_are_left_out(small, monkeypatch):
    import sys

    for library in ("torch", "jax"):
        monkeypatch.setitem(sys.modules, library, None)
    assert set(timed_contenders("softmax", small("dense", "float64"))) == {"taut", "numpy", "scikit-learn"}


@pytest.mark.parametrize(
    ("value", "slope"), [(1.0 + 1e-7, 1.0), (1.0, 1.0 + 1e-7), (math.nan, 1.0), (1.0, math.nan), (0.5, 0.5)]
)
def test_a_wrong_contender_is_refused(small, value, slope):
    problem = small("dense", "float64")
    ours = timed_contenders("hinge", problem)["taut"]()
    with pytest.raises(BenchError, match="dense, float64, hinge: liar and taut disagree"):
        checked_difference("hinge", problem, "liar", ours, (value * ours[0], slope * ours[1]))


def test_zero_agrees_with_zero(small):
    nothing = (0.0, np.zeros((30, 4)))
    assert max(checked_difference("hinge", small("dense", "float64"), "numpy", nothing, nothing)) == 0.0
