"""The pictures of regression.md: python docs/make_regression.py."""

import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning

import taut

TEMPERATURE = np.array([14.2, 16.4, 11.9, 15.2, 18.5, 22.1, 19.4, 25.1, 23.4, 18.1, 22.6, 17.2])[:, None]
SALES = np.array([215, 325, 185, 332, 406, 522, 412, 614, 544, 421, 445, 408])


def main() -> None:
    """Draw the raw and the normalised way side by side."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    normal = [(each - each.min()) / np.ptp(each) for each in (TEMPERATURE, SALES)]
    raw = taut.LinearRegressor(solver="gradient_descent", scaling="none", learning_rate=0.005, max_iter=10_000)
    scaled = taut.LinearRegressor(solver="gradient_descent", scaling="none")
    ways = raw.fit(TEMPERATURE, SALES).history_, scaled.fit(*normal).history_
    png = taut.draw_descent(*ways, titles=("raw, step 0.005", "normalised to 0..1, step 1/L"))
    (Path(__file__).parent / "images" / "regression-paths.png").write_bytes(png)


if __name__ == "__main__":
    main()
