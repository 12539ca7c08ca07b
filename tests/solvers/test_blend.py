"""Blends by branch and bound: the optimum of brute force, rules kept to the last bit, time and Ctrl-C."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from solvers.blends import exhaustive, instance, is_blend, posed, random_problem
from taut.solvers.blend import Group, InfeasibleBlendError, _relaxation, _search, solve_blend


@pytest.mark.parametrize("seed", range(40))
def test_the_optimum_is_that_of_all_supports(seed):
    """A slice of ``benchmarks/blend.py --exhaustive``: correlated items, bounds near 1/n or hit exactly."""
    X, t, lower, upper, max_parts = instance(1000 + seed, most=8)
    wanted, _ = exhaustive(X, t, lower, upper, max_parts=max_parts)
    problem = posed(X, t, lower, upper, max_parts=max_parts)
    if wanted == np.inf:
        with pytest.raises(InfeasibleBlendError):
            solve_blend(problem)
        return
    found = solve_blend(problem)
    assert found.objective == pytest.approx(wanted, rel=0, abs=1e-9)
    assert found.objective == problem.distance(found.w, "l2")
    assert found.ended == "optimal"
    assert found.bound <= found.objective
    assert problem.relative_gap(found.objective, found.bound) <= 1e-9
    assert is_blend(problem, found.w)


def test_the_slice_holds_what_it_promises():
    """Some instances are infeasible, some nearly exact, and in some the bounds alone make the total."""
    infeasible = exact = tight = 0
    for seed in range(40):
        X, t, lower, upper, max_parts = instance(1000 + seed, most=8)
        wanted, w = exhaustive(X, t, lower, upper, max_parts=max_parts)
        infeasible += wanted == np.inf
        exact += wanted < 1e-3
        tight += w is not None and abs(lower[w != 0].sum() - 1) < 1e-12
    assert infeasible
    assert exact
    assert tight


@pytest.mark.parametrize("seed", range(6))
def test_items_fixed_and_groups(seed):
    rng = np.random.default_rng(seed)
    X, t = rng.normal(size=(9, 7)), rng.normal(size=9)
    groups = (Group((0, 1, 2), 1), Group((2, 3, 4, 5), 2))
    problem = posed(X, t, 0.15, 0.6, total=1.5, required=[1], excluded=[6], groups=groups)
    found = solve_blend(problem)
    assert is_blend(problem, found.w)
    best = np.inf
    for choice in product((False, True), repeat=7):
        mask = np.array(choice)
        if mask[6] or not mask[1] or any(mask[list(g.items)].sum() > g.most for g in groups):
            continue
        kept = np.flatnonzero(mask)
        if 0.15 * len(kept) <= 1.5 <= 0.6 * len(kept):
            bounds = np.full(len(kept), 0.15), np.full(len(kept), 0.6)
            B = X[:, kept] - (t / 1.5)[:, None]
            w = _weights(B, *bounds, 1.5)
            best = min(best, np.linalg.norm(B @ w))
    assert found.objective == pytest.approx(best, abs=1e-9)


def _weights(B, lower, upper, total):
    from solvers.blends import reference

    return reference.best_on_support(B, lower, upper, total)


def test_scaling_the_data_or_the_total_scales_the_answer():
    problem = random_problem(3, 12, 20, lower=0.1, upper=0.4)
    plain = solve_blend(problem)
    for factor in (1e-6, 1e6):
        scaled = solve_blend(posed(problem.X * factor, problem.t * factor, 0.1, 0.4))
        assert scaled.w == pytest.approx(plain.w, abs=1e-9)
        assert scaled.objective == pytest.approx(plain.objective * factor, rel=1e-9)
    total = solve_blend(posed(problem.X, problem.t * 7, 0.7, 2.8, total=7.0))
    assert total.w == pytest.approx(7 * plain.w, abs=1e-8)


def test_a_common_offset_changes_nothing():
    problem = random_problem(4, 10, 15, lower=0.1, upper=0.5)
    plain = solve_blend(problem)
    moved = solve_blend(posed(problem.X + 1e4, problem.t + 1e4, 0.1, 0.5))
    assert moved.w == pytest.approx(plain.w, abs=1e-7)


@pytest.mark.parametrize("shape", [(1, 6), (3, 8), (6, 6), (30, 5)])
def test_more_items_than_entries_and_fewer(shape):
    rng = np.random.default_rng(0)
    X, t = rng.normal(size=shape), rng.normal(size=shape[0])
    n = shape[1]
    problem = posed(X, t, 0.2, 0.7)
    found = solve_blend(problem)
    assert is_blend(problem, found.w)
    best = min(
        _distance_by_linear_steps(X[:, np.array(mask)], t)
        for mask in product((False, True), repeat=n)
        if 0.2 * sum(mask) <= 1 <= 0.7 * sum(mask)
    )
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert found.objective <= best + 1e-9


def _distance_by_linear_steps(X, t):
    """Min ‖X w − t‖ over Σw = 1, 0.2 ≤ w ≤ 0.7 by Frank and Wolfe's method with away steps over the vertices."""
    k = X.shape[1]

    def vertex(cost):
        w = np.full(k, 0.2)
        for i in np.argsort(cost):
            w[i] += min(0.5, max(0.0, 1.0 - w.sum()))
        return w

    active = {tuple(vertex(np.zeros(k))): 1.0}
    w = np.array(next(iter(active)))
    for _ in range(3000):
        gradient = X.T @ (X @ w - t)
        best, worst = vertex(gradient), max(active, key=lambda v: gradient @ np.array(v))
        if gradient @ (w - best) < 1e-14:
            break
        toward, away = best - w, w - np.array(worst)
        share = active[worst]
        forward = gradient @ toward <= gradient @ away or share == 1.0
        step, most = (toward, 1.0) if forward else (away, share / (1 - share))
        moved = X @ step
        length = min(most, -(gradient @ step) / max(moved @ moved, 1e-300))
        if forward:
            active = {v: (1 - length) * a for v, a in active.items()}
            active[tuple(best)] = active.get(tuple(best), 0.0) + length
        else:
            active = {v: (1 + length) * a for v, a in active.items()}
            active[worst] -= length
        active = {v: a for v, a in active.items() if a > 1e-14}
        w = w + length * step
    return np.linalg.norm(X @ w - t)


