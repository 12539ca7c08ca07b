"""Why there is no blend, in words that say what would mend it; and that the mend does."""

import numpy as np
import pytest

from solvers.blends import posed
from taut.solvers.blend import Group, InfeasibleBlendError, solve_blend


def reason(n=6, lower=0.2, upper=0.6, **options):
    rng = np.random.default_rng(0)
    with pytest.raises(InfeasibleBlendError) as caught:
        solve_blend(posed(rng.normal(size=(4, n)), rng.normal(size=4), lower, upper, **options))
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    return text


def feasible(n=6, lower=0.2, upper=0.6, **options):
    rng = np.random.default_rng(0)
    return solve_blend(posed(rng.normal(size=(4, n)), rng.normal(size=4), lower, upper, **options)).w is not None


def test_bounds_between_two_counts():
    assert reason(lower=0.40, upper=0.45) == (
        "L = 0.40 and U = 0.45 need at least 3 parts and allow at most 2: raise U to 0.50 or lower L to 0.3333"
    )
    assert feasible(lower=0.40, upper=0.50)
    assert feasible(lower=0.3333, upper=0.45)


def test_too_little_altogether():
    assert reason(n=3, lower=0.1, upper=0.3) == (
        "all 3 parts that may be in reach at most 0.90 of the total 1: raise upper to 0.3334"
    )
    assert feasible(n=3, lower=0.1, upper=0.3334)


def test_too_few_parts_allowed():
    text = reason(upper=0.3, max_parts=3)
    assert text == (
        "max_parts = 3 parts reach at most 0.90 of the total 1: raise max_parts to 4, "
        "or the upper bounds by a factor of 1.1112"
    )
    assert feasible(upper=0.3, max_parts=4)
    assert feasible(upper=0.3 * 1.1112, max_parts=3)
    text = reason(lower=0.54, upper=0.79, max_parts=1)  # two parts would be too much
    assert (
        text == "max_parts = 1 part reaches at most 0.79 of the total 1: raise the upper bounds by a factor of 1.2659"
    )
    assert feasible(lower=0.54, upper=0.79 * 1.2659, max_parts=1)


def test_a_total_out_of_reach():
    assert "every part is at least 0.20, more than the total 0.10" in reason(total=0.1)
    assert "reach at most 3.60 of the total 5" in reason(total=5.0)


def test_too_much_fixed_in():
    assert reason(lower=0.4, required=[0, 1, 2]) == (
        "the 3 parts fixed in need at least 1.20 together, more than the total 1: fix fewer in or lower their bounds"
    )
    assert "3 parts are fixed in, but max_parts allows 2" in reason(required=[0, 1, 2], max_parts=2)
    assert "2 items of a group are fixed in, but at most 1" in reason(required=[0, 1], groups=[Group((0, 1, 2), 1)])


def test_nothing_may_be_in():
    assert reason(n=3, excluded=[0, 1, 2]) == "no item may be in: all are fixed out or have the upper bound 0"
    assert reason(n=3, lower=0.0, upper=0.0).startswith("no item may be in")


def test_bounds_of_their_own():
    text = reason(n=3, lower=[0.55, 0.6, 0.7], upper=[0.6, 0.65, 0.9])
    assert text.startswith("the parts whose lower bounds fit into the total 1 together hold at most 0.90 of it")


def test_groups_alone():
    text = reason(n=4, upper=0.4, groups=[Group((0, 1), 1), Group((2, 3), 1)])
    assert text.startswith("the parts that groups allow and whose lower bounds fit into the total 1 together")
    assert "hold at most 0.80 of it" in text
    assert feasible(n=4, upper=0.5, groups=[Group((0, 1), 1), Group((2, 3), 1)])


def test_what_groups_forbid_is_said_of_groups():
    text = reason(groups=[Group(tuple(range(6)), 0)])
    assert "the parts that groups allow and whose" in text
    assert "hold at most 0 of it" in text
    assert text.endswith(", or widen groups")
    assert reason(required=[0], groups=[Group((0, 1), 0)]) == (
        "1 item of a group is fixed in, but at most 0 of it may be in: fix fewer in, or let the group have more"
    )
    assert feasible(groups=[Group((), 1)])


@pytest.mark.parametrize("norm", ["l2", "l1", "max"])
@pytest.mark.parametrize("lower", [1.0, 0.6, 0.5])
def test_parts_without_any_room_are_bounded_too(lower, norm):
    """Where every weight is settled by its bounds there is no slope to level, and any level proves the distance."""
    rng = np.random.default_rng(0)
    X, t = rng.random((5, 6)), rng.random(5)
    found = solve_blend(posed(X, t, lower, max(lower, 0.5) if lower == 0.5 else 1.0), norm)
    size = {"l2": 2, "l1": 1, "max": np.inf}[norm]
    pairs = [(i, j) for i in range(6) for j in range(6) if lower == 0.5 and i != j] or [(i, i) for i in range(6)]
    wanted = min(np.linalg.norm((X[:, i] + X[:, j]) / 2 - t, size) for i, j in pairs)
    assert found.objective == pytest.approx(wanted, rel=1e-9)
    assert found.bound == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("k", [3, 7, 10, 13])
def test_a_total_that_rounding_alone_would_miss(k):
    """k parts of 1/k make 1, though in floating point, and exactly, they miss it."""
    assert feasible(n=k, lower=1 / k, upper=1 / k)
    assert feasible(n=k, lower=1 / k, upper=1.0)
    assert feasible(n=k, lower=0.0, upper=1 / k)
