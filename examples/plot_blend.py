"""
A blend: zero or at least a fifth
=================================

Which few items, mixed, come nearest to a target, if each is left out or makes up at least 20 %? The fit ends with a
proof that no other choice of items does better.
"""

import matplotlib.pyplot as plt
import numpy as np

import taut

# %%
# Ten items with the spectra of made-up dyes, and a target that none of them matches.

rng = np.random.default_rng(1)
wave = np.linspace(400, 700, 31)
centres, widths = rng.uniform(420, 680, 10), rng.uniform(20, 60, 10)
items = np.exp(-(((wave - centres[:, None]) / widths[:, None]) ** 2))
target = 0.5 * np.exp(-(((wave - 480) / 40) ** 2)) + 0.35 * np.exp(-(((wave - 610) / 50) ** 2))

# %%
# Without a lower bound many items get a little; with one, few get enough.

free = taut.BlendRegressor(lower=0.0, upper=1.0).fit(items.T, target)
model = taut.BlendRegressor(lower=0.2, upper=1.0).fit(items.T, target)
for name, fitted in (("any share", free), ("zero or at least 0.2", model)):
    shares = ", ".join(f"item {i}: {fitted.coef_[i]:.3f}" for i in fitted.support_)
    print(f"{name}: distance {fitted.objective_:.4f}, {shares}")
print(model.report_)

# %%
# The proof is a list of cases that cover every choice of items; it is checked in exact fractions.

print(model.verify())

# %%

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
left.plot(wave, target, color="black", label="target")
left.plot(wave, items.T @ model.coef_, color="#1d5fa8", label="zero or at least 0.2")
left.plot(wave, items.T @ free.coef_, ":", color="#b5532a", label="any share")
left.set(xlabel="wavelength, nm")
left.legend()
places = np.arange(10)
right.bar(places - 0.2, free.coef_, 0.4, color="#b5532a")
right.bar(places + 0.2, model.coef_, 0.4, color="#1d5fa8")
right.axhline(0.2, color="black", linewidth=0.8)
right.set(xlabel="item", ylabel="share", xticks=places)
plt.show()
