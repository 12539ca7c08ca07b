"""``taut blend``: a table or one JSON object, the verdict, and exit codes that tell."""

import json

import numpy as np
import pytest

from taut.solvers.blend import _search

COLOURS = """red,green,blue,grey,aim
1,0,0,.5,.55
0,1,0,.5,.25
0,0,1,.5,.10
.2,.3,.1,.2,.2
"""


@pytest.fixture
def colours(write):
    return write("colours.csv", COLOURS)


def test_a_table_and_the_verdict(run, colours):
    found = run("blend", colours, "--target", "aim", "--lower", 0.2, "--upper", 1)
    assert found.code == 0
    lines = found.out.splitlines()
    assert lines[0].split() == ["item", "weight", "lower", "upper"]
    assert [line.split()[0] for line in lines[1:-1]] == ["red", "green", "blue"]
    assert lines[3].endswith("at its lower bound")
    assert lines[-1].startswith("Optimal: no blend has a smaller distance than 0.1001243 (gap ")


def test_one_json_object(run, colours):
    found = run("blend", colours, "--target", "aim", "--lower", "1/5", "--upper", 1, "--json", "--verify")
    assert found.code == 0
    facts = json.loads(found.out)
    assert facts["status"] == "optimal"
    assert list(facts["weights"]) == ["red", "green", "blue", "grey"]
    assert facts["weights"]["grey"] == 0.0
    assert sum(facts["weights"].values()) == pytest.approx(1.0)
    assert [part["item"] for part in facts["parts"]] == ["red", "green", "blue"]
    assert facts["verified"]
    A = np.array([[1, 0, 0, 0.2], [0, 1, 0, 0.3], [0, 0, 1, 0.1], [0.5, 0.5, 0.5, 0.2]])
    missed = np.array(list(facts["weights"].values())) @ A - [0.55, 0.25, 0.10, 0.2]
    assert facts["objective"] == pytest.approx(np.linalg.norm(missed))


def test_a_proof_on_request(run, colours):
    found = run("blend", colours, "--target", "aim", "--lower", 0.3, "--upper", 1, "--verify")
    assert found.code == 0
    assert found.out.splitlines()[-1].startswith("Verified in exact fractions: ")


def test_a_linear_norm_has_no_proof_to_verify(run, colours):
    found = run("blend", colours, "--target", "aim", "--lower", 0.2, "--upper", 1, "--norm", "l1", "--verify")
    assert found.code == 1
    assert "Optimal: no blend has a smaller sum of absolute errors" in found.out
    assert "leaves no certificate" in found.out.splitlines()[-1]


def test_choices(run, colours):
    words = ("--in", "grey", "--out", "blue", "--group", "1:red,green", "--max-parts", 3, "--total", 2)
    found = run("blend", colours, "--target", "aim", "--lower", 0.2, "--upper", 1.9, *words, "--json")
    weights = json.loads(found.out)["weights"]
    assert weights["grey"] >= 0.2
    assert weights["blue"] == 0.0
    assert 0.0 in (weights["red"], weights["green"])
    assert sum(weights.values()) == pytest.approx(2.0)


def test_bounds_from_a_table(run, colours, write):
    bounds = write("bounds.csv", "item,lower,upper\nred,0.1,0.3\nblue,0.2,0.5\n")
    found = run("blend", colours, "--target", "aim", "--lower", 0.25, "--upper", 1, "--bounds", bounds, "--json")
    facts = json.loads(found.out)
    held = {part["item"]: (part["lower"], part["upper"]) for part in facts["parts"]}
    assert held["red"] == (0.1, 0.3)
    assert facts["weights"]["red"] <= 0.3
    assert all(low <= facts["weights"][item] <= high for item, (low, high) in held.items())


def test_positions_where_there_is_no_header(run, write):
    plain = write("plain.csv", COLOURS.split("\n", 1)[1])
    found = run("blend", plain, "--header", "no", "--lower", 0.2, "--upper", 1, "--in", 4, "--json")
    assert json.loads(found.out)["weights"]["4"] >= 0.2


def test_standard_input(run, stdin):
    stdin(COLOURS.encode())
    assert run("blend", "-", "--target", "aim", "--lower", 0.2, "--upper", 1).code == 0


