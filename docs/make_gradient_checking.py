"""Remakes every number, table, output and picture of docs/gradient-checking.md: a minute or so on one core.

Run it as ``python docs/make_gradient_checking.py``. It writes docs/gradient-checking.json, docs/images/gradcheck-*.png
and what stands in the page between ``<!-- made: NAME -->`` and ``<!-- end -->``; ``--page`` leaves the numbers alone.
"""

import argparse
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _gradcheck_experiments as experiments
from _gradcheck_pictures import draw
from threadpoolctl import threadpool_limits

HERE = Path(__file__).parent
PAGE, NUMBERS, IMAGES = HERE / "gradient-checking.md", HERE / "gradient-checking.json", HERE / "images"
Rows = list[dict[str, Any]]

# --- numbers ----------------------------------------------------------------------------------------------------------

HALF_DECADES = [-9 + 0.5 * i for i in range(17)]
SAMPLE_COUNTS = [(3, 2000), (10, 1500), (32, 500), (100, 200), (320, 80), (1000, 40), (3200, 16)]
DELTAS = [0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0]


def numbers() -> dict[str, Any]:
    """Run every experiment."""
    with threadpool_limits(1):
        return {
            "baseline": experiments.baseline(),
            "mismatches": experiments.mismatches(),
            "margin_and_spread": experiments.margin_and_spread(seeds=60),
            "samples": experiments.sample_counts(SAMPLE_COUNTS),
            "steps": experiments.steps(HALF_DECADES, seeds=8, count=30),
            "sizes": experiments.sizes(DELTAS),
            "training": experiments.training([0.5, 1.0, 2.0]),
        }


# --- tables -----------------------------------------------------------------------------------------------------------


def per_cent(share: float) -> str:
    """A share as the tables show it."""
    value = 100.0 * share
    if 0 < value < 1e-3:
        return "< 0.001 %"
    return f"{value:.0f} %" if value >= 10 else f"{value:.2g} %"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown, its numbers to the right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def baseline_table(found: dict[str, Any]) -> str:
    """The course's own check, over many runs."""
    run = found["baseline"]
    return table(
        [f"{run['runs']} runs of the course's check (hinge, Δ = 1, 500 samples, h = 1e-5)", "measured", "expected"],
        [
            ["kinks crossed by one difference", f"{run['mean_crossings']:.3f}", f"{run['expected_crossings']:.3f}"],
            ["coordinates that cross at least one", per_cent(run["share"]), per_cent(run["expected_share"])],
            ["… in the median run", per_cent(run["median_run"]), ""],
            ["… in the worst run", per_cent(run["worst_run"]), ""],
            ["runs in which some coordinate crosses", per_cent(run["runs_with_some"]), ""],
            ["chance that ten coordinates drawn at random meet one", per_cent(run["ten_coordinates_meet_one"]), ""],
        ],
    )  # fmt: skip


def mismatch_table(found: dict[str, Any]) -> str:
    """Relative errors beyond several limits, by loss and type."""
    rows = [
        [
            f"{row['loss']}, {row['dtype']}",
            *(per_cent(row[f"beyond_{limit}"]) for limit in ("1e-02", "1e-04", "1e-07")),
            f"{row['median']:.1e}",
            per_cent(row["crossed"]) if "crossed" in row else "has no kinks",
        ]
        for row in found["mismatches"]
    ]
    return table(["relative error", "> 1e-2", "> 1e-4", "> 1e-7", "median", "crossed a kink"], rows)


def spread_table(found: dict[str, Any]) -> str:
    """Measured share, expected in brackets, by margin and spread."""
    rows = found["margin_and_spread"]
    spreads = sorted({row["spread"] for row in rows})
    at = {(row["delta"], row["spread"]): f"{per_cent(row['share'])} ({per_cent(row['theory'])})" for row in rows}
    shown = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0]
    heads = ["margin Δ", *(f"spread {spread:.2f}" for spread in spreads)]
    return table(heads, [[f"{delta:g}", *(at[delta, spread] for spread in spreads)] for delta in shown])


def samples_table(found: dict[str, Any]) -> str:
    """Share against the number of samples."""
    rows = found["samples"]
    return table(
        ["samples", *(f"{row['samples']:,}" for row in rows)],
        [
            ["measured", *(per_cent(row["share"]) for row in rows)],
            ["expected", *(per_cent(row["theory"]) for row in rows)],
        ],
    )


def sizes_table(found: dict[str, Any]) -> str:
    """Gradient and rounding against the margin."""
    rows = [
        [
            f"{row['delta']:g}",
            f"{row['loss']:.3g}",
            f"{row['gradient']:.2f}",
            f"{row['gradient_theory']:.2f}",
            f"{row['rounding']:.1e}",
            f"{row['rounding_theory']:.1e}",
        ]
        for row in found["sizes"]
    ]
    return table(["margin Δ", "loss", "size of dW", "expected", "relative rounding", "scale u L / 2h size"], rows)


def training_table(found: dict[str, Any]) -> str:
    """Share of coordinates on the way to the optimum, and exact ties there."""
    rows = found["training"]
    stages = list(dict.fromkeys(row["stage"] for row in rows))
    at = {(row["delta"], row["stage"]): row for row in rows}
    deltas = sorted({row["delta"] for row in rows})
    body = [
        [f"{delta:g}", *(per_cent(at[delta, s]["share"]) for s in stages), f"{at[delta, 'optimum']['ties']:.0f}"]
        for delta in deltas
    ]
    return table(["margin Δ", *stages, "pairs on the kink at the optimum"], body)


# --- code that the page shows, and what it prints ---------------------------------------------------------------------

