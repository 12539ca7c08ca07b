"""One evaluation of loss and gradient: taut beside the vectorised NumPy form, scikit-learn, torch and JAX.

    python benchmarks/kernel.py [--shape cifar10 …] [--loss hinge …] [--dtype float64 …] [--repeats 5] [--json FILE]

Everything is timed side by side in one run, on the same arrays, with the same number of threads. The table prints the
median time, the ratio to taut, and the fraction of the roofline max(bytes / read bandwidth, flops / GEMM peak), both
measured here first. X is random (for the sparse shape: Zipf-distributed columns, as text has); times of these kernels
do not depend on the values but for the share of margins that count.
"""

import argparse
import json
import platform
import time
from importlib import metadata
from pathlib import Path

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from taut import loss_and_gradient
from taut.losses import LOSSES
from taut.matrix import available_threads

SHAPES = {
    "cifar10": (49_000, 3_073, 10),
    "mnist": (60_000, 784, 10),
    "tall": (1_000_000, 100, 10),
    "classes100": (60_000, 784, 100),
    "classes1000": (200_000, 512, 1000),
    "news": (11_315, 56_000, 20),
}
ENTRIES_A_ROW = 150


def median_seconds(function, repeats):
    function()
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


def machine(dtype, repeats):
    """Read bandwidth (bytes/s) and GEMM peak (flop/s) with all threads."""
    big = np.ones(2**27 // np.dtype(dtype).itemsize * 4, dtype)
    parts = np.array_split(big, available_threads())
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(parts)) as pool:
        read = big.nbytes / median_seconds(lambda: list(pool.map(np.max, parts)), repeats)
    square = np.ones((2500, 2500), dtype)
    return read, 2 * 2500**3 / median_seconds(lambda: square @ square, repeats)


def data(shape, dtype, rng):
    n, d, k = SHAPES[shape]
    y, W = rng.integers(0, k, n), (rng.normal(size=(d, k)) / np.sqrt(d)).astype(dtype)
    if shape == "news":
        columns = np.minimum(rng.zipf(1.3, n * ENTRIES_A_ROW) - 1, d - 1)
        rows = np.repeat(np.arange(n), ENTRIES_A_ROW)
        X = sparse.csr_array((rng.random(len(rows)).astype(dtype), (rows, columns)), shape=(n, d))
        X.sum_duplicates()
        return X, y, W
    return rng.normal(size=(n, d)).astype(dtype), y, W


def numpy_form(loss, X, y, W):
    """The vectorised form as the course's solutions write it."""
    n, everyone = X.shape[0], np.arange(X.shape[0])

    def margins():
        S = X @ W
        m = S - S[everyone, y][:, None] + S.dtype.type(1)
        m[everyone, y] = 0
        return np.maximum(m, 0, out=m)

    def hinge():
        m = margins()
        A = (m > 0).astype(W.dtype)
        A[everyone, y] = -A.sum(axis=1)
        return m.sum() / n, X.T @ A / n

    def squared_hinge():
        m = margins()
        A = 2 * m
        A[everyone, y] = -A.sum(axis=1)
        return (m * m).sum() / n, X.T @ A / n

    def crammer_singer():
        m = margins()
        rival = m.argmax(axis=1)
        worst = m[everyone, rival]
        A = np.zeros_like(m)
        A[everyone, rival] = worst > 0
        A[everyone, y] -= worst > 0
        return worst.sum() / n, X.T @ A / n

    def softmax():
        S = X @ W
        S -= S.max(axis=1, keepdims=True)
        P = np.exp(S)
        P /= P.sum(axis=1, keepdims=True)
        value = -np.log(P[everyone, y]).mean()
        P[everyone, y] -= 1
        return value, X.T @ P / n

    def squared():
        S = X @ W
        S[everyone, y] -= 1
        return 0.5 * (S * S).sum() / n, X.T @ S / n

    return locals()[loss]


def peers(loss, X, y, W):
    """The peers that have this loss; each returns (loss, gradient)."""
    found = {"numpy": numpy_form(loss, X, y, W)}
    if loss == "softmax":
        from sklearn._loss import HalfMultinomialLoss
        from sklearn.linear_model._linear_loss import LinearModelLoss

        model = LinearModelLoss(HalfMultinomialLoss(n_classes=W.shape[1]), fit_intercept=False)
        coef, target = np.asfortranarray(W.T), y.astype(X.dtype)
        found["scikit-learn"] = lambda: model.loss_gradient(coef, X, target, n_threads=available_threads())
    if not sparse.issparse(X):
        found |= torch_peer(loss, X, y, W) | jax_peer(loss, X, y, W)
    return found


