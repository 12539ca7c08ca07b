"""Whether every fit ends with a proof: against brute force, with columns in wild units, and for every C.

python benchmarks/certificates.py [small] [scaled] [paths] [--letter FILE] [--mnist DIR] [--output FILE]

small: 500 small problems a loss (weights, ties, repeated rows, one class alone, fewer rows than columns, free and fixed
intercepts) beside SciPy's general solvers and a dual value written out with loops; tests/reference/ holds both.
scaled: columns multiplied by 10^U(-4, 4), letter to a gap of 1e-4 (hinge: 1e-3), MNIST softmax to 1e-2, hinge to 1e-3.
paths: letter, C from 1e-3 to 1e3, to a gap of 1e-3.

FILE is letter-recognition.data as it is distributed, DIR holds the four files of MNIST; parts without their data are
left out. l2 = 1 / (C n), the intercept is free. Seconds are of processor time, on one thread.
"""

import argparse
import gzip
import os
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # before NumPy
# What follows stands below its place for these two reasons: threads are counted when NumPy loads, and the solvers that
# know nothing of taut lie with the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import numba  # noqa: E402
import numpy as np  # noqa: E402
import scipy  # noqa: E402

import strategies  # noqa: E402
import taut  # noqa: E402
from reference.enclosure import judge, trials  # noqa: E402

PARTS = ("small", "scaled", "paths")
SOLVERS = ("auto", "dual_ascent")
AGREE = 1e-6
SHOWN = 6


class Lines:
    """What is printed, kept in a file too as it grows."""

    def __init__(self, output):
        self.output, self.told = output, []

    def say(self, text=""):
        print(text, flush=True)
        self.told.append(text)
        if self.output:
            self.output.write_text("\n".join(self.told) + "\n")


def small(lines, count, tol, seed, solvers):
    """Agreement and enclosure, one row a loss and solver."""
    lines.say(
        f"\n{count} small problems a loss, tol = {tol:g}: weights, grids with ties, repeated rows, N < D, one class"
    )
    lines.say(
        "alone, a class without weight, free and fixed intercepts. difference: (P at coef_ - P by SciPy) / max(1, P);"
    )
    lines.say(
        "enclosed: dual_ <= value of the dual point, written out, and <= P by SciPy; primal_ = P at coef_, written out"
    )
    lines.say(
        f"  {'loss':<15}{'solver':<13}{'most above':>11}{'most below':>11}{'agree':>7}{'enclosed':>9}{'certified':>10}"
    )
    pairs = [(loss, "auto") for loss in strategies.LOSSES] + [(loss, "dual_ascent") for loss in strategies.KINKED]
    for loss, solver in (pair for pair in pairs if pair[1] in solvers):
        kinds, counts, differences, notes = Counter(), Counter(), [], []
        for at, trial in enumerate(trials(seed, count)):
            judged = judge(loss, trial, tol=tol, solver=solver)
            report = judged.model.report_
            agree = abs(judged.difference) <= AGREE
            kinds[trial.kind] += 1
            differences.append(judged.difference)
            counts.update(agree=agree, enclosed=judged.encloses, certified=report.certified)
            counts["silent"] += report.certified == judged.warned
            if not (agree and judged.encloses and report.certified):
                where = f"    {at} {trial.kind}, difference {judged.difference:.1e}"
                notes.append(f"{where}{'' if judged.encloses else ', NOT ENCLOSED'}: {report}")
        lines.say(
            f"  {loss:<15}{solver:<13}{max(0.0, *differences):11.1e}{max(0.0, *(-each for each in differences)):11.1e}"
            f"{counts['agree']:7}{counts['enclosed']:9}{counts['certified']:10}"
        )
        for note in notes[:SHOWN]:
            lines.say(note)
        if len(notes) > SHOWN:
            lines.say(f"    and {len(notes) - SHOWN} more")
        if counts["silent"]:
            lines.say(f"    {counts['silent']} whose warning and report disagree")
    lines.say("  kinds: " + ", ".join(f"{kind} {number}" for kind, number in kinds.items()))


def fit(X, y, loss, tol, l2, passes):
    """A fit of at most so many passes (None: as many as it is given by default), and its seconds."""
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = taut.LinearClassifier(loss, l2=l2, tol=tol, max_iter=passes, n_threads=1).fit(X, y)
    return model, time.process_time() - began


def row(lines, words, model, seconds, times=None):
    """One line of a table, and the sentence of a fit without a proof."""
    report = model.report_
    ratio = "" if times is None else f"{times:8.2f} x"
    proved = "" if report.certified else "  NOT CERTIFIED"
    lines.say(
        f"  {words:<34}{report.solver:<13}{seconds:8.2f} s{report.passes:8.0f}{model.gap_:10.1e}{ratio:>10}{proved}"
    )
    if not report.certified:
        lines.say(f"    {report}")


