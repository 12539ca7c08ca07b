"""The verifier of blends: it accepts what is proved, and nothing that was tampered with."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from solvers.blends import exhaustive, instance
from taut import BlendRegressor
from taut.check import BlendCertificate
from taut.solvers.blend import InfeasibleBlendError


def by_hand(**changes):
    """Two items at 0 and 2, target 1.5, 0 or 0.4..1: w = (0.4, 0.6) misses it by 0.3, and the leaves say why.

    Written out: with item 0 in, w₁ ≤ 0.6, so the blend is at most 1.2; with item 0 out, it is 2.
    """
    claim = {
        "X": np.array([[0.0, 2.0]]),
        "t": np.array([1.5]),
        "lower": np.array([0.4, 0.4]),
        "upper": np.array([1.0, 1.0]),
        "total": 1.0,
        "most": 2,
        "required": np.zeros(2, dtype=bool),
        "excluded": np.zeros(2, dtype=bool),
        "groups": (),
        "w": np.array([0.4, 0.6]),
        "objective": 0.3,
        "bound": 0.3 - 1e-12,
        "item": np.array([0, -1, -1]),
        "out": np.array([1, -1, -1]),
        "inside": np.array([2, -1, -1]),
        "proof": np.array([-1, 0, 1]),
        # B = (−1.5, 0.5). Out: y = 0.5, slopes (−0.75, 0.25), μ = 0.25: −0.125 + 0.25 + 0 = 0.125 = ½ 0.5².
        # In: y = −0.3, slopes (0.45, −0.15), μ = −0.15: −0.045 − 0.15 + 0.4 · 0.6 + 0 = 0.045 = ½ 0.3².
        "points": np.array([[0.5], [-0.3]]),
        "levels": np.array([0.25, -0.15]),
        "diagonal": np.zeros(2),
        "factor": None,
    }
    return BlendCertificate(**(claim | changes))


def test_a_certificate_written_by_hand():
    verdict = by_hand().verify()
    assert verdict.proved
    assert verdict.leaves == 2
    assert str(verdict).startswith("Verified in exact fractions: 2 leaves cover all choices of parts")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bound": 0.3 + 1e-9}, "a leaf's dual point does not reach the bound"),
        ({"levels": np.array([0.25, -0.16])}, "a leaf's dual point does not reach the bound"),
        ({"points": np.array([[0.5], [0.3]])}, "a leaf's dual point does not reach the bound"),
        ({"proof": np.array([-1, -1, 1])}, "a leaf that is called empty has blends"),
        ({"proof": np.array([-1, 0, 7])}, "a leaf has no dual point"),
        ({"inside": np.array([1, -1, -1]), "bound": 0.0}, "the tree is broken"),
        ({"out": np.array([9, -1, -1])}, "the tree is broken"),
        ({"item": np.array([0, 0, -1])}, "the tree decides an item twice"),
        ({"w": np.array([0.3, 0.7])}, "weight 0 is outside its bounds"),
        ({"w": np.array([0.4, 0.61])}, "the weights do not sum to the total"),
        ({"w": np.array([0.5, 0.5])}, "the weights are further from t than claimed"),
        ({"objective": 0.29}, "the weights are further from t than claimed"),
        ({"most": 1}, "there are more parts than allowed"),
        ({"excluded": np.array([False, True])}, "weight 1 is of an item that was fixed out"),
        ({"required": np.array([True, False]), "w": np.array([0.0, 1.0]), "objective": 0.5}, "fixed in"),
        ({"groups": (((0, 1), 1),)}, "a group has more parts than allowed"),
        ({"diagonal": np.array([0.1, 0.0])}, "no factor"),
        ({"diagonal": np.array([-0.1, 0.0])}, "negative entry"),
        ({"levels": np.array([0.25, -np.inf])}, "levels holds what is not finite"),
        ({"levels": np.array([0.25])}, "points has the shape (2, 1)"),
        ({"points": np.array([[np.nan], [-0.3]])}, "points holds what is not finite"),
        ({"w": np.array([0.4, np.nan])}, "w holds what is not finite"),
        ({"w": np.array([0.4, 0.6, 0.0])}, "w has the shape (3,)"),
        ({"t": np.array([1.5, 0.0])}, "t has the shape (2,)"),
        ({"bound": np.nan}, "bound holds what is not finite"),
        ({"objective": np.inf}, "objective holds what is not finite"),
        ({"total": -1.0}, "the total is not above 0"),
        ({"lower": np.array([-0.4, 0.4])}, "a lower bound is negative"),
        ({"upper": np.array([np.nan, 1.0])}, "upper holds what is not a number"),
        ({"out": np.array([1.0, -1.0, -1.0])}, "out holds what is no whole number"),
        ({"out": np.array([1])}, "out has the shape (1,)"),
        ({"item": np.array([2, -1, -1])}, "the tree decides an item twice"),
        ({"groups": (((0, 2), 1),)}, "a group names an item that there is not"),
        ({"diagonal": np.array([3.0, 0.0]), "factor": np.array([[-1.5, 0.5]])}, "does not reach the bound"),
    ],
)
def test_a_false_claim_is_refused(changes, reason):
    verdict = by_hand(**changes).verify()
    assert not verdict.proved
    assert reason in verdict.reason
    assert str(verdict).startswith("Not verified: ")


def test_no_number_however_large_breaks_the_verifier():
    assert not by_hand(X=np.array([[1e308, 2.0]]), t=np.array([-1e308])).verify().proved
    assert by_hand(upper=np.array([np.inf, np.inf])).verify().proved


def test_an_empty_leaf_must_be_empty():
    """With bounds that let no second part in beside the first, the leaf needs no dual point."""
    alone = {"lower": np.array([0.7, 0.7]), "w": np.array([0.0, 1.0]), "objective": 0.5, "bound": 0.5 - 1e-12}
    tree = {"item": np.array([0, -1, 1, -1, -1]), "out": np.array([1, -1, 3, -1, -1])}
    tree |= {"inside": np.array([2, -1, 4, -1, -1]), "proof": np.array([-1, 0, -1, 1, -1])}
    duals = {"points": np.array([[0.5], [-1.5]]), "levels": np.array([0.25, 2.25])}
    assert by_hand(**alone, **tree, **duals).verify().proved
    wider = by_hand(**(alone | {"lower": np.array([0.4, 0.4])}), **tree, **duals).verify()
    assert wider.reason == "a leaf that is called empty has blends"


@pytest.mark.parametrize("seed", range(40))
def test_every_optimum_is_verified(seed):
    """The slice of tests/solvers/test_blend.py, and each certificate refuses a bound that is a little higher."""
    X, t, lower, upper, max_parts = instance(1000 + seed, most=8)
    try:
        model = BlendRegressor(lower=lower, upper=upper, max_parts=max_parts).fit(X, t)
    except InfeasibleBlendError:
        assert exhaustive(X, t, lower, upper, max_parts=max_parts)[0] == np.inf
        return
    assert model.status_ == "optimal"
    verdict = model.verify()
    assert verdict.proved, verdict.reason
    higher = model.objective_ * (1 + 1e-6) + 1e-9 * np.linalg.norm(X - t[:, None], axis=0).max()
    assert not replace(model.certificate_, bound=higher).verify().proved


def test_a_diagonal_that_is_a_little_too_large_costs_its_excess():
    """A larger D is no lie that the verifier believes: what BᵀB − D − FᵀF lacks is subtracted."""
    rng = np.random.default_rng(0)
    X, t = rng.normal(size=(30, 12)), rng.normal(size=30)
    model = BlendRegressor(lower=0.1, upper=0.4).fit(X, t)
    claim = model.certificate_
    assert claim.factor is not None
    assert claim.verify().proved
    more = replace(claim, diagonal=claim.diagonal * (1 + 1e-6))
    assert more.verify().reason == "a leaf's dual point does not reach the bound"


def test_the_bound_is_the_exact_one():
    """By hand in fractions: −½ ‖y‖² + μ + Σ min(0, min over [L, U]) for the first leaf above."""
    from taut.check._blend import _Verifier

    verifier = _Verifier(by_hand())
    verifier._prepare()
    assert verifier._bound(0, [], [1], 2) == Fraction(1, 8)
    exact = -(Fraction(-0.3) ** 2) / 2 + Fraction(-0.15)
    exact += Fraction(0.4) * (Fraction(-1.5) * Fraction(-0.3) - Fraction(-0.15))
    exact += min(0, Fraction(0.5) * Fraction(-0.3) - Fraction(-0.15))
    assert verifier._bound(1, [0], [1], 1) == exact
