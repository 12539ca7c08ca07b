"""Rows: contenders in turns, medians, ratios to taut, facts as JSON; memory from a process of its own."""

import json
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from taut.bench import BenchError, Limits, Row, Shape, Table, machine_limits, measure, shaped_problem, versions
from taut.bench import _measure as measuring
from taut.bench import _memory_child as child
from taut.bench._contenders import Difference
from taut.bench._memory import extra_mib
from taut.bench._turns import seconds_in_turns

LIMITS = {"float32": Limits(1e10, 1e11), "float64": Limits(1e10, 5e10)}


@pytest.fixture
def row():
    """A row with two contenders and known numbers."""
    times = {"taut": [0.1, 0.2, 0.9], "numpy": [0.4, 0.5, 0.3]}
    used = {"taut": 2.0, "numpy": 5.0}
    return Row("tall", 9, 8, 7, "hinge", "float64", times, 0.05, Difference(1e-15, 2e-15), used)


def test_contenders_take_turns():
    called = []
    contenders = {name: lambda name=name: called.append(name) for name in ("a", "b", "c")}
    seconds = seconds_in_turns(contenders, 2)
    assert called == ["a", "b", "c"] * 2
    assert all(len(times) == 2 and min(times) >= 0 for times in seconds.values())


def test_calls_in_a_row_count_once():
    called = []
    contenders = {name: lambda name=name: called.append(name) for name in ("a", "b")}
    seconds = seconds_in_turns(contenders, 3, in_a_row=True)
    runs = [(name, len(list(calls))) for name, calls in groupby(called)]
    assert [name for name, _ in runs] == ["a", "b"] * 3
    assert min(count for _, count in runs) >= 2  # one at least that does not count
    assert [len(times) for times in seconds.values()] == [3, 3]


def test_a_row_for_every_problem_and_loss(small):
    makers = [lambda: small("sparse", "float64"), lambda: small("pixels", "uint8")]
    said = []
    rows = list(measure(makers, ["squared", "crammer_singer"], LIMITS, repeats=2, say=said.append))
    assert [(row.shape, row.loss, row.dtype) for row in rows] == [
        ("sparse", "squared", "float64"),
        ("sparse", "crammer_singer", "float64"),
        ("pixels", "squared", "uint8"),
        ("pixels", "crammer_singer", "uint8"),
    ]
    assert [list(row.times) for row in rows] == [["taut", "numpy"]] * 2 + [["taut", "float32"]] * 2
    assert all(len(times) == 2 for row in rows for times in row.times.values())
    assert all(row.memory is None and row.memory_ratio is None for row in rows)
    assert "sparse, float64, squared" in said
    assert json.loads(json.dumps([row.to_dict() for row in rows], allow_nan=False))


def test_a_contender_that_disagrees_ends_the_run(small, monkeypatch):
    def contenders(loss, problem):
        return {"taut": lambda: (1.0, problem.W), "numpy": lambda: (2.0, problem.W)}

    monkeypatch.setattr(measuring, "timed_contenders", contenders)
    with pytest.raises(BenchError, match="numpy and taut disagree"):
        next(measure([lambda: small("dense", "float32")], ["hinge"], LIMITS))


def test_one_problem_at_a_time_is_in_memory(small):
    import weakref

    alive, counts = weakref.WeakSet(), []

    def make():
        counts.append(len(alive))
        problem = small("dense", "float32")
        alive.add(problem)
        return problem

    assert len(list(measure([make] * 3, ["squared"], LIMITS, repeats=1))) == 3
    assert counts == [0, 0, 0]


def test_numbers_of_a_row(row):
    assert row.seconds == {"taut": 0.2, "numpy": 0.4}
    assert row.ratios == {"numpy": 2.0}
    assert row.of_roofline == 0.25
    assert row.memory_ratio == 2.5
    facts = row.to_dict()
    assert facts["memory_mib"] == {"taut": 2.0, "numpy": 5.0}
    assert facts["difference"] == {"loss": 1e-15, "gradient": 2e-15}
    assert facts["times"]["taut"] == [0.1, 0.2, 0.9]


def test_the_table_lines_up(row):
    table = Table(["float64", "uint8"], memory=True)
    head = table.head({"python": "3.11", "torch": None}, {"float64": Limits(2e10, 5e10)}).splitlines()
    assert head[:2] == ["python 3.11", "float64: reads 20.0 GB/s, multiplies 50.0 GFLOP/s"]
    names = [
        "shape",
        "loss",
        "dtype",
        "taut ms",
        "roofline",
        "numpy",
        "scikit-learn",
        "torch",
        "jax",
        "float32",
        "differ",
    ]
    assert head[-1].split() == " ".join([*names, "taut MiB", "numpy MiB", "float32 MiB"]).split()
    line = table.line(row)
    assert " ".join(line.split()) == "tall hinge float64 200.0 0.25 2.00x - - - - 1e-15 2.0 5.0 -"
    assert head[-1].index("numpy") + len("numpy") == line.index("2.00x") + len("2.00x")


def test_a_column_for_who_takes_part_only():
    assert "numpy" not in Table(["uint8"], memory=True).head({}, {}).splitlines()[-1]
    heading = Table(["float32"], memory=False).head({}, {}).splitlines()[-1]
    assert "MiB" not in heading
    assert "float32" not in heading


def test_limits_and_the_floor_that_they_give(small):
    limits = machine_limits("float32", 1, read_bytes=2**20, side=50)
    assert limits.read > 0
    assert limits.multiply > 0
    dense, sparse = small("dense", "float64"), small("sparse", "float32")
    assert Limits(1.0, 1e30).floor(dense) == dense.X.nbytes
    assert Limits(1e30, 1.0).floor(dense) == 4 * 600 * 30 * 4
    assert Limits(1.0, 1e30).floor(sparse) == sparse.X.data.nbytes + sparse.X.indices.nbytes + sparse.X.indptr.nbytes
    assert Limits(1e30, 1.0).floor(sparse) == 4 * sparse.X.nnz * 4


def test_versions_are_json():
    found = versions()
    assert found["numpy"] == np.__version__
    assert found["threads"] >= 1
    assert json.dumps(found)


def writable(path):
    try:
        path.write_text("5")
    except OSError:
        return False
    return True


@pytest.mark.skipif(not writable(Path("/proc/self/clear_refs")), reason="the system does not tell the peak")
def test_the_memory_of_a_process_of_its_own(tmp_path):
    """n·k float64 numbers are 15 MiB here: NumPy holds several such arrays, taut none."""
    shaped_problem("long", Shape(100_000, 4, 20), "float64").write(tmp_path)
    ours, theirs = (extra_mib(tmp_path, "hinge", contender) for contender in ("taut", "numpy"))
    assert theirs > 20
    assert 0 <= ours < theirs


def test_no_memory_is_reported_without_proc(monkeypatch, tmp_path):
    monkeypatch.setattr(child, "CLEAR", tmp_path / "absent" / "clear_refs")
    assert child._extra_bytes(lambda: (0.0, np.zeros(1))) is None


def test_a_process_that_fails_is_an_error(tmp_path):
    with pytest.raises(BenchError, match="measuring the memory of numpy failed with code 1: KeyError: 'y'"):
        extra_mib(tmp_path, "hinge", "numpy")
