"""
Sets of labels
==============

Each example has any number of labels. BP-MLL ranks the labels that belong above those that do not; thresholds then cut
the ranking. With the files of yeast (genes with their functions: ``yeast-train.arff``, ``yeast-test.arff``,
``yeast.xml``) in a folder ``yeast`` they are used, else data are made up here: points, and each label a half-space.
"""

import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import taut

FOLDER = Path("yeast")


def made_up(n, seed=0):
    """Points, and the labels on whose side of a plane each one lies; neighbouring labels often go together."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, np.pi, 8)
    X = rng.uniform(-1, 1, (n, 3))
    normals = np.c_[np.cos(angles), np.sin(angles), np.full(8, 0.5)]
    return X, (X @ normals.T + 0.1 * rng.standard_normal((n, 8)) > 0.1).astype(int)


if FOLDER.is_dir():
    files = [
        taut.data.read_multilabel(FOLDER / f"yeast-{part}.arff", labels=FOLDER / "yeast.xml")
        for part in ("train", "test")
    ]
    (X, Y), (X_test, Y_test) = ((each.X, each.Y) for each in files)
else:
    X, Y = made_up(1000)
    X, X_test, Y, Y_test = X[:600], X[600:], Y[:600], Y[600:]
sizes = Y.sum(axis=1)
print(f"{len(X)} examples; labels of one: fewest {sizes.min()}, most {sizes.max()}, of {Y.shape[1]}")

# %%
# Two losses on the same data. Examples with no label or with every label have no pair to rank, so BP-MLL leaves them
# out and warns of it; zlpr is defined for every set, and its threshold is 0.

warnings.simplefilter("ignore", UserWarning)  # the number of examples left out is printed below
ranking = taut.MultilabelClassifier("bp_mll", l2=1e-3).fit(X, Y)
direct = taut.MultilabelClassifier("zlpr", l2=1e-3, threshold=0.0).fit(X, Y)
for model in (ranking, direct):
    wrong = np.mean(model.predict(X_test) != Y_test)
    print(f"{model.loss}: {100 * wrong:.1f} % of the test labels wrong, {model.n_undefined_rows_} examples left out")
print(f"no label at all: {100 * np.mean(Y_test):.1f} % wrong")

# %%
# Which labels go together: of the test examples with the label of a row, the share that also has the label of a column.


def together(Y):
    """Shares by row; a label that nobody has gets 0."""
    return Y.T @ Y / np.maximum(Y.sum(axis=0), 1)[:, None]


figure, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
for axis, title, sets in zip(axes, ("in the data", "as zlpr predicts"), (Y_test, direct.predict(X_test)), strict=True):
    shown = axis.imshow(together(sets), cmap="Blues", vmin=0, vmax=1)
    axis.set(title=title, xlabel="label", ylabel="label")
figure.colorbar(shown, ax=axes)
plt.show()