def test_equal_and_constant_items():
    rng = np.random.default_rng(1)
    column = rng.normal(size=(8, 1))
    X = np.hstack([column, column, column, np.zeros((8, 1)), rng.normal(size=(8, 2))])
    problem = posed(X, 0.6 * column[:, 0], 0.3, 0.7)
    found = solve_blend(problem)
    assert found.ended == "optimal"
    assert is_blend(problem, found.w)
    assert found.objective == pytest.approx(0.0, abs=1e-12)
    assert found.w[:3].sum() == pytest.approx(0.6)


def test_a_single_item():
    found = solve_blend(posed(np.array([[2.0], [1.0]]), np.array([1.0, 1.0]), 0.2, 1.0))
    assert found.w.tolist() == [1.0]
    assert found.objective == 1.0


def test_lower_zero_is_least_squares_on_a_simplex():
    problem = random_problem(5, 6, 10, lower=0.0, upper=1.0)
    found = solve_blend(problem)
    gradient = problem.differences.T @ (problem.differences @ found.w)
    parts = found.w > 0
    assert gradient[parts] == pytest.approx(np.full(parts.sum(), gradient.min()), abs=1e-9)


def test_a_count_of_parts_that_binds():
    problem = random_problem(6, 14, 25, lower=0.05, upper=0.9, max_parts=3)
    found = solve_blend(problem)
    wanted, _ = exhaustive(problem.X, problem.t, problem.lower, problem.upper, max_parts=3)
    assert (found.w > 0).sum() == 3
    assert found.objective == pytest.approx(wanted, abs=1e-9)


def test_the_time_limit_keeps_the_best_and_a_bound(monkeypatch):
    problem = _hard()
    ticks = iter(range(10**9))
    monkeypatch.setattr(_search.time, "perf_counter", lambda: float(next(ticks)))
    found = solve_blend(problem, time_limit=400.0)
    assert found.ended == "time_limit"
    assert is_blend(problem, found.w)
    assert 0 < found.bound < found.objective
    better = solve_blend(problem, time_limit=4000.0)
    assert better.bound >= found.bound
    assert better.objective <= found.objective


