"""The pictures of docs/gradient-checking.md, from its numbers."""

from pathlib import Path
from typing import Any

import _gradcheck_experiments as experiments
import numpy as np
from _figure import BLUE, GREEN, ORANGE, PURPLE, Axis, Curve, Panel, save

from taut.pages._colour import INK


def percents(*values: float) -> dict[float, str]:
    """Ticks of an axis of shares."""
    return {value: f"{100 * value:g} %" for value in values}


def powers(low: int, high: int, every: int = 1) -> dict[float, str]:
    """Ticks of a logarithmic axis."""
    return {10.0**k: f"1e{k}" if k else "1" for k in range(low, high + 1, every)}


def draw_kink(images: Path) -> None:
    """The example of one dimension: the loss along w1, and what each side says."""
    t = np.linspace(-1.0, 1.0, 201)
    h = 0.7
    panel = Panel(
        "L = max(0, w1 x - w2 x), x = 1, at w1 = w2 = 1: along w1",
        Axis(-1.0, 1.0, "change of w1", {-1.0: "-1", -h: "-h", 0.0: "0", h: "+h", 1.0: "1"}),
        Axis(-0.6, 1.0, "loss", {-0.5: "-0.5", 0.0: "0", 0.5: "0.5", 1.0: "1"}),
        [
            Curve(t, np.maximum(t, 0.0), INK, "the loss", thick=3),
            Curve([-h, h], [0.0, h], ORANGE, "central difference: slope 1/2", dots=True),
            Curve([0.0, 1.0], [0.0, 0.0], BLUE, "strict gradient: slope 0", dashed=True),
            Curve([-0.6, 0.0], [-0.6, 0.0], GREEN, "the other side: slope 1", dashed=True),
        ],
        legend="left",
    )
    note = (
        "A line of any slope from 0 to 1 touches the loss at the kink from below: all are subgradients, 0 and 1/2 too."
    )
    save(images / "gradcheck-kink.png", "One kink, three honest answers", [panel], [note], (640, 360))


def draw_margin(found: dict[str, Any], images: Path) -> None:
    """Share of coordinates that cross a kink against the margin, by spread of the scores."""
    rows, curves = found["margin_and_spread"], []
    inks = dict(zip(sorted({row["spread"] for row in rows}), (BLUE, GREEN, ORANGE, PURPLE), strict=True))
    stds = {experiments.spread_of(std): std for std in (0.5e-4, 1e-4, 2e-4, 4e-4)}
    fine = np.linspace(0.0, 3.0, 121)
    for spread, ink in inks.items():
        chosen = [row for row in rows if row["spread"] == spread]
        std = min(stds.items(), key=lambda each: abs(each[0] - spread))[1]
        curves.append(
            Curve(fine, [experiments.at_least_one(experiments.expected(d, std)) for d in fine], ink, dashed=True)
        )
        label = f"spread {spread:.2f}"
        curves.append(
            Curve([r["delta"] for r in chosen], [r["share"] for r in chosen], ink, label, dots=True, line=False)
        )
    panel = Panel(
        "coordinates whose difference crosses a kink",
        Axis(0.0, 3.0, "margin", {v: f"{v:g}" for v in np.arange(0.0, 3.5, 0.5)}),
        Axis(0.0, 0.8, "share of coordinates", percents(0.0, 0.2, 0.4, 0.6, 0.8)),
        curves,
    )
    note = (
        "Dots: mean of 60 runs, counted exactly. Dashed: theory. Spread: standard deviation of a score difference. "
        "500 samples, 3,073 features, 10 classes, step 1e-5."
    )
    save(
        images / "gradcheck-margin.png", "It is the margin against the spread that counts", [panel], [note], (680, 380)
    )


