"""taut check: right and wrong files of the course, files that misbehave, JSON, pictures."""

import io
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from taut.cli import main
from taut.cli._check_child import UsageError, check_pair, takes_four
from taut.pages import draw_loss_line
from taut.pages._colour import COLD, HOT

LOSSES = """\
import numpy as np

def svm_loop(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[0]):
        scores = X[i].dot(W)
        for j in range(W.shape[1]):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    return loss / X.shape[0] + reg * np.sum(W * W), dW / X.shape[0] + 2 * reg * W

def svm_vectorised(W, X, y, reg=0.0):
    scores = X @ W
    rows = np.arange(len(y))
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    mask = (margins > 0).astype(float)
    mask[rows, y] = -mask.sum(axis=1)
    return margins.sum() / len(y) + reg * np.sum(W * W), X.T @ mask / len(y) + 2 * reg * W

def softmax(W, X, y, reg):
    scores = X @ W
    scores -= scores.max(axis=1, keepdims=True)
    rows = np.arange(len(y))
    P = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(P[rows, y]).mean() + 0.5 * reg * np.sum(W * W)
    P[rows, y] -= 1
    return loss, X.T @ P / len(y) + reg * W

def without_mean(W, X, y, reg):
    loss, dW = svm_vectorised(W, X, y, reg)
    return loss, (dW - 2 * reg * W) * len(y) + 2 * reg * W

def counts_the_right_class(W, X, y, reg):
    loss, dW = svm_vectorised(W, X, y, reg)
    return loss + 1.0, dW

def logistic(W, X, y, reg):
    scores = (X @ W)[:, 0]
    weights = W * (np.arange(len(W)) < len(W) - 1)[:, None]
    loss = np.mean(np.logaddexp(0, scores) - y * scores) + reg * np.sum(weights * W)
    return loss, X.T @ (1 / (1 + np.exp(-scores)) - y)[:, None] / len(y) + 2 * reg * weights

def coarse(W, X, y, reg):
    loss, dW = softmax(W, X, y, reg)
    return np.float16(loss), dW.astype(np.float16)

def moves_the_data(W, X, y, reg):
    X -= 1e-3
    return softmax(W, X, y, reg)
"""

CRASHES = """\
import numpy as np

def fetch(X):
    return X[10**6]

def crash(W, X, y, reg):
    print("step by step")
    return fetch(X)

def leave(W, X, y, reg):
    raise SystemExit(5)

def endless(W, X, y, reg):
    while True:
        pass

def two(W, X):
    return 0.0, W
"""

OWN_POINT = """\
import numpy as np

point = {"w": np.array([1.0, -2.0]), "b": np.array(0.5)}
x = np.array([3.0, 1.0])

def distance(p):
    r = p["w"] @ x + p["b"]
    return abs(r), {"w": np.sign(r) * x, "b": np.sign(r)}

def wrong(p):
    value, gradient = distance(p)
    return value, {"w": gradient["w"], "b": -gradient["b"]}
"""


@pytest.fixture
def losses(write):
    return write("losses.py", LOSSES)


@pytest.fixture
def crashes(write):
    return write("crashes.py", CRASHES)


@pytest.fixture
def own(write):
    return write("own.py", OWN_POINT)


def picture(path):
    image = np.asarray(Image.open(io.BytesIO(path.read_bytes())))
    assert image.shape[2] == 3
    assert 600 < image.shape[1] <= 1400
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 10
    return image


def has(image, colour):
    return bool((image == np.array(colour)).all(axis=2).any())


@pytest.mark.parametrize("name", ["svm_loop", "softmax"])
def test_right_gradients_are_never_accused(run, losses, tmp_path, name):
    plot = tmp_path / "p.png"
    found = run("check", f"{losses}:{name}", "--plot", plot)
    assert found.code == 0, found.out
    assert found.out.startswith(f"{losses}:{name}: ok")
    assert "30 rows, 5 columns, 3 classes, reg 0.1" in found.out
    for point in ("small random W", "larger random W", "integer grid with exact ties"):
        assert f"at the {point}: ok" in found.out
    assert "bug" not in found.out
    assert found.err == f"wrote picture {plot}\n"
    picture(plot)


def test_a_missing_mean_is_named_and_drawn(run, losses, tmp_path):
    plot = tmp_path / "p.png"
    found = run("check", f"{losses}:without_mean", "--plot", plot)
    assert found.code == 1
    assert found.out.splitlines()[0].startswith(f"{losses}:without_mean: bug, missing 1/N")
    assert "cure:" in found.out
    assert has(picture(plot), HOT)  # the given slope


def test_the_loss_may_be_wrong_beside_a_right_gradient(run, losses):
    found = run("check", f"{losses}:counts_the_right_class", "--loss", "hinge", "--json")
    assert found.code == 1
    facts = json.loads(found.out)
    assert facts["verdict"] == "bug"
    assert facts["named"] == ["loss value"]
    assert "the correct class was not skipped" in facts["points"][0]["findings"][0]["evidence"]


