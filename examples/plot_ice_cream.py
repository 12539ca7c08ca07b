"""
Ice cream, and why gradient descent was slow
============================================

Twelve days, temperature against sales. Must the data be normalised? No; but plain descent on the raw columns needs tens
of thousands of steps, and says why.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

import taut

temperature = np.array([14.2, 16.4, 11.9, 15.2, 18.5, 22.1, 19.4, 25.1, 23.4, 18.1, 22.6, 17.2])[:, None]
sales = np.array([215, 325, 185, 332, 406, 522, 412, 614, 544, 421, 445, 408], dtype=float)

# %%
# Three fits of the same twelve points.

warnings.simplefilter("ignore", ConvergenceWarning)
fits = {
    "raw, step 0.01": taut.LinearRegressor(solver="gradient_descent", scaling="none", learning_rate=0.01),
    "raw, step 0.005": taut.LinearRegressor(
        solver="gradient_descent", scaling="none", learning_rate=0.005, max_iter=3000
    ),
    "normalised, step 0.5": taut.LinearRegressor(
        solver="gradient_descent", scaling="none", learning_rate=0.5, max_iter=3000
    ),
}
low, high = temperature.min(), temperature.max()
for name, model in fits.items():
    model.fit((temperature - low) / (high - low) if name.startswith("norm") else temperature, sales)
    print(f"{name}: {model.report_.status}; cost {model.primal_:.4f}, lowest possible {model.dual_:.4f}")
    for finding in model.report_.findings:
        print("   ", finding["sentence"])

# %%
# The cost on its way down.

figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
for (name, model), colour in zip(fits.items(), ("#b5532a", "#1d5fa8", "#2e7d4f"), strict=True):
    cost = model.history_["cost"]
    axis.plot(model.history_["iteration"], cost - model.dual_ + 1e-9, label=name, color=colour)
axis.set(xscale="symlog", yscale="log", xlabel="step", ylabel="cost above the lowest possible", ylim=(1e-4, 1e12))
axis.legend()

# %%
# Left to itself taut steps in columns of equal curvature: the same line, in one step, in raw units.

model = taut.LinearRegressor(solver="gradient_descent").fit(temperature, sales)
print(f"slope {model.coef_[0]:.8f}, intercept {model.intercept_:.8f}, {model.n_iter_} step")
print(f"at 20 °C: {model.predict([[20.0]])[0]:.2f} dollars")
figure, axis = plt.subplots(figsize=(5, 3.6), layout="constrained")
axis.plot(temperature, sales, "o", color="black")
grid = np.linspace(11, 26, 2)[:, None]
axis.plot(grid, model.predict(grid), color="#2e7d4f")
axis.set(xlabel="temperature, °C", ylabel="sales, dollars")
plt.show()
