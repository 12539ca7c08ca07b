"""
One dimension of the gradient check does not match
==================================================

The question of the course's assignment, in a picture: the SVM's loss along one weight, the slope that the formula
gives, and the line that a central difference sees.
"""

import matplotlib.pyplot as plt
import numpy as np

import taut

# %%
# A point with an exact tie
# -------------------------
#
# Small whole numbers make margins that are exactly 0, where the loss has a corner.

rng = np.random.default_rng(3)
X, y = rng.integers(-2, 3, (12, 3)).astype(float), rng.integers(0, 3, 12)
W = rng.integers(-1, 2, (3, 3)).astype(float)


def loss_and_gradient(W):
    """The hinge, as taut computes it."""
    return taut.loss_and_gradient(W, X, y, loss="hinge", l2=0.1)


_, gradient = loss_and_gradient(W)
h = 1e-5
numeric = np.zeros_like(W)
for at in np.ndindex(W.shape):
    step = np.zeros_like(W)
    step[at] = h
    numeric[at] = (loss_and_gradient(W + step)[0] - loss_and_gradient(W - step)[0]) / (2 * h)
print("largest difference from the formula:", np.abs(numeric - gradient).max().round(4))
print(taut.check_gradient(loss_and_gradient, W).verdict)

# %%
# The loss along the coordinate that is furthest off
# --------------------------------------------------

worst = np.unravel_index(np.abs(numeric - gradient).argmax(), W.shape)
direction = np.zeros_like(W)
direction[worst] = 1.0
steps = np.linspace(-0.6, 0.6, 241)
values = [loss_and_gradient(W + t * direction)[0] for t in steps]
here = loss_and_gradient(W)[0]

figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
axis.plot(steps, values, color="black", label="loss")
axis.plot(steps, here + gradient[worst] * steps, color="#1d5fa8", label=f"formula {gradient[worst]:+.3f}")
axis.plot(
    steps, here + numeric[worst] * steps, "--", color="#b5532a", label=f"central difference {numeric[worst]:+.3f}"
)
axis.set_xlabel(f"step along W[{worst[0]}, {worst[1]}]")
axis.set_ylabel("loss")
axis.legend()

# %%
# Both lines touch the loss from below: both slopes are subgradients. Neither the formula nor the program is wrong, and
# no smaller step would make them agree.

below = min(v - (here + gradient[worst] * t) for t, v in zip(steps, values, strict=True))
print("the formula's line never lies above the loss:", bool(below >= -1e-12))
plt.show()
