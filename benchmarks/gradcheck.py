"""Gradient checkers side by side: false alarms on right gradients, misses on wrong ones, time at CIFAR-10 size.

    python benchmarks/gradcheck.py --problems 200 --save benchmarks/results/gradcheck.txt

Every peer gets the same functions with the course's signature ``(W, X, y, reg) -> (loss, dW)``, written in NumPy, and
the same points. A peer *accuses* when it says that the gradient is wrong; taut accuses when its verdict is ``bug``.
"""

import argparse
import platform
import sys
import time
import warnings
from collections import Counter
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from _gradcheck_peers import HAS_JAX, HAS_TORCH, peers, torch_rule
from _gradcheck_problems import DTYPES, LOSSES, MUTANTS, PLACES, REG, C, D, N, is_wrong, task_at, wrong
from threadpoolctl import threadpool_limits

import taut


def answers(rule, tasks):
    """Percentages of accusations and of taut's `unresolved` among some tasks."""
    counts = Counter(answer if isinstance(answer, str) else ("bug" if answer else "ok") for answer in map(rule, tasks))
    return np.array([100.0 * counts[name] / max(len(tasks), 1) for name in ("bug", "unresolved")])


def columns(say, head):
    say("  " + "; ".join(f"({i + 1}) {name}" for i, name in enumerate(peers())))
    say(f"{head:34}" + "".join(f"{f'({i + 1})':>7}" for i in range(len(peers()))))


def row(say, title, values):
    say(f"{title:34}" + "".join(f"{value:7.1f}" for value in values))


def false_alarms(problems, say):
    """Return the mean over the kinds of points for each loss and type, one number a peer."""
    say(f"\nFalse alarms: % of {problems} right gradients accused")
    columns(say, "")
    means = {}
    for loss in LOSSES:
        for dtype in DTYPES:
            found = []
            for place in PLACES:
                tasks = [task_at(place, loss, dtype, seed) for seed in range(problems)]
                both = np.array([answers(rule, tasks) for rule in peers().values()])
                row(say, f"{loss}, {dtype}, {place}", both[:, 0])
                if both[:, 1].any():
                    row(say, "    said unresolved", both[:, 1])
                found.append(both[:, 0])
            means[loss, dtype] = np.mean(found, axis=0)
    return means


def misses(problems, say):
    """Return the mean over the mutants for each loss and type, one number a peer."""
    half, means = range(10_000, 10_000 + max(problems // 2, 1)), {}
    for loss in LOSSES:
        for dtype in DTYPES:
            say(f"\nMisses, {loss}, {dtype}: % of wrong gradients not accused (half at random points, half at ties)")
            columns(say, "mutant, number of wrong gradients")
            rights = [task_at(place, loss, dtype, seed) for seed in half for place in ("random", "exact ties")]
            found = []
            for mutant, change in MUTANTS.items():
                bad = [right for right in rights if is_wrong(right, change(right, right.W, right(right.W)[1]))]
                both = np.array([answers(rule, [wrong(right, mutant) for right in bad]) for rule in peers().values()])
                row(say, f"{mutant}, {len(bad)}", 100.0 - both[:, 0])
                if both[:, 1].any():
                    row(say, "    of these said unresolved", both[:, 1])
                found.append(100.0 - both[:, 0])
            means[loss, dtype] = np.mean(found, axis=0)
    return means


def summary(alarms, missed, say):
    say("\nSummary: % of right gradients accused / % of wrong gradients missed, means of the tables above")
    say(f"{'':27}" + "".join(f"{f'{loss} {dtype}':>20}" for loss, dtype in alarms))
    for i, name in enumerate(peers()):
        say(f"{name:27}" + "".join(f"{f'{alarms[key][i]:.1f} / {missed[key][i]:.1f}':>20}" for key in alarms))
    say("A checker that accuses everything misses nothing: read both numbers.")


def cifar_size(say, whole):
    """Time each peer once on the hinge loss, W 3073 x 10, 500 samples; slow ones by a sample unless ``whole``."""
    task = task_at("random", "hinge", "float64", 0, shape=(500, 3073, 10), reg=0.05)
    task.W[:] *= 1e-4
    task.X[:, :-1] *= 63.0
    start = time.perf_counter()
    for _ in range(20):
        task(task.W)
    once = (time.perf_counter() - start) / 20
    say(f"\nSeconds at CIFAR-10 size: hinge, float64, W 3073 x 10, 500 samples; one loss and gradient {once:.4f} s")
    some = 300
    slow = {"torch's rule in NumPy": partial(torch_rule, coordinates=[(k * 10, k % 10) for k in range(some)])}
    for name, rule in peers().items():
        all_calls = 2 * task.W.size if name.startswith("torch") else task.W.size
        if name in ("torch gradcheck", "SciPy check_grad") and not whole:
            say(f"{name:27}{all_calls * once:10.1f}   (not run: {all_calls:,} losses at the time of one)")
            continue
        start = time.perf_counter()
        answer = (rule if whole else slow.get(name, rule))(task)
        taken = time.perf_counter() - start
        if name in slow and not whole:
            say(f"{name:27}{taken * task.W.size / some:10.1f}   (from {some} of {task.W.size:,} coordinates)")
            continue
        told = answer if isinstance(answer, str) else ("accuses" if answer else "silent")
        say(f"{name:27}{taken:10.2f}   {told}")


def header(say):
    packages = ["numpy", "scipy"] + ["torch"] * HAS_TORCH + ["jax"] * HAS_JAX
    say("Gradient checkers side by side")
    say(
        f"Python {platform.python_version()}, taut {taut.__version__}, "
        + ", ".join(f"{p} {version(p)}" for p in packages)
    )
    say(f"small problems: {N} samples, {D} features, {C} classes, reg {REG}; one thread")
    say("wrong: further than 1e-3 of the largest entry from every gradient that the loss allows, ties included")
    say("SciPy hands a float64 point to a float32 loss, which then computes in float64")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=100, help="right problems a cell; wrong ones are a fifth of it")
    parser.add_argument(
        "--whole", action="store_true", help="run the slow peers in full at the size of CIFAR-10 (minutes)"
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the tables to a file too")
    arguments = parser.parse_args()
    lines = []

    def say(line):
        print(line, flush=True)
        lines.append(line)

    warnings.filterwarnings("ignore", message="Input #0 requires gradient and is not a double precision")
    with threadpool_limits(1):
        if HAS_TORCH:
            import torch

            torch.set_num_threads(1)
        header(say)
        alarms = false_alarms(arguments.problems, say)
        missed = misses(max(arguments.problems // 5, 2), say)
        summary(alarms, missed, say)
        cifar_size(say, arguments.whole)
    if arguments.save:
        arguments.save.write_text("\n".join(lines) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
