"""Label sets: agreement with all pairs, time against pair tensors, memory, and yeast.

python benchmarks/multilabel.py agreement | speed | memory | yeast FOLDER

`agreement` compares the six losses with loops over all pairs on 2,000 random problems. `speed` needs torch. `memory`
reads /proc. `yeast` wants the folder that holds Mulan's yeast-train.arff, yeast-test.arff and yeast.xml.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import taut

ROOT = Path(__file__).parents[1]
NAMES = ("bp_mll", "log_bp_mll", "zlpr", "lsep", "binary", "pairwise_hinge")
L2 = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)


def agreement(count: int = 2000) -> None:
    """Largest error, relative to the largest entry or 1, of values and gradients."""
    sys.path.insert(0, str(ROOT / "tests"))
    from losses.multilabel_formulas import every, problems

    print(f"{count} problems, sets of all sizes; largest error against loops over all pairs in extended precision")
    sizes = set()
    worst = dict.fromkeys(NAMES, 0.0)
    sums = dict.fromkeys(NAMES, 0.0)
    for scores, present in problems(2026, count):
        sizes |= {(present.shape[1], size) for size in present.sum(axis=1).tolist()}
        for name in NAMES:
            values, slopes = taut.losses.make_multilabel_loss(name).rows(scores, present)
            for got, want in zip((values, slopes), every(name, scores, present), strict=True):
                scale = max(1.0, float(np.abs(want).max(initial=0.0)))
                worst[name] = max(worst[name], float(np.abs(got - want).max()) / scale)
            sums[name] = max(sums[name], float(np.abs(slopes.sum(axis=1)).max()) / max(1.0, np.abs(slopes).max()))
    empty, full = (sum(size == edge(k) for k, size in sizes) for edge in (lambda k: 0, lambda k: k))
    print(f"{len(sizes)} different (labels, set size), {empty} of them empty sets and {full} full ones")
    for name in NAMES:
        told = f", gradient rows sum to {sums[name]:.1e}" if name not in ("zlpr", "binary") else ""
        print(f"  {name:15s} {worst[name]:.1e}{told}")


def speed(rounds: int = 15) -> None:
    """BP-MLL and its gradient by scores: taut on one thread, torch with pair tensors on all it takes."""
    import torch

    n, k = 1000, 100
    rng = np.random.default_rng(0)
    scores, Y = rng.normal(size=(n, k)), rng.random((n, k)) < 0.1
    present = torch.from_numpy(Y)
    pairs = (present[:, :, None] & ~present[:, None, :]).to(torch.float64)
    count = pairs.sum(dim=(1, 2)).clamp(min=1)

    def by_pairs(rows: slice = slice(None)) -> tuple[float, np.ndarray]:
        c = torch.from_numpy(scores[rows]).requires_grad_()
        costs = torch.exp(c[:, None, :] - c[:, :, None]) * pairs[rows]
        loss = (costs.sum(dim=(1, 2)) / count[rows]).sum() / n
        loss.backward()
        return loss.item(), c.grad.numpy()

    def some_at_a_time() -> tuple[float, np.ndarray]:
        parts = [by_pairs(slice(begin, begin + 50)) for begin in range(0, n, 50)]
        return sum(part[0] for part in parts), np.concatenate([part[1] for part in parts])

    def factorised() -> tuple[float, np.ndarray]:
        return taut.loss_and_gradient(None, scores, Y, loss="bp_mll", wrt="scores")

    defined = Y.any(axis=1).sum() / n  # taut leaves rows without labels out of the mean
    ours, slope = factorised()
    for theirs, theirs_slope in (by_pairs(), some_at_a_time()):
        np.testing.assert_allclose(ours * defined, theirs, rtol=1e-12)
        np.testing.assert_allclose(slope * defined, theirs_slope, rtol=1e-9, atol=1e-15)
    contenders = {"taut": factorised, "torch, pair tensors": by_pairs, "torch, 50 rows at a time": some_at_a_time}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, evaluate in contenders.items():
            began = time.perf_counter()
            evaluate()
            seconds[name].append(time.perf_counter() - began)
    print(f"BP-MLL and its gradient, {n} rows, {k} labels, 10 % of them present; {rounds} rounds in turns")
    print(f"torch {torch.__version__} on {torch.get_num_threads()} threads; times as long: best, median of rounds")
    own = np.array(seconds["taut"])
    for name, each in seconds.items():
        times = np.array(each)
        ratios = f"{times.min() / own.min():6.0f} {np.median(times / own):6.0f}"
        print(f"  {name:26s} best {1e3 * times.min():8.2f} ms, median {1e3 * np.median(times):8.2f} ms {ratios}")


MEMORY = """
import json, pathlib, sys
import numpy as np, taut
name = sys.argv[1]
rng = np.random.default_rng(0)
n, k = 10_000, 1_000
scores, Y = rng.normal(size=(n, k)), rng.random((n, k)) < 0.02
taut.loss_and_gradient(None, scores[:9], Y[:9], loss=name, wrt="scores")
def told(what):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(what)).split()[1]) * 1024
pathlib.Path("/proc/self/clear_refs").write_text("5")
before = told("VmRSS:")
found = taut.loss_and_gradient(None, scores, Y, loss=name, wrt="scores")
print(json.dumps((told("VmHWM:") - before) / 1e6))
"""


def memory() -> None:
    """What one evaluation adds to the inputs, its gradient included, each in a process of its own."""
    print("10,000 rows, 1,000 labels: megabytes beyond the inputs (80 of them are the gradient; all pairs: 80,000)")
    for name in NAMES:
        done = subprocess.run([sys.executable, "-c", MEMORY, name], capture_output=True, text=True, check=True)
        print(f"  {name:15s} {json.loads(done.stdout):6.0f}")


def yeast(folder: Path) -> None:
    """Ranking loss and micro-F1 on the test rows; l2 by the ranking loss of a five-fold split of the training rows."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score, label_ranking_loss
    from sklearn.model_selection import KFold
    from sklearn.multiclass import OneVsRestClassifier

    train, test = (
        taut.data.read_multilabel(folder / f"yeast-{part}.arff", labels=folder / "yeast.xml")
        for part in ("train", "test")
    )
    print(f"yeast: {len(train.X)} + {len(test.X)} rows, {train.X.shape[1]} columns, {train.Y.shape[1]} labels")
    print(f"  {'':34s} {'l2':>7s} {'ranking loss':>13s} {'micro-F1':>9s} {'seconds':>8s}")

    def told(name: str, model, l2: str) -> None:
        began = time.perf_counter()
        model.fit(train.X, train.Y)
        seconds = time.perf_counter() - began
        ranking = label_ranking_loss(test.Y, model.decision_function(test.X))
        f1 = f1_score(test.Y, model.predict(test.X), average="micro")
        print(f"  {name:34s} {l2:>7s} {ranking:13.4f} {f1:9.4f} {seconds:8.2f}")

    told("one-vs-rest LogisticRegression", OneVsRestClassifier(LogisticRegression(max_iter=1000)), "C = 1")
    for name in NAMES:
        options = {"fit_intercept": True, "max_iter": 2000}
        found = {}
        for l2 in L2:
            parts = []
            for seen, held in KFold(5, shuffle=True, random_state=0).split(train.X):
                model = taut.MultilabelClassifier(name, l2=l2, **options).fit(train.X[seen], train.Y[seen])
                parts.append(label_ranking_loss(train.Y[held], model.decision_function(train.X[held])))
            found[l2] = np.mean(parts)
        l2 = min(found, key=found.get)
        for threshold in ("label", "global", "least_squares") if name == "bp_mll" else ("global",):
            told(
                f"{name}, threshold {threshold}",
                taut.MultilabelClassifier(name, l2=l2, threshold=threshold, **options),
                f"{l2:g}",
            )


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("agreement", "speed", "memory", "yeast"))
    parser.add_argument("folder", nargs="?", type=Path, help="of yeast")
    asked = parser.parse_args()
    if asked.part == "yeast":
        if asked.folder is None or not (asked.folder / "yeast-train.arff").is_file():
            print("pass the folder that holds Mulan's yeast-train.arff, yeast-test.arff and yeast.xml", file=sys.stderr)
            return 2
        yeast(asked.folder)
    else:
        {"agreement": agreement, "speed": speed, "memory": memory}[asked.part]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