EXAMPLE = """\
import numpy as np
import taut


def loss(w, x=1.0, margin=0.0):
    m = w[0] * x - w[1] * x + margin
    return max(0.0, m), np.array([x, -x]) if m > 0 else np.zeros(2)


w, h = np.array([1.0, 1.0]), 1e-5
value, gradient = loss(w)
numeric = [(loss(w + h * e)[0] - loss(w - h * e)[0]) / (2 * h) for e in np.eye(2)]
print("strict gradient:    ", gradient)
print("central differences:", np.round(numeric, 6))
print(taut.check_gradient(loss, w))
"""

FUNCTION = """\
import numpy as np


def svm_loss(W, X, y, reg):
    rows = np.arange(len(y))
    margins = X @ W - (X @ W)[rows, y][:, None] + 1.0
    margins[rows, y] = 0.0
    active = (margins > 0).astype(float)
    active[rows, y] = -active.sum(axis=1)
    loss = np.maximum(margins, 0.0).sum() / len(y) + reg * np.sum(W * W)
    return loss, X.T @ active / len(y) + reg * W
"""

KNOWN = """\
import numpy as np
import taut
from svm import svm_loss
from taut.check import KnownProblem

rng = np.random.default_rng(0)
X, y = rng.integers(-2, 3, (20, 5)).astype(float), rng.integers(0, 3, 20)
W = rng.integers(-1, 2, (5, 3)).astype(float)  # small integers: many margins are exactly 0
problem = KnownProblem(svm_loss, X, y, reg=0.1, loss="hinge", convention="full")
print(taut.check_gradient(problem, W))
"""

TESTING = """\
import numpy as np
from svm import svm_loss
from taut.check import KnownProblem
from taut.testing import assert_gradient


def test_svm_loss():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 5)), rng.integers(0, 3, 20)
    problem = KnownProblem(svm_loss, X, y, reg=0.1, loss="hinge", convention="full")
    assert_gradient(problem, rng.standard_normal((5, 3)))
"""


def run_python(code: str, folder: Path) -> str:
    """Return what a piece of Python prints, with a folder to import from."""
    sys.path.insert(0, str(folder))
    caught = io.StringIO()
    try:
        with contextlib.redirect_stdout(caught):
            exec(compile(code, "example", "exec"), {"__name__": "example"})
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("svm", None)
    return caught.getvalue().rstrip()


def failure_of(code: str, folder: Path) -> str:
    """Return the message of the assertion that fails, or nothing."""
    try:
        run_python(code, folder)
    except AssertionError as failed:
        return str(failed)
    return ""


def run_command(folder: Path) -> str:
    """Return what ``taut check svm.py:svm_loss`` prints, and its exit code."""
    found = subprocess.run(
        [sys.executable, "-m", "taut", "check", "svm.py:svm_loss"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return f"{found.stdout.rstrip()}{found.stderr.rstrip()}\n$ echo $?\n{found.returncode}"


def fenced(kind: str, text: str) -> str:
    """A block of code."""
    return f"```{kind}\n{text.rstrip()}\n```"


def outputs() -> dict[str, str]:
    """Run everything that the page shows."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "svm.py").write_text(FUNCTION, "utf-8")
        example, known = run_python(EXAMPLE, folder), run_python(KNOWN, folder)
        command = run_command(folder)
        if "regulariser half" not in failure_of(f"{TESTING}\n\ntest_svm_loss()\n", folder):
            raise RuntimeError("the test on the page must fail: the loss that it tests has a bug")
    told = "Here svm.py holds a loss with `reg * np.sum(W * W)` and, by mistake, a gradient with `reg * W`:"
    return {
        "example": f"{fenced('python', EXAMPLE)}\n\n{fenced('text', example)}",
        "known": f"{told}\n\n{fenced('python', FUNCTION)}\n\n{fenced('python', KNOWN)}\n\n{fenced('text', known)}",
        "command": fenced("console", f"$ taut check svm.py:svm_loss\n{command}"),
        "testing": fenced("python", TESTING),
    }


# --- the page ---------------------------------------------------------------------------------------------------------

TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "baseline": baseline_table,
    "mismatch": mismatch_table,
    "spread": spread_table,
    "samples": samples_table,
    "sizes": sizes_table,
    "training": training_table,
}


def words(found: dict[str, Any]) -> dict[str, str]:
    """Return the numbers within sentences."""
    usual = [row for row in found["margin_and_spread"] if abs(row["spread"] - experiments.spread_of(1e-4)) < 1e-9]
    at = {f"at_{row['delta']:g}": per_cent(row["share"]) for row in usual}
    run = found["baseline"]
    return at | {"share": per_cent(run["share"]), "worst": per_cent(run["worst_run"])}


def filled(page: str, made: dict[str, str]) -> str:
    """Put each made text between its marks; those that stand on lines of their own are blocks."""

    def put(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in made:
            return match[0]
        text = f"\n{made[name]}\n" if match["old"].startswith("\n") else made[name]
        return f"<!-- made: {name} -->{text}<!-- end -->"

    return re.sub(r"<!-- made: (?P<name>\w+) -->(?P<old>.*?)<!-- end -->", put, page, flags=re.DOTALL)


def main() -> int:
    """Remake the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--page", action="store_true", help="take the numbers from the last run")
    if not parser.parse_args().page:
        NUMBERS.write_text(json.dumps(numbers(), indent=1) + "\n", "utf-8")
    found = json.loads(NUMBERS.read_text("utf-8"))
    draw(found, IMAGES)
    made = {name: make(found) for name, make in TABLES.items()} | words(found) | outputs()
    PAGE.write_text(filled(PAGE.read_text("utf-8"), made), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
