"""
What a classifier looks for: templates
======================================

Each class's weights, drawn as the picture that they are. At a certified optimum a template is a sum of examples: the
class's own hard examples, less the others that it beat. With CIFAR-10's binary files in a folder
``cifar-10-batches-bin`` its ten templates are drawn, else those of the bundled digits.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import taut

FOLDER = Path("cifar-10-batches-bin")

# %%
# Bytes stay bytes: ``as_matrix`` subtracts the mean picture and divides while it reads.

data = taut.read(FOLDER) if FOLDER.is_dir() else taut.read("digits")
some = slice(None, 5000)
X, y = data.X[some], data.labels[some]
scale = 1 / 255 if FOLDER.is_dir() else 1 / 16
seen = taut.as_matrix(X, scale=scale, shift=X.mean(axis=0))
model = taut.LinearClassifier("hinge", l2=0.1, tol=1e-2).fit(seen, y, witness=True)
print(model.report_)

# %%
# All templates on one scale, so that they can be compared: red is evidence for the class, blue against it.

shape = data.image_shape
limit = np.abs(model.coef_).max()
figure, axes = plt.subplots(2, 5, figsize=(8, 3.6), layout="constrained")
for axis, name, weights in zip(axes.flat, model.classes_, model.coef_, strict=True):
    if len(shape) == 3:
        axis.imshow(weights.reshape(shape).transpose(1, 2, 0) / (2 * limit) + 0.5)
    else:
        axis.imshow(weights.reshape(shape), cmap="RdBu_r", vmin=-limit, vmax=limit)
    axis.set_title(str(name))
    axis.set_axis_off()

# %%
# And why they look so: the heaviest examples behind one of them, those added above, those subtracted below.

c = 3
heavy = model.witness_[:, c]
order = np.argsort(heavy)
figure, axes = plt.subplots(2, 6, figsize=(8, 3), layout="constrained")
for row, chosen in zip(axes, (order[:6], order[::-1][:6]), strict=True):
    for axis, i in zip(row, chosen, strict=True):
        picture = np.asarray(X[i], dtype=float).reshape(shape)
        picture = picture.transpose(1, 2, 0) / 255 if len(shape) == 3 else picture
        axis.imshow(picture, cmap="gray_r")
        axis.set_title(f"{y[i]}: {-heavy[i]:+.2f}", fontsize=9)
        axis.set_axis_off()
figure.suptitle(f"Class {model.classes_[c]}: what is added, and what is subtracted")
plt.show()