def scaled(lines, name, X, y, asked, seeds, passes=None):
    """The fits of ``asked``, (loss, tol) each, as the columns are and with each seed's factors."""
    lines.say(f"\n{name}, {X.shape[0]:,} x {X.shape[1]}, l2 = 1/n: columns as they are, then times 10^U(-4, 4)")
    lines.say(f"  {'':<34}{'solver':<13}{'seconds':>10}{'passes':>8}{'gap':>10}{'time':>10}")
    for loss, tol in asked:
        model, unscaled = fit(X, y, loss, tol, 1 / len(y), passes)
        row(lines, f"{loss}, tol {tol:g}", model, unscaled)
        ratios, proved = [], 0
        for seed in seeds:
            factors = 10.0 ** np.random.default_rng(seed).uniform(-4, 4, X.shape[1])
            model, seconds = fit(X * factors, y, loss, tol, 1 / len(y), passes)
            ratios.append(seconds / unscaled)
            proved += model.report_.certified
            row(lines, f"  seed {seed}", model, seconds, ratios[-1])
        if len(seeds) > 1:
            low, middle, high = np.quantile(ratios, [0.0, 0.5, 1.0])
            told = f"{low:.2f} to {high:.2f}, median {middle:.2f}"
            lines.say(f"    certified {proved} of {len(seeds)}, times as long as unscaled: {told}")


def paths(lines, X, y):
    """Every loss with every C."""
    lines.say(f"\nletter, {X.shape[0]:,} x {X.shape[1]}, l2 = 1 / (C n), tol 1e-3")
    lines.say(f"  {'':<34}{'solver':<13}{'seconds':>10}{'passes':>8}{'gap':>10}")
    proved = 0
    for loss in strategies.LOSSES:
        for C in 10.0 ** np.arange(-3, 4):
            model, seconds = fit(X, y, loss, 1e-3, 1 / (C * len(y)), None)
            proved += model.report_.certified
            row(lines, f"{loss}, C = {C:g}", model, seconds)
    lines.say(f"  certified {proved} of {7 * len(strategies.LOSSES)}")


def letter(file):
    """Columns to [-1, 1]; the cells are parted by commas or blanks, the label is the one that is no number."""
    cells = [line.replace(",", " ").split() for line in Path(file).read_text().splitlines() if line.strip()]
    y = np.array([next(cell for cell in row if cell.isalpha()) for row in cells])
    X = np.array([[float(cell) for cell in row if not cell.isalpha()] for row in cells])
    low, high = X.min(axis=0), X.max(axis=0)
    return 2 * (X - low) / (high - low) - 1, y


def mnist(folder):
    """The training images in [0, 1]."""
    with gzip.open(Path(folder) / "train-images-idx3-ubyte.gz") as images:
        X = np.frombuffer(images.read(), np.uint8, offset=16).reshape(-1, 784) / 255.0
    with gzip.open(Path(folder) / "train-labels-idx1-ubyte.gz") as labels:
        return X, np.frombuffer(labels.read(), np.uint8, offset=8)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("parts", nargs="*", metavar="PART", help="small, scaled, paths; by default all")
    options.add_argument("--problems", type=int, default=500, help="of each loss")
    options.add_argument("--tol", type=float, default=1e-8, help="of the small problems")
    options.add_argument("--seed", type=int, default=2026, help="of the small problems")
    options.add_argument("--solver", nargs="+", choices=SOLVERS, default=SOLVERS, help="of the small problems")
    options.add_argument("--seeds", type=int, default=5, help="sets of factors for the columns of letter")
    options.add_argument("--letter", type=Path)
    options.add_argument("--mnist", type=Path)
    options.add_argument("--passes", type=int, default=1000, help="max_iter of the fits of MNIST")
    options.add_argument("--output", type=Path)
    asked = options.parse_args()
    parts = asked.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        options.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    lines = Lines(asked.output)
    libraries = {"taut": taut, "NumPy": np, "SciPy": scipy, "Numba": numba}
    lines.say(f"python benchmarks/certificates.py {' '.join(parts)}")
    lines.say(", ".join(f"{name} {library.__version__}" for name, library in libraries.items()))
    if "small" in parts:
        small(lines, asked.problems, asked.tol, asked.seed, asked.solver)
    compile_kernels()
    if asked.letter:
        data = letter(asked.letter)
        if "scaled" in parts:
            each = [("softmax", 1e-4), ("squared_hinge", 1e-4), ("hinge", 1e-3)]
            scaled(lines, "letter", *data, each, range(asked.seeds))
        if "paths" in parts:
            paths(lines, *data)
    if asked.mnist and "scaled" in parts:
        scaled(lines, "MNIST", *mnist(asked.mnist), [("softmax", 1e-2), ("hinge", 1e-3)], range(1), asked.passes)


def compile_kernels():
    """So that no fit's seconds are the compiler's."""
    X, y = strategies.clusters(0, 60, 4, 3)
    for loss in strategies.KINKED:
        taut.LinearClassifier(loss, solver="dual_ascent", tol=0.1).fit(X, y)
        taut.LinearClassifier(loss, solver="dual_ascent", tol=0.1, l2=1e-6).fit(X, y)


if __name__ == "__main__":
    main()