def draw_samples(found: dict[str, Any], images: Path) -> None:
    """Share of coordinates that cross a kink against the number of samples."""
    rows = found["samples"]
    fine = np.logspace(0.3, 4.0, 100)
    theory = [experiments.at_least_one(experiments.expected(1.0) * n / experiments.SAMPLES) for n in fine]
    panel = Panel(
        "coordinates whose difference crosses a kink",
        Axis(2.0, 1e4, "samples", {n: f"{n:,}" for n in (3, 10, 32, 100, 320, 1000, 3200, 10000)}, log=True),
        Axis(1e-4, 1.0, "share of coordinates", percents(1e-4, 1e-3, 1e-2, 1e-1, 1.0), log=True),
        [
            Curve(fine, theory, BLUE, "theory", dashed=True),
            Curve([r["samples"] for r in rows], [r["share"] for r in rows], BLUE, "measured", dots=True, line=False),
        ],
        legend="left",
    )
    note = (
        "Margin 1, spread 0.49, step 1e-5. Few samples rarely meet a kink; one that is met takes whole columns at once."
    )
    save(images / "gradcheck-samples.png", "The more samples, the more kinks", [panel], [note], (680, 360))


def draw_steps(found: dict[str, Any], images: Path) -> None:
    """Share of coordinates that a rule would accuse, and the median error, against the step."""
    looks = {
        ("hinge", "float64"): BLUE,
        ("softmax", "float64"): GREEN,
        ("hinge", "float32"): ORANGE,
        ("softmax", "float32"): PURPLE,
    }
    shares, medians = [], []
    for (loss, dtype), ink in looks.items():
        rows = [row for row in found["steps"] if (row["loss"], row["dtype"]) == (loss, dtype)]
        xs = [row["step"] for row in rows]
        shares.append(Curve(xs, [row["share"] for row in rows], ink, f"{loss}, {dtype}", dots=True))
        medians.append(Curve(xs, [row["median"] for row in rows], ink, dots=True))
    step = Axis(1e-9, 1e-1, "step h", powers(-9, -1, 2), log=True)
    fine = np.logspace(-9, -1, 200)
    kinks = [experiments.at_least_one(experiments.expected(1.0, h=h)) for h in fine]
    shares.append(Curve(fine, kinks, INK, "theory: crosses a kink", dashed=True))
    panels = [
        Panel(
            "right gradients with relative error > 1e-4",
            step,
            Axis(0.0, 1.0, "share of coordinates", percents(0.0, 0.25, 0.5, 0.75, 1.0)),
            shares,
            legend="middle",
        ),
        Panel(
            "median relative error",
            step,
            Axis(1e-13, 1.0, "relative error", powers(-12, 0, 3), log=True),
            medians,
            legend="below",
        ),
    ]
    note = "Margin 1, spread 0.49, 500 samples, 3,073 features. Right gradients throughout: only step and type change."
    title = "No step is right for every loss and type"
    save(images / "gradcheck-step.png", title, panels, [note], (470, 360))


def draw_sizes(found: dict[str, Any], images: Path) -> None:
    """Size of the gradient and relative rounding against the margin."""
    rows = [row for row in found["sizes"] if row["delta"] > 0]
    xs = [row["delta"] for row in rows]
    margin = Axis(0.08, 130.0, "margin", {0.1: "0.1", 1.0: "1", 10.0: "10", 100.0: "100"}, log=True)
    fine = np.logspace(-1, 2, 60)
    panels = [
        Panel(
            "size of dW (root mean square)",
            margin,
            Axis(0.0, 10.0, "size", {v: f"{v:g}" for v in (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)}),
            [
                Curve(fine, [experiments.gradient_size(d) for d in fine], BLUE, "theory", dashed=True),
                Curve(xs, [row["gradient"] for row in rows], BLUE, "measured", dots=True, line=False),
            ],
            legend="below",
        ),
        Panel(
            "rounding of the difference, relative",
            margin,
            Axis(1e-12, 1e-9, "relative error", powers(-12, -9), log=True),
            [
                Curve(xs, [row["rounding_theory"] for row in rows], ORANGE, "scale: u L / (2 h size)", dashed=True),
                Curve(xs, [row["rounding"] for row in rows], ORANGE, "median measured", dots=True, line=False),
            ],
            legend="left",
        ),
    ]
    note = "float64, step 1e-5, coordinates that cross no kink. u = 1.1e-16, L = the loss."
    save(images / "gradcheck-size.png", "A larger margin buys no larger gradient", panels, [note], (470, 320))


def draw(found: dict[str, Any], images: Path) -> None:
    """Draw every picture of the page."""
    images.mkdir(exist_ok=True)
    draw_kink(images)
    draw_margin(found, images)
    draw_samples(found, images)
    draw_steps(found, images)
    draw_sizes(found, images)
