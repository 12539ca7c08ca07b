"""
Sets of labels
==============

Each example has any number of labels. BP-MLL ranks the labels that belong above those that do not; thresholds then cut
the ranking. The data are made up: points in the plane, each label a half-plane.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

import taut

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (400, 2))
angles = np.array([0.2, 1.7, 3.1, 4.4])
normals = np.c_[np.cos(angles), np.sin(angles)]
Y = (X @ normals.T + 0.1 * rng.standard_normal((400, 4)) > -0.1).astype(int)
print("labels of an example: fewest", Y.sum(axis=1).min(), "most", Y.sum(axis=1).max())

# %%
# Two losses on the same data. Examples with every label have no pair to rank, so BP-MLL leaves them out and warns of
# it; zlpr is defined for every set and its threshold is 0.

warnings.simplefilter("ignore", UserWarning)  # the number of examples left out is printed below
ranking = taut.MultilabelClassifier("bp_mll", l2=1e-3).fit(X, Y)
direct = taut.MultilabelClassifier("zlpr", l2=1e-3, threshold=0.0).fit(X, Y)
for model in (ranking, direct):
    wrong = np.mean(model.predict(X) != Y)
    print(f"{model.loss}: {100 * wrong:.1f} % of the labels wrong, {model.n_undefined_rows_} examples left out")

# %%
# Where each label is predicted.

grid = np.stack(np.meshgrid(np.linspace(-1, 1, 120), np.linspace(-1, 1, 120)), axis=-1).reshape(-1, 2)
predicted = ranking.predict(grid)
figure, axes = plt.subplots(1, 4, figsize=(9, 2.6), layout="constrained", sharey=True)
for j, axis in enumerate(axes):
    shape = (120, 120)
    axis.contourf(
        *(each.reshape(shape) for each in (*grid.T, predicted[:, j])),
        levels=[-0.5, 0.5, 1.5],
        colors=["#f3f1ea", "#cfdff3"],
    )
    axis.scatter(*X.T, s=5, c=np.where(Y[:, j] == 1, "#1d5fa8", "#b5532a"))
    axis.set_title(f"label {j}")
    axis.set_aspect("equal")
plt.show()