def test_infeasible_is_one_line_and_1(refused, run, colours):
    words = ("blend", colours, "--target", "aim", "--lower", "0.40", "--upper", 0.45)
    why = "L = 0.40 and U = 0.45 need at least 3 parts and allow at most 2: raise U to 0.50 or lower L to 0.3333"
    assert refused(1, *words) == f"taut: infeasible: {why}\n"
    found = run(*words, "--json")
    assert found.code == 1
    assert json.loads(found.out) == {"status": "infeasible", "reason": why}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--lower", 0.5, "--upper", 0.4),
            "the item 'red' has lower = 0.5 and upper = 0.4; needed is 0 <= lower <= upper",
        ),
        (("--lower", -0.5, "--upper", 0.4), "the item 'red' has lower = -0.5 and upper = 0.4"),
        (("--upper", 0.5), "no --lower for the item 'red': give --lower"),
        (("--lower", 0.2, "--upper", 1, "--in", "pink"), "--in names 'pink', which is no item; the items are red, gr"),
        (("--lower", 0.2, "--upper", 1, "--group", "red,green"), "--group 'red,green' is not of the form K:NAMES"),
        (("--lower", 0.2, "--upper", 1, "--total", 0), "--total is 0: it must be above 0"),
        (("--lower", 0.2, "--total", -1), "--total is -1: it must be above 0"),
        (("--lower", 0.2, "--group", "1:"), "--group '1:' is not of the form K:NAMES"),
        (("--lower", 0.2, "--in", "red,blue", "--out", "blue"), "--in and --out both name 'blue': choose one"),
        (("--lower", 0.2, "--upper", 1, "--time-limit", -3), "time_limit must be a finite number > 0"),
    ],
)
def test_usage_is_one_line_and_2(refused, colours, words, said):
    assert said in refused(2, "blend", colours, "--target", "aim", *words)


def test_a_bad_file_is_one_line_and_3(refused, colours, write, tmp_path):
    bounded = ("blend", colours, "--target", "aim", "--lower", 0.2, "--upper", 1, "--bounds")
    assert "pink" in refused(3, *bounded, write("pink.csv", "item,lower,upper\npink,0.1,0.3\n"))
    crossed = refused(3, *bounded, write("crossed.csv", "item,lower,upper\nblue,0.4,0.3\n"))
    assert "crossed.csv: the item 'blue' has lower = 0.4 and upper = 0.3" in crossed
    twice = write("twice.csv", "item,lower,upper\nred,0.1,0.3\nred,0.1,0.4\n")
    assert "the item 'red' has two lines; keep one" in refused(3, *bounded, twice)
    words = ("--target", "aim", "--lower", 0.2, "--upper", 1)
    gap = write("gap.csv", COLOURS.replace(".10", ""))
    assert "line 4" in refused(3, "blend", gap, *words)
    assert "missing.csv" in refused(3, "blend", tmp_path / "missing.csv", *words)


def test_a_time_limit_is_told_and_ctrl_c_is_130(run, write, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 30))
    t = X.mean(axis=1) + 0.1 * rng.normal(size=40)
    rows = [",".join([f"i{i}" for i in range(30)] + ["t"])]
    rows += [",".join(map(repr, [*map(float, row), float(aim)])) for row, aim in zip(X, t, strict=True)]
    data = write("hard.csv", "\n".join(rows) + "\n")
    words = ("blend", data, "--target", "t", "--lower", 0.08, "--upper", 0.3)
    ticks = iter(range(10**9))
    with monkeypatch.context() as patch:
        patch.setattr(_search.time, "perf_counter", lambda: float(next(ticks)))
        found = run(*words, "--time-limit", 700)
    assert found.code == 0
    assert "Feasible, not proved optimal: the time limit ended the search; the distance is" in found.out

    def interrupted(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(_search._Search, "_expand", interrupted)
    found = run(*words)
    assert found.code == 130
    assert "Feasible, not proved optimal: interrupted; the distance is" in found.out


def test_without_an_upper_bound_a_part_may_be_the_whole(run, colours):
    words = ["blend", colours, "--target", "aim", "--lower", 0.2, "--json"]
    assert json.loads(run(*words).out)["parts"] == json.loads(run(*words, "--upper", 1).out)["parts"]
