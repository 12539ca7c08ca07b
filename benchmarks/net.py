"""Time of an epoch of the two-layer network beside scikit-learn, torch on the CPU, and its own matrix products.

    python benchmarks/net.py [--rows 20000] [--rounds 5] [--threads 2] [--cpu] [--save benchmarks/results/net.txt]

Same rows, batch, width and type for everyone, softmax loss, l2 = 1e-4. An epoch is what more epochs of a fit cost,
divided by their number, so that neither validation nor the start counts. In each round all contenders run one after the
other; a ratio is taken within a round, and the median over the rounds is printed: below 1 means that taut is faster.
"products" are the five matrix products of every batch on rows that lie in order, into arrays that are there, and
nothing else. With --cpu seconds of processor time are counted instead of the clock's, for a machine that others use too
(--threads 1).
"""

import argparse
import os
import platform
import sys
import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

import taut
from taut.bench._turns import SETTLE

try:
    import torch
except ImportError:
    torch = None

SHAPES = {"mnist": (784, 100), "cifar-50": (3072, 50), "cifar-200": (3072, 200), "digits": (64, 50)}
"""Columns and hidden units."""

CLASSES, BATCH, L2, MOMENTUM = 10, 200, 1e-4, 0.9
RATE = {"sgd": 0.01, "adam": 1e-3}
PASSES = {"mnist": 9, "cifar-50": 5, "cifar-200": 3, "digits": 41}
"""Of the longer of two fits, the shorter has one: their difference should be far above what a fit costs besides."""


def by_taut(X, y, hidden, solver, epochs):
    net = taut.TwoLayerClassifier(
        hidden, solver=solver, learning_rate=RATE[solver], momentum=MOMENTUM, batch_size=BATCH, l2=L2,
        max_iter=epochs, patience=epochs + 1, random_state=0,
    )  # fmt: skip
    net.fit(X, y)


def by_sklearn(X, y, hidden, solver, epochs):
    # Its penalty is alpha / 2n of a sum over the batch: the same work whatever the number.
    net = MLPClassifier(
        (hidden,), solver=solver, learning_rate_init=RATE[solver], momentum=MOMENTUM, nesterovs_momentum=False,
        batch_size=BATCH, alpha=L2, max_iter=epochs, n_iter_no_change=epochs + 1, random_state=0,
    )  # fmt: skip
    net.fit(X, y)


def by_torch(X, y, hidden, solver, epochs):
    torch.manual_seed(0)
    rows, targets = torch.from_numpy(X), torch.from_numpy(y)
    net = torch.nn.Sequential(
        torch.nn.Linear(X.shape[1], hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, CLASSES)
    ).to(rows.dtype)
    if solver == "sgd":
        step = torch.optim.SGD(net.parameters(), RATE[solver], momentum=MOMENTUM, weight_decay=L2)
    else:
        step = torch.optim.Adam(net.parameters(), RATE[solver], weight_decay=L2)
    for _ in range(epochs):
        order = torch.randperm(len(rows))
        for begin in range(0, len(rows), BATCH):
            some = order[begin : begin + BATCH]
            step.zero_grad()
            torch.nn.functional.cross_entropy(net(rows[some]), targets[some]).backward()
            step.step()


def by_products(X, y, hidden, solver, epochs):
    d, dtype = X.shape[1], X.dtype
    rng = np.random.default_rng(0)
    W1, W2 = (rng.normal(size=shape).astype(dtype) for shape in ((d, hidden), (hidden, CLASSES)))
    H, G, S = (np.ones((BATCH, width), dtype) for width in (hidden, hidden, CLASSES))
    dW1, dW2 = np.empty_like(W1), np.empty_like(W2)
    for _ in range(epochs):
        for begin in range(0, len(X), BATCH):
            block = X[begin : begin + BATCH]
            n = len(block)
            np.matmul(block, W1, out=H[:n])
            np.matmul(H[:n], W2, out=S[:n])
            np.matmul(H[:n].T, S[:n], out=dW2)
            np.matmul(S[:n], W2.T, out=G[:n])
            np.matmul(block.T, G[:n], out=dW1)


CONTENDERS = {"taut": by_taut, "scikit-learn": by_sklearn, "torch": by_torch, "products": by_products}


def epoch_seconds(function, clock, passes, *problem):
    spent = []
    for epochs in (1, passes):
        time.sleep(SETTLE)
        began = clock()
        function(*problem, epochs)
        spent.append(clock() - began)
    return (spent[1] - spent[0]) / (passes - 1)


def compare(shape, dtype, solver, options, say):
    d, hidden = SHAPES[shape]
    rng = np.random.default_rng(0)
    X = rng.standard_normal((options.rows, d), dtype=dtype)
    y = (X[:, :CLASSES] + 0.5 * rng.standard_normal((options.rows, CLASSES), dtype=dtype)).argmax(axis=1)
    clock = time.process_time if options.cpu else time.perf_counter
    rivals = {name: each for name, each in CONTENDERS.items() if name != "torch" or torch is not None}
    seconds = {name: [] for name in rivals}
    for function in rivals.values():  # whatever is compiled or loaded once
        function(X[:BATCH], y[:BATCH], hidden, solver, 1)
    for _ in range(options.rounds):
        for name, function in rivals.items():
            seconds[name].append(epoch_seconds(function, clock, PASSES[shape], X, y, hidden, solver))
    own = np.array(seconds["taut"])
    ratios = "".join(f"{np.median(own / np.array(seconds[name])):14.2f}" for name in rivals if name != "taut")
    say(f"{shape:10} {solver:5} {np.dtype(dtype).name:8}{1e3 * np.median(own):10.1f}{ratios}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--shapes", nargs="*", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--solvers", nargs="*", choices=list(RATE), default=list(RATE))
    parser.add_argument("--dtypes", nargs="*", choices=["float32", "float64"], default=["float32", "float64"])
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    lines = []

    def say(line):
        print(line, flush=True)
        lines.append(line)

    say("python " + " ".join(["benchmarks/net.py", *sys.argv[1:]]))
    say(f"Python {platform.python_version()}, {platform.machine()}, {options.threads} threads")
    say("; ".join(f"{name} {versioned(name)}" for name in ("taut", "numpy", "scikit-learn", "torch")))
    rivals = [name for name in CONTENDERS if name != "taut" and (name != "torch" or torch is not None)]
    say(f"{'shape':10} {'solver':5} {'type':8}{'taut, ms':>10}" + "".join(f"{'/ ' + name:>14}" for name in rivals))
    if torch is not None:
        torch.set_num_threads(options.threads)
    with threadpool_limits(options.threads):
        for shape in options.shapes:
            for solver in options.solvers:
                for dtype in options.dtypes:
                    compare(shape, np.dtype(dtype).type, solver, options, say)
    if options.save:
        options.save.write_text("\n".join(lines) + "\n")


def versioned(name):
    try:
        return taut.__version__ if name == "taut" else version(name)
    except PackageNotFoundError:
        return "not here"


if __name__ == "__main__":
    main()