def test_two_classes_in_one_column_and_a_free_bias(run, losses):
    found = run("check", f"{losses}:logistic", "--loss", "binary", "--bias-row", "-1", "--convention", "full")
    assert found.code == 0, found.out
    assert "20 rows, 5 columns, 2 classes" in found.out


def test_what_cannot_be_decided_is_exit_4(run, losses):
    found = run("check", f"{losses}:coarse", "--directions", "3")
    assert found.code == 4, found.out
    assert found.out.startswith(f"{losses}:coarse: unresolved\n")


def test_data_that_the_call_changes(run, losses):
    found = run("check", f"{losses}:moves_the_data")
    assert found.code == 1
    assert "data changed" in found.out


def test_json_is_one_object(run, losses):
    found = run("check", f"{losses}:softmax", "wine", "--rows", "20", "--json", "--seed", "3", "--dtype", "float32")
    facts = json.loads(found.out)
    assert found.code == {"ok": 0, "ok_at_kink": 0, "bug": 1, "unresolved": 4}[facts["verdict"]]
    assert facts["function"] == f"{losses}:softmax"
    assert facts["verdict"] != "bug"
    assert [each["point"] for each in facts["points"]] == [
        "small random W",
        "larger random W",
        "integer grid with exact ties",
    ]
    assert {each["size"] for each in facts["points"]} == {13 * 3}
    assert {each["random_state"] for each in facts["points"]} == {3}


def test_own_data_with_options(run, insects, losses):
    options = ("--target", "kind", "--margin", "1", "--convention", "full", "--reg", "0.5", "--loss", "hinge")
    found = run("check", f"{losses}:svm_vectorised", insects, *options, "--rows", "25", "--directions", "5")
    assert found.code == 0, found.out
    assert "insects.csv: 25 rows, 3 columns, 3 classes, reg 0.5" in found.out


def test_a_function_of_one_point(run, own, tmp_path):
    plot = tmp_path / "p.png"
    found = run("check", f"{own}:wrong", "--plot", plot, "--json")
    assert found.code == 1
    assert {each["name"] for each in json.loads(found.out)["points"][0]["outside"]} == {"b"}
    picture(plot)
    np.savez(tmp_path / "p.npz", w=np.array([0.5, -1.5]), b=np.array(0.25))
    found = run("check", f"{own}:distance", "--point", tmp_path / "p.npz", "--json")
    assert found.code == 0
    facts = json.loads(found.out)
    assert (facts["points"][0]["point"], facts["points"][0]["size"]) == ("point", 3)


def test_options_of_the_course_mean_nothing_to_a_point(refused, own):
    said = refused(2, "check", f"{own}:distance", "--reg", "0.1", "--loss", "hinge")
    assert "--loss, --reg mean nothing to it" in said


def test_a_file_that_leaves(refused, crashes):
    assert "line 11, in leave: SystemExit: 5" in refused(3, "check", f"{crashes}:leave")


def test_prints_go_to_standard_error_and_an_exception_is_one_line_with_its_place(capfd, crashes):
    assert main(["check", f"{crashes}:crash"]) == 3
    out, err = capfd.readouterr()
    assert out == ""
    what = "IndexError: index 1000000 is out of bounds for axis 0 with size 30"
    assert err == f"step by step\ntaut: {crashes}, line 4, in fetch: {what}\n"


def test_an_endless_loop_meets_the_time_limit(refused, crashes):
    start = time.perf_counter()
    said = refused(3, "check", f"{crashes}:endless", "--time-limit", "1")
    assert time.perf_counter() - start < 20
    assert "endless: not done after 1 s, so it was stopped" in said
    assert "--time-limit" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a console, not to a process")
def test_ctrl_c(environment, write):
    path = write("slow.py", "import time\nprint('here', flush=True)\ntime.sleep(100)\n")
    words = [sys.executable, "-m", "taut", "check", f"{path}:f"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, env=environment, **streams) as process:
        assert process.stderr.readline() == b"here\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)  # the child has the same pipe: it is gone, too
    assert (process.returncode, out, err) == (130, b"", b"taut: interrupted\n")


def test_a_syntax_error(refused, write):
    path = write("broken.py", "def f(W, X, y, reg):\n    return (1\n")
    said = refused(3, "check", f"{path}:f")
    assert f"{path}, line 2: SyntaxError: '(' was never closed" in said


def test_a_function_that_is_not_there(refused, crashes):
    assert "has no function svm_loss; its functions are fetch, crash" in refused(2, "check", f"{crashes}:svm_loss")


def test_functions_that_are_imported_are_not_the_files_own(refused, write):
    own = write("own.py", "from json import dumps\ndef mine(W): pass\nother = lambda W: 0\n")
    said = refused(2, "check", f"{own}:svm_loss")
    assert said.strip().endswith("own.py has no function svm_loss; its functions are mine, other")
    assert refused(2, "check", f"{write('none.py', 'from json import dumps')}:f").strip().endswith("; it has none")