def test_ctrl_c_keeps_the_best_and_a_bound(monkeypatch):
    problem, calls = _hard(), []
    expand = _search._Search._expand

    def expanding(self):
        calls.append(1)
        if len(calls) == 20:
            raise KeyboardInterrupt
        expand(self)

    monkeypatch.setattr(_search._Search, "_expand", expanding)
    found = solve_blend(problem)
    assert found.ended == "interrupted"
    assert found.nodes == 19
    assert is_blend(problem, found.w)
    assert 0 < found.bound < found.objective


def _hard():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 40))
    return posed(X, X.mean(axis=1) + 0.1 * rng.normal(size=60), 0.08, 0.3)


@pytest.mark.parametrize("n", [2, 310])
def test_few_items_and_many_are_split_too(n):
    plain = _relaxation.Relaxation.plain(random_problem(8, n, n + 60, lower=0.1, upper=0.6))
    split = plain.split(1.0)
    assert (split.curve > 0).all()
    assert split.gram + np.diag(split.curve) == pytest.approx(plain.gram, abs=1e-10 * plain.gram.max())


def test_the_diagonal_part_leaves_a_convex_rest():
    plain = _relaxation.Relaxation.plain(random_problem(7, 12, 30, lower=0.1, upper=0.4))
    split = plain.split(1.0)
    assert (split.curve > 0).all()
    assert split.gram + np.diag(split.curve) == pytest.approx(plain.gram, abs=1e-10)
    assert 0 < np.linalg.eigvalsh(split.gram)[0] < 1e-3 * plain.gram.max()  # nor could all items give up much more
    assert split.curve.sum() > plain.problem.n * np.linalg.eigvalsh(plain.gram)[0]
    assert plain.split(1e-9) is plain  # beside a distance like this its rounding would show


@pytest.mark.parametrize("norm", ["l1", "max"])
@pytest.mark.parametrize("seed", range(4))
def test_linear_norms_against_all_supports(norm, seed):
    problem = random_problem(seed, 6, 8, lower=0.2, upper=0.6, max_parts=4 if seed % 2 else None)
    found = solve_blend(problem, norm)
    assert found.ended == "optimal"
    assert is_blend(problem, found.w)
    best = np.inf
    for mask in product((False, True), repeat=6):
        if 0.2 * sum(mask) <= 1 <= 0.6 * sum(mask) and sum(mask) <= problem.most:
            best = min(best, _linear_distance(problem.X[:, np.array(mask)], problem.t, norm))
    assert found.objective == pytest.approx(best, abs=1e-8)
    assert found.bound == pytest.approx(best, abs=1e-6)


def _linear_distance(X, t, norm):
    m, k = X.shape
    errors = np.eye(m) if norm == "l1" else np.ones((m, 1))
    cost = np.concatenate([np.zeros(k), np.ones(errors.shape[1])])
    rows = np.block([[X, -errors], [-X, -errors]])
    whole = np.concatenate([np.ones(k), np.zeros(errors.shape[1])])[None, :]
    bounds = [(0.2, 0.6)] * k + [(0, None)] * errors.shape[1]
    return linprog(cost, rows, np.concatenate([t, -t]), whole, [1.0], bounds, method="highs-ds").fun


def test_linear_norms_print_nothing(capfd):
    solve_blend(random_problem(0, 12, 10, lower=0.1, upper=0.5), "l1")
    out, err = capfd.readouterr()
    assert out == ""
    assert "Traceback" not in err


def test_ctrl_c_in_a_linear_norm_keeps_a_blend(monkeypatch):
    from taut.solvers.blend import _linear_norms

    monkeypatch.setattr(_linear_norms, "_in_a_thread", lambda solve, tick: None)
    problem = random_problem(1, 10, 12, lower=0.1, upper=0.5)
    found = solve_blend(problem, "l1")
    assert found.ended == "interrupted"
    assert is_blend(problem, found.w)
    assert 0.0 < found.bound <= solve_blend(problem, "l2").objective  # what the least-squares search proved holds in l1