def torch_peer(loss, X, y, W):
    if loss not in ("hinge", "softmax"):
        return {}
    try:
        import torch
    except ImportError:
        return {}
    x, targets = torch.from_numpy(X), torch.from_numpy(y)

    def evaluate():
        w = torch.from_numpy(W).requires_grad_()
        scores = x @ w
        if loss == "softmax":
            value = torch.nn.functional.cross_entropy(scores, targets)
        else:
            value = torch.nn.functional.multi_margin_loss(scores, targets) * W.shape[1]
        value.backward()
        return value.item(), w.grad.numpy()

    return {"torch": evaluate}


def jax_peer(loss, X, y, W):
    if loss != "softmax":
        return {}
    try:
        import jax
    except ImportError:
        return {}
    jax.config.update("jax_enable_x64", True)
    x, targets = jax.numpy.asarray(X), jax.numpy.asarray(y)

    @jax.jit
    @jax.value_and_grad
    def value(w):
        scores = x @ w
        picked = jax.numpy.take_along_axis(scores, targets[:, None], axis=1)[:, 0]
        return (jax.nn.logsumexp(scores, axis=1) - picked).mean()

    return {"jax": lambda: jax.block_until_ready(value(W))}


def one(shape, loss, dtype, repeats, limits, rng):
    X, y, W = data(shape, dtype, rng)

    def ours():
        return loss_and_gradient(W, X, y, loss=loss)

    value, gradient = ours()
    size = X.nnz if sparse.issparse(X) else X.shape[0] * X.shape[1]
    stored = X.data.nbytes + X.indices.nbytes if sparse.issparse(X) else X.nbytes
    bandwidth, peak = limits[dtype]
    floor = max(stored / bandwidth, 4 * size * W.shape[1] / peak)
    row = {"shape": shape, "loss": loss, "dtype": dtype, "taut": median_seconds(ours, repeats)}
    row["of roofline"] = floor / row["taut"]
    for name, evaluate in peers(loss, X, y, W).items():
        other, slope = evaluate()
        slope = np.asarray(slope)
        slope = slope if slope.shape == gradient.shape else slope.T
        assert abs(other - value) <= 1e-4 * abs(value), (name, other, value)
        assert np.abs(slope - gradient).max() <= 1e-3 * np.abs(gradient).max(), name
        row[name] = median_seconds(evaluate, repeats) / row["taut"]
    return row


def versions():
    names = ("taut", "numpy", "scipy", "numba", "scikit-learn", "torch", "jax")
    found = {"python": platform.python_version(), "machine": platform.machine(), "threads": available_threads()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", nargs="+", choices=tuple(SHAPES), default=list(SHAPES))
    parser.add_argument("--loss", nargs="+", choices=tuple(LOSSES), default=list(LOSSES))
    parser.add_argument("--dtype", nargs="+", choices=("float32", "float64"), default=["float32", "float64"])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(versions())
    with threadpool_limits(available_threads()):
        limits = {dtype: machine(dtype, arguments.repeats) for dtype in arguments.dtype}
        for dtype, (read, peak) in limits.items():
            print(f"{dtype}: reading {read / 1e9:.1f} GB/s, GEMM {peak / 1e9:.1f} GFLOP/s")
        rows = []
        for shape in arguments.shape:
            for dtype in arguments.dtype:
                for loss in arguments.loss:
                    row = one(shape, loss, dtype, arguments.repeats, limits, np.random.default_rng(0))
                    rows.append(row)
                    ratios = "  ".join(
                        f"{name} {row[name]:.2f}x" for name in ("numpy", "scikit-learn", "torch", "jax") if name in row
                    )
                    head = f"{shape:12} {loss:15} {dtype}: {1e3 * row['taut']:8.1f} ms"
                    print(f"{head}, {row['of roofline']:.2f} of the roofline; {ratios}", flush=True)
    if arguments.json:
        facts = {"versions": versions(), "limits": limits, "rows": rows}
        arguments.json.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
