"""Blends: against exhaustive search over supports, against SCIP, and how long a proof takes.

``--exhaustive`` compares 300 small instances with brute force and verifies every certificate; ``--scip`` (needs
PySCIPOpt) times both on the same problems, one thread each; ``--proofs`` only proves. All print a table.
"""

import argparse
import time

import numpy as np
from _blend_reference import exhaustive, instance

import taut
from taut.bench import versions
from taut.solvers.blend import InfeasibleBlendError

LOWER, UPPER = 0.08, 0.3


def problem(seed, n=60, m=100, noise=None):
    """Random items and a target: nowhere near them, or their mean with some noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, n))
    t = rng.normal(size=m) if noise is None else X.mean(axis=1) + noise * rng.normal(size=m)
    return X, t


def compare_exhaustively(instances):
    worst, infeasible, proved, parts, slowest, near = 0.0, 0, 0, [], 0.0, 0
    began = time.perf_counter()
    for seed in range(instances):
        X, t, lower, upper, max_parts = instance(seed)
        wanted, _ = exhaustive(X, t, lower, upper, max_parts=max_parts)
        start = time.perf_counter()
        try:
            model = taut.BlendRegressor(lower=lower, upper=upper, max_parts=max_parts).fit(X, t)
        except InfeasibleBlendError as error:
            infeasible += 1
            if wanted < np.inf:
                print(f"seed {seed}: called infeasible ({error}), but {wanted:.10g} is reached")
            continue
        slowest = max(slowest, time.perf_counter() - start)
        off = abs(model.objective_ - wanted)
        worst = max(worst, off)
        verdict = model.verify()
        proved += verdict.proved
        near += model.objective_ < 1e-3
        parts.append(len(model.support_))
        if off > 1e-9 or not verdict.proved or model.status_ != "optimal":
            print(f"seed {seed}: {model.objective_:.12g}, exhaustive {wanted:.12g}, {verdict} {model.report_}")
    print(
        f"{instances} instances, n from 3 to 12: {infeasible} infeasible in both, {len(parts)} with {min(parts)} to "
        f"{max(parts)} parts, {near} nearly exact; largest difference of the optimum {worst:.1e}; certificates "
        f"verified {proved} of {len(parts)}; slowest fit {slowest:.2f} s; all in {time.perf_counter() - began:.0f} s"
    )


def prove(seeds, limit):
    for noise in (None, 0.5):
        times = []
        for seed in range(seeds):
            X, t = problem(seed, noise=noise)
            model = taut.BlendRegressor(lower=LOWER, upper=UPPER, time_limit=limit).fit(X, t)
            verdict = model.verify()
            times.append(model.report_.seconds)
            print(
                f"noise {noise}, seed {seed}: {model.report_} {'verified' if verdict.proved else verdict}", flush=True
            )
        print(f"noise {noise}: {seeds} proofs, median {np.median(times):.2f} s, slowest {max(times):.2f} s")


def scip(X, t, limit):
    """SCIP's distance by its weights, its own gap, and its time; binary formulation, epigraph of the square."""
    from pyscipopt import Model, quicksum

    n = X.shape[1]
    factor = np.linalg.qr(X - t[:, None], mode="r")
    model = Model()
    model.hideOutput()
    model.setParam("limits/time", limit)
    model.setParam("limits/gap", 1e-9)
    model.setParam("parallel/maxnthreads", 1)
    w = [model.addVar(lb=0.0, ub=UPPER) for _ in range(n)]
    z = [model.addVar(vtype="B") for _ in range(n)]
    r = [model.addVar(lb=None) for _ in range(len(factor))]
    square = model.addVar(lb=0.0)
    for i in range(n):
        model.addCons(w[i] >= LOWER * z[i])
        model.addCons(w[i] <= UPPER * z[i])
    model.addCons(quicksum(w) == 1.0)
    for row, residual in zip(factor, r, strict=True):
        model.addCons(residual == quicksum(float(a) * v for a, v in zip(row, w, strict=True) if a != 0.0))
    model.addCons(quicksum(v * v for v in r) <= square)
    model.setObjective(square)
    began = time.perf_counter()
    model.optimize()
    seconds = time.perf_counter() - began
    weights = np.array([model.getVal(v) for v in w])
    bound = np.sqrt(max(0.0, model.getDualbound()))
    distance = np.linalg.norm(X @ weights - t)
    return distance, (distance - bound) / distance, seconds, model.getStatus()


def against_scip(seeds, limit, noise):
    ratios = []
    print(f"n = 60, m = 100, L = {LOWER}, U = {UPPER}, noise {noise}; SCIP stops after {limit:g} s")
    print(f"{'seed':>4} {'taut':>12} {'gap':>8} {'s':>7} {'SCIP':>12} {'gap':>8} {'s':>7} {'ratio':>7}")
    for seed in range(seeds):
        X, t = problem(seed, noise=noise)
        model = taut.BlendRegressor(lower=LOWER, upper=UPPER, time_limit=limit).fit(X, t)
        seconds = model.report_.seconds
        distance, gap, theirs, status = scip(X, t, limit)
        ratios.append(theirs / seconds)
        print(
            f"{seed:>4} {model.objective_:>12.8f} {model.gap_:>8.1e} {seconds:>7.2f} {distance:>12.8f} {gap:>8.1e} "
            f"{theirs:>7.2f} {ratios[-1]:>7.1f} {status}",
            flush=True,
        )
    print(
        f"SCIP's time over taut's: median {np.median(ratios):.1f}, smallest {min(ratios):.1f}; stopped runs as they are"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exhaustive", action="store_true")
    parser.add_argument("--proofs", action="store_true")
    parser.add_argument("--scip", action="store_true")
    parser.add_argument("--instances", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--limit", type=float, default=20.0)
    parser.add_argument("--noise", type=float, default=None, help="target: the items' mean and this much noise")
    arguments = parser.parse_args()
    print(", ".join(f"{name} {version}" for name, version in versions().items()))
    taut.BlendRegressor(lower=0.0, upper=1.0).fit([[0.0, 1.0]], [0.5])  # the compiler does its work before
    if arguments.exhaustive:
        compare_exhaustively(arguments.instances)
    if arguments.proofs:
        prove(arguments.seeds, arguments.limit)
    if arguments.scip:
        against_scip(arguments.seeds, arguments.limit, arguments.noise)


if __name__ == "__main__":
    main()
