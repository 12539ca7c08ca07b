"""Correct gradients before the checker: how many it accuses. The answer must be none.

tests/check/problems.py draws the problems: random points, integer grids with exact ties, near ties, W = 0, X scaled by
1e-3 … 1e4, one sample, two classes, duplicate rows, zero columns, margin 0; code that is strict at a tie and code that
is not, in float32 and float64. Every second convex problem is claimed to be convex, the others leave that to the
checker.

    python benchmarks/gradient_innocents.py [--problems 10000] [--jobs 2] [--loss hinge ...] [--seed 1] [--output FILE]

`--problems` counts those of one loss in one type. `--output benchmarks/results/gradient_innocents.txt` is how the
recorded result is made.
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
from check.problems import LOSSES, problems  # noqa: E402

CHUNK = 200
TYPES = ("float64", "float32")
VERDICTS = ("ok", "ok_at_kink", "unresolved", "bug")

Key = tuple[str, str, str]


def chunk(loss: str, seed: int, count: int) -> tuple[Counter[Key], list[str]]:
    """Verdicts of ``count`` problems of each type, and what was said of the accused."""
    seen: Counter[Key] = Counter()
    accused = []
    for i, p in enumerate(problems(seed, 2 * count, losses=(loss,))):
        claimed = True if p.convex and (i // 2) % 2 else None
        report = taut.check_gradient(p.fn, p.point, convex=claimed)
        seen[loss, str(p.X.dtype), report.verdict] += 1
        if report.verdict == "bug":
            accused.append(f"{loss} seed {seed} number {i} {p.kind} {p.X.dtype}\n{report}")
    return seen, accused


def written(seen: Counter[Key], accused: list[str], command: str) -> str:
    """The table, and every accusation in full."""
    lines = [command, "", f"{'loss':16}{'type':9}{'problems':>9}" + "".join(f"{each:>12}" for each in VERDICTS)]
    for loss in LOSSES:
        for dtype in TYPES:
            counts = [seen[loss, dtype, verdict] for verdict in VERDICTS]
            if sum(counts):
                lines.append(f"{loss:16}{dtype:9}{sum(counts):9,}" + "".join(f"{count:12,}" for count in counts))
    bugs = sum(count for (_, _, verdict), count in seen.items() if verdict == "bug")
    lines += ["", f"{bugs} accused of {sum(seen.values()):,} correct problems", "", *accused]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="False accusations of correct gradients.")
    parser.add_argument("--problems", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--loss", nargs="*", choices=LOSSES, default=list(LOSSES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    command = f"python benchmarks/gradient_innocents.py --problems {options.problems} --seed {options.seed}"
    seen: Counter[Key] = Counter()
    accused: list[str] = []
    starts = list(range(0, options.problems, CHUNK))
    # A seed a chunk: whoever repeats one accusation needs no more than its line.
    seeds = [int(each.generate_state(1)[0]) for each in np.random.SeedSequence(options.seed).spawn(len(starts))]
    with ProcessPoolExecutor(options.jobs) as pool:
        rounds = [
            [pool.submit(chunk, loss, seed, min(CHUNK, options.problems - start)) for loss in options.loss]
            for start, seed in zip(starts, seeds, strict=True)
        ]
        for tasks, start in zip(rounds, starts, strict=True):
            for task in tasks:
                found, complaints = task.result()
                seen.update(found)
                accused += complaints
            text = written(seen, accused, command)
            print(f"{start + CHUNK} problems, {len(accused)} accused", file=sys.stderr, flush=True)
            if options.output:
                options.output.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
