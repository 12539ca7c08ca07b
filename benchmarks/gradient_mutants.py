"""Wrong gradients before the checker: how many it detects, and how many it calls by their name.

Each mutant is a loss-and-gradient function whose value is right and whose gradient is not; tests/mutants/ holds them,
written by hand. Half of the problems (N = 20, D = 6, C = 4, reg = 0.1) lie on exact kinks. Detected is counted at the
first point of a problem, named within its three points: the right name stands in a list of at most two.

    python benchmarks/gradient_mutants.py [--problems 400] [--jobs 2] [--loss hinge ...] [--float32] [--output FILE]

`--output benchmarks/results/gradient_mutants.txt` is how the recorded result is made.
"""

import argparse
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # before NumPy: the problems are small, the processes many
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import numpy as np  # noqa: E402

import taut  # noqa: E402
from mutants.every import FAMILIES, problem  # noqa: E402
from mutants.trial import Score, check  # noqa: E402
from taut.check._known import KnownProblem  # noqa: E402

CHUNK = 4
"""Problems a task."""


def chunk(loss: str, seeds: list[int], single: bool) -> tuple[dict[str, Score], Counter]:
    """All mutants of a loss on some problems, and the verdicts of its right form."""
    scores = {mutant.name: Score() for mutant in FAMILIES[loss].mutants}
    verdicts: Counter = Counter()
    for seed in seeds:
        at = problem(seed, np.float32 if single else np.float64)
        for W in at.points:
            right = KnownProblem(FAMILIES[loss].right, at.X, at.y, at.reg, loss)
            verdicts[taut.check_gradient(right, W).verdict] += 1
        for mutant in FAMILIES[loss].mutants:
            scores[mutant.name].add(check(mutant, at))
    return scores, verdicts


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:7.2f}" if whole else "      -"


def report(loss: str, scores: dict[str, Score], verdicts: Counter, problems: int) -> list[str]:
    total = Score()
    for score in scores.values():
        total.add(score)
    lines = [
        f"{loss}: {len(scores)} mutants, {problems} problems, half on exact kinks",
        f"  right code: {', '.join(f'{verdict} {count}' for verdict, count in sorted(verdicts.items()))}",
        f"  detected, beyond the printed width: {total.beyond_detected} of {total.beyond}"
        f" = {percent(total.beyond_detected, total.beyond).strip()} %",
        f"  detected, wrong by less than that:  {total.within_detected} of {total.within}"
        f" = {percent(total.within_detected, total.within).strip()} %;"
        f" right at the point: {total.right}",
        f"  named within 3 points:              {total.named} of {total.nameable}"
        f" = {percent(total.named, total.nameable).strip()} %"
        f" ({percent(total.short, total.nameable).strip()} % with at most two findings in all)",
        f"  {'mutant':38} {'det. %':>7} {'within':>7} {'named %':>7}  named as (times), the right name first",
    ]
    right = {mutant.name: mutant.kinds for mutant in FAMILIES[loss].mutants}
    for name, score in scores.items():
        rows = sorted(score.lists.items(), key=lambda row: (not set(row[0]) & set(right[name]), -row[1]))
        words = "; ".join(f"{' | '.join(kinds) or 'unknown'} ({count})" for kinds, count in rows)
        detected = percent(score.beyond_detected, score.beyond)
        within = percent(score.within_detected, score.within)
        lines.append(f"  {name:38} {detected} {within} {percent(score.named, score.nameable)}  {words}")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description="Detection and naming of wrong gradients.")
    parser.add_argument("--problems", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--loss", nargs="*", choices=list(FAMILIES), default=list(FAMILIES))
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    scores = {loss: {mutant.name: Score() for mutant in FAMILIES[loss].mutants} for loss in options.loss}
    verdicts: dict[str, Counter] = {loss: Counter() for loss in options.loss}
    with ProcessPoolExecutor(options.jobs) as pool:
        rounds = [
            (last, {loss: pool.submit(chunk, loss, list(range(first, last)), options.float32) for loss in options.loss})
            for first in range(0, options.problems, CHUNK)
            for last in (min(first + CHUNK, options.problems),)
        ]
        for done, tasks in rounds:  # whoever stops it halfway has the result of the rounds that are done
            for loss, task in tasks.items():
                found, seen = task.result()
                verdicts[loss].update(seen)
                for name, score in found.items():
                    scores[loss][name].add(score)
            text = written(scores, verdicts, done, single=options.float32)
            print(f"{done} problems", file=sys.stderr, flush=True)
            if options.output:
                options.output.write_text(text)
    print(text)


def written(scores: dict, verdicts: dict, problems: int, *, single: bool) -> str:
    """The whole report."""
    lines = [f"python benchmarks/gradient_mutants.py --problems {problems}{' --float32' * single}", ""]
    for loss, found in scores.items():
        lines += report(loss, found, verdicts[loss], problems)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
