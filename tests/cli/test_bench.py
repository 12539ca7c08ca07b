"""``taut bench kernel``: a table or one JSON object on standard output, progress on standard error."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from taut.bench import BenchError, Limits, Shape, _measure
from taut.bench import _shapes as shapes
from taut.cli import bench

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kernel.py"
QUICK = ("--loss", "squared", "--dtype", "float32", "--repeats", "1")


@pytest.fixture
def quick(run, monkeypatch):
    """Run the verb in this process on a machine whose limits are known, with a small shape under a known name."""
    monkeypatch.setattr(bench, "machine_limits", lambda dtype, repeats: Limits(1e10, 1e11))
    monkeypatch.setitem(shapes.SHAPES, "mnist", Shape(400, 30, 4, pixels=True))
    return lambda *argv: run("bench", "kernel", *argv)


def test_a_table(quick):
    found = quick("--shape", "mnist", *QUICK)
    assert found.code == 0
    lines = found.out.splitlines()
    assert lines[0].startswith("python ")
    assert lines[1] == "float32: reads 10.0 GB/s, multiplies 100.0 GFLOP/s"
    assert lines[-2].split()[:5] == ["shape", "loss", "dtype", "taut", "ms"]
    assert lines[-1].split()[:3] == ["mnist", "squared", "float32"]
    assert found.err.splitlines()[-1] == "mnist, float32, squared"
    assert "\x1b" not in found.err


def test_one_json_object_from_the_script(environment):
    """benchmarks/kernel.py is the verb under another name; only a process shows all that reaches standard output."""
    words = [sys.executable, SCRIPT, "--data", "iris", *QUICK, "--json"]
    found = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=120)
    assert found.returncode == 0, found.stderr
    facts = json.loads(found.stdout)
    assert facts["versions"]["python"] == platform.python_version()
    assert facts["limits"]["float32"]["read"] > 0
    (row,) = facts["rows"]
    assert (row["shape"], row["n"], row["d"], row["k"]) == ("iris", 150, 4, 3)
    assert row["ratios"]["numpy"] > 0
    assert row["memory_mib"] is None
    assert "iris, float32, squared" in found.stderr


def test_shapes_types_and_losses_are_multiplied(quick):
    found = quick("--shape", "mnist", "--dtype", "float64", "uint8", "--loss", "hinge", "squared", "--repeats", 1)
    assert found.code == 0
    rows = [line.split()[:3] for line in found.out.splitlines()[-4:]]
    assert rows == [["mnist", loss, dtype] for dtype in ("float64", "uint8") for loss in ("hinge", "squared")]


def test_memory_of_every_row(quick, monkeypatch):
    monkeypatch.setattr(_measure, "extra_mib", lambda folder, loss, contender: {"taut": 2.0, "numpy": None}[contender])
    table = quick("--shape", "mnist", *QUICK, "--memory").out
    assert table.splitlines()[-1].split()[-2:] == ["2.0", "-"]
    found = quick("--shape", "mnist", *QUICK, "--memory", "--json")
    (row,) = json.loads(found.out)["rows"]
    assert row["memory_mib"] == {"taut": 2.0, "numpy": None}


def test_own_data_with_a_named_target(quick, insects):
    found = quick("--data", insects, "--target", "kind", *QUICK, "--json")
    (row,) = json.loads(found.out)["rows"]
    assert (row["shape"], row["n"], row["d"], row["k"]) == ("insects.csv", 60, 3, 3)


def test_own_pixels_as_bytes(quick, write, tmp_path):
    rng = np.random.default_rng(0)
    pixels = {"X": rng.integers(0, 256, (50, 6), dtype=np.uint8), "y": np.arange(50) % 2}
    np.savez(tmp_path / "pixels.npz", **pixels)
    found = quick("--data", tmp_path / "pixels.npz", "--loss", "softmax", "--dtype", "uint8", "--repeats", 1, "--json")
    (row,) = json.loads(found.out)["rows"]
    assert list(row["ratios"]) == ["float32"]
    assert row["difference"]["loss"] < 1e-5


def test_results_are_saved(quick, tmp_path):
    place = tmp_path / "rows.json"
    found = quick("--shape", "mnist", *QUICK, "--save", place)
    assert found.code == 0
    facts = json.loads(place.read_text())
    assert set(facts) == {"versions", "limits", "rows"}
    assert [row["loss"] for row in facts["rows"]] == ["squared"]
    assert facts["limits"] == {"float32": {"read": 1e10, "multiply": 1e11}}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--shape", "tall", "--dtype", "uint8"), "uint8 is for the shapes of pictures, cifar10 and mnist"),
        (("--data", "iris", "--dtype", "uint8"), "uint8 asks for a file of bytes"),
    ],
)
def test_wrong_use(refused, argv, words):
    assert words in refused(2, "bench", "kernel", *argv)


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("kernels",),
        ("kernel", "--shape", "wide"),
        ("kernel", "--repeats", "0"),
        ("kernel", "--shape", "tall", "--data", "iris"),
    ],
)
def test_usage(run, argv):
    found = run("bench", *argv)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("usage: ")


def test_bad_files(refused, write, tmp_path):
    absent = tmp_path / "absent.csv"
    assert refused(3, "bench", "kernel", "--data", absent) == f"taut: {absent}: no such file\n"
    alone = write("alone.csv", "a,label\n1,x\n2,x\n")
    assert "two classes are needed" in refused(3, "bench", "kernel", "--data", alone)
    assert "there is no folder" in refused(3, "bench", "kernel", "--save", tmp_path / "absent" / "rows.json")
    assert "named twice" in refused(2, "bench", "kernel", "--data", alone, "--save", alone)


def test_contenders_that_disagree(quick, monkeypatch):
    def disagreeing(*arguments, **options):
        raise BenchError("numpy and taut disagree")
        yield

    monkeypatch.setattr(bench, "measure", disagreeing)
    found = quick("--shape", "mnist", *QUICK)
    assert found.code == 1
    assert found.err.splitlines()[-1] == "taut: numpy and taut disagree"