def test_a_wrong_signature(refused, crashes):
    said = refused(2, "check", f"{crashes}:two")
    assert "two(W, X) is neither (W, X, y, reg) -> (loss, dW) nor fn(point)" in said


@pytest.mark.parametrize(
    ("function", "four"),
    [
        (lambda W, X, y, reg: None, True),
        (lambda W, X, y, reg=0.0: None, True),
        (lambda W, X, y, reg, margin=1.0: None, True),
        (lambda point: None, False),
        (lambda point, reg=0.1: None, False),
        (np.sum, False),
    ],
)
def test_the_form_follows_from_the_required_arguments(function, four):
    assert takes_four(function, {"name": "f"}) is four


@pytest.mark.parametrize(
    "function",
    [
        lambda: None,
        lambda W, X: None,
        lambda W, X, y: None,
        lambda W, X, y, reg, margin: None,
        lambda W, X, y, *, reg: None,
        lambda *arguments: None,
        max,
    ],
)
def test_other_forms_are_refused(function):
    with pytest.raises(UsageError, match=r"f\(.*\) is neither|f: its arguments cannot be told"):
        takes_four(function, {"name": "f"})


@pytest.mark.parametrize(("result", "kind"), [(1, "int"), (None, "NoneType"), ((1, 2, 3), "a tuple of 3")])
def test_other_results_are_refused(result, kind):
    with pytest.raises(UsageError, match=f"f returned {kind}; it must return two things, the value and its gradient"):
        check_pair(lambda point: result, np.zeros(2), {"name": "f"})


def test_usage(refused, losses, own, tmp_path):
    assert "name the file and the function" in refused(2, "check", losses)
    assert "absent.py: no such file" in refused(3, "check", f"{tmp_path / 'absent.py'}:f")
    assert ".png" in refused(2, "check", f"{losses}:softmax", "--plot", tmp_path / "p.pdf")
    assert "--bias-row 5" in refused(2, "check", f"{losses}:softmax", "--bias-row", "5")
    assert "--margin -1" in refused(2, "check", f"{losses}:softmax", "--margin", "-1")
    assert "absent.npz" in refused(3, "check", f"{own}:distance", "--point", tmp_path / "absent.npz")


def test_a_file_beside_others_and_in_a_package(run, tmp_path):
    package = tmp_path / "course" / "classifiers"
    package.mkdir(parents=True)
    (tmp_path / "course" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "helpers.py").write_text("import numpy as np\n\ndef total(W):\n    return float(np.sum(W * W)), 2 * W\n")
    (package / "relative.py").write_text("from .helpers import total\n\ndef f(W, X, y, reg):\n    return total(W)\n")
    found = run("check", f"{package / 'relative.py'}:f")
    assert found.code == 0, found.out + found.err
    assert not list(tmp_path.rglob("*.pyc"))


def line(**changes):
    """Draw |t| with changes; return the image."""
    t = np.linspace(-1, 1, 41)
    facts = {"title": "f along W[0]", "axis": "step added to W[0]", "t": t.tolist(), "loss": np.abs(t).tolist()}
    facts |= {"value": 0.0, "given": 0.5, "left": -1.0, "right": 1.0, "caption": "c"}
    facts |= {"kinks": [{"at": 0.0, "label": "the tip"}], **changes}
    blob = draw_loss_line(facts)
    image = np.asarray(Image.open(io.BytesIO(blob)))
    frame = np.concatenate([image[:20].reshape(-1, 3), image[:, :20].reshape(-1, 3), image[-20:].reshape(-1, 3)])
    assert (frame == 255).all(), "the margins stay white"
    return image


def test_the_picture_shows_what_is_known():
    with_all, without = line(), line(given=None, left=None, right=None, kinks=[])
    for colour in (HOT, COLD):
        assert has(with_all, colour)
        assert not has(without, colour)


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": [2.0] * 41, "value": 2.0},
        {"loss": [None] * 20 + [0.0] * 21},
        {"loss": [None] * 41},
        {"given": 1e300, "left": -1e300, "right": 0.0},
        {"given": float("nan"), "left": float("inf")},
        {"t": (1e-12 * np.linspace(-1, 1, 41)).tolist(), "loss": (1e9 + np.arange(41.0)).tolist(), "value": 1e9 + 20},
        {"loss": (1e300 * np.linspace(-1, 1, 41)).tolist()},
        {"kinks": [{"at": i / 50, "label": f"sample {i}"} for i in range(-60, 60)]},
        {"title": "größe 损失 \x1b[31m" * 9, "axis": "step added to 损失[0]", "caption": "x" * 4000},
    ],
)
def test_any_facts_make_a_picture(changes):
    line(**changes)
