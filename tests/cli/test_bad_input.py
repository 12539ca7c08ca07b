"""Bad input from the command line: one line that names the place and the mend, and nothing written."""

import gzip
import pickle
import struct

import numpy as np
import pytest

import taut

GOOD = "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n"


def idx(magic, shape, content):
    return struct.pack(f">I{len(shape)}I", magic, *shape) + content


def pickled(path):
    np.savez(path, X=np.array([["a", {}], ["b", []]], dtype=object), y=np.array([0, 1]))
    return path


def arrays(path, **content):
    np.savez(path, **content)
    return path


FILES = {
    "nan": ("d.csv", GOOD.replace("3,4", "3,nan"), ["d.csv", "line 3", "column 'b'", "--drop b"]),
    "infinity": ("d.csv", GOOD.replace("3,4", "-inf,4"), ["line 3", "column 'a'", "not finite", "--drop a"]),
    "empty cell": ("d.csv", GOOD.replace("3,4", "3,"), ["line 3", "column 'b'", "empty", "--drop b"]),
    "text": ("d.csv", GOOD + "7,big,x\n", ["line 5", "column 'b'", "'big'", "--drop b"]),
    "empty file": ("d.csv", "", ["d.csv", "the file is empty"]),
    "empty gzip": ("d.csv.gz", gzip.compress(b""), ["the file is empty"]),
    "header only": ("d.csv", "a,b,kind\n", ["no data"]),
    "one column": ("d.csv", "kind\nx\ny\n", ["no feature column"]),
    "ragged": ("d.csv", GOOD + "7,8\n", ["line 5", "2 cells found, 3 expected"]),
    "ragged, too long": ("d.csv", GOOD + "7,8,x,9\n", ["line 5", "4 cells found, 3 expected"]),
    "empty label": ("d.csv", GOOD + "7,8,\n", ["line 5", "label is empty"]),
    "open quote": ("d.csv", GOOD + '7,"8,x\n', ["line", "quote"]),
    "svmlight index 0": ("d.svm", "1 1:2\n0 0:1 2:3\n", ["d.svm", "line 2", "0:1", "indices start at 1"]),
    "svmlight descending": ("d.svm", "1 1:2\n0 3:1 2:3\n", ["line 2", "ascend"]),
    "svmlight nan": ("d.svm", "1 1:2\n0 3:nan\n", ["line 2", "finite"]),
    "idx truncated": ("train-images-idx3-ubyte", idx(0x803, (4, 2, 2), bytes(15)), ["idx3-ubyte", "truncated"]),
    "idx huge": ("train-images-idx3-ubyte", idx(0x803, (2**31, 2**15, 2**15), b""), ["idx3-ubyte", "truncated"]),
    "idx magic": ("train-images-idx3-ubyte", idx(0x12345678, (4, 2, 2), bytes(16)), ["magic"]),
    "cifar": ("data_batch_1.bin", bytes(3073 + 10), ["3073", "truncated"]),
    "not gzip": ("d.csv.gz", gzip.compress(GOOD.encode())[:-9], ["broken gzip", "cut short"]),
    "not npz": ("d.npz", b"PK\x03\x04junk", ["d.npz"]),
    "not parquet": ("d.parquet", b"PAR1junk", ["d.parquet"]),
    "binary": ("d.csv", bytes(range(256)) * 4, ["d.csv"]),
}


@pytest.mark.parametrize("what", FILES)
def test_a_bad_file_is_exit_3(refused, write, tmp_path, what):
    name, content, words = FILES[what]
    said = refused(3, "fit", write(name, content), "--model", tmp_path / "m", "--picture", tmp_path / "p.png")
    for word in words:
        assert word in said


def test_pickled_objects_are_never_loaded(refused, tmp_path):
    said = refused(3, "fit", pickled(tmp_path / "d.npz"))
    assert "pickle" in said or "object" in said
    (tmp_path / "e.npz").write_bytes(pickle.dumps({"X": [[1.0]]}))
    assert "e.npz" in refused(3, "fit", tmp_path / "e.npz")


def test_another_number_of_labels(refused, tmp_path):
    said = refused(3, "fit", arrays(tmp_path / "d.npz", X=np.eye(4), y=np.array([0, 1, 0])))
    assert "3" in said
    assert "4" in said


def test_not_finite_in_arrays(refused, tmp_path):
    X = np.eye(4)
    X[2, 1] = np.nan
    said = refused(3, "fit", arrays(tmp_path / "d.npz", X=X, y=np.array([0, 1, 0, 1])))
    assert "d.npz: row 3 (counted from 1): column 2" in said


@pytest.mark.parametrize("content", ["a,kind\n1,x\n2,x\n", "a,kind\n1,x\n"], ids=["one class", "one row"])
def test_one_class_is_a_problem_of_the_file(refused, write, tmp_path, content):
    said = refused(3, "fit", write("d.csv", content), "--target", "kind", "--model", tmp_path / "m")
    assert "d.csv: every row is of the one class 'x'; a classifier needs rows of two" in said


def test_absent_files(refused, model, insects, tmp_path):
    for verb in ("fit", "predict", "evaluate"):
        more = [] if verb == "fit" else ["--model", model]
        assert "absent.csv: no such file" in refused(3, verb, tmp_path / "absent.csv", *more)
    for verb in (["predict", insects, "--model"], ["evaluate", insects, "--model"], ["info"]):
        assert "absent: no such model file" in refused(3, *verb, tmp_path / "absent")
    assert "absent.csv: no such file" in refused(
        3, "fit", insects, "--target", "kind", "--test", tmp_path / "absent.csv"
    )


def test_folders(refused, tmp_path, model):
    assert "a folder without data" in refused(3, "fit", tmp_path)
    assert "is a folder, not a model file" in refused(3, "info", tmp_path)


def test_columns_that_are_not_there(refused, insects):
    said = refused(3, "fit", insects, "--target", "kinds")
    assert "kinds" in said
    assert "did you mean 'kind'?" in said
    assert "volume" in refused(3, "fit", insects, "--target", "kind", "--drop", "volume")
    assert "mass" in refused(3, "fit", insects, "--target", "kind", "--weight", "mass")


def test_one_column_in_two_roles(refused, insects):
    assert "choose one" in refused(3, "fit", insects, "--target", "a", "--drop", "a")
    assert "column 'a'" in refused(3, "fit", insects, "--target", "a", "--weight", "a")


def test_weights(refused, rows, table, write):
    X, y = rows
    weights = np.ones(60)
    weights[4] = -1
    said = refused(3, "fit", write("w.csv", table(a=X[:, 0], w=weights, kind=y)), "--weight", "w")
    assert "line 6" in said
    assert "negative" in said
    said = refused(3, "fit", write("w.csv", table(a=X[:, 0], w=0 * weights, kind=y)), "--weight", "w")
    assert "0" in said


def test_a_test_file_with_other_columns(refused, insects, rows, table, write, tmp_path):
    X, y = rows
    test = write("test.csv", table(a=X[:, 0], b=X[:, 1], kind=y))
    said = refused(3, "fit", insects, "--target", "kind", "--test", test, "--model", tmp_path / "m")
    assert "test.csv" in said
    assert "c" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--l2", "-1"], "l2 must be a finite number >= 0, got -1"),
        (["--tol", "-1"], "tol must be a finite number >= 0, got -1"),
        (["--margin", "-0.5"], "margin must be a finite number >= 0, got -0.5"),
        (["--batch-size", "0"], "batch_size must be a whole number >= 1, got 0"),
        (["--max-iter", "0"], "max_iter must be a whole number >= 1, got 0"),
        (["--threads", "0"], "n_threads must be a whole number >= 1, got 0"),
        (["--momentum", "1"], "momentum must be below 1, got 1"),
        (["--decay", "0"], "decay must be a finite number > 0, got 0"),
        (["--solver", "sgd", "--learning-rate", "0"], "learning_rate must be a finite number > 0, got 0"),
        (["--learning-rate", "0.1"], "learning_rate=0.1 belongs to solver='sgd' or 'gradient_descent'"),
        (["--divide", "0"], "--divide 0: choose another divisor"),
        (["--test", "iris", "--test-size", "0.2"], "--test and --test-size both name test rows: give one"),
    ],
)
def test_a_bad_option_is_exit_2(refused, insects, tmp_path, options, message):
    said = refused(2, "fit", insects, "--target", "kind", "--model", tmp_path / "m", *options)
    assert message in said


@pytest.mark.parametrize("size", ["0", "1.0", "1.5", "-0.1", "many"])
@pytest.mark.parametrize("option", ["--test-size", "--validation"])
def test_a_share_that_is_none(run, option, size):
    found = run("fit", "iris", option, size)
    assert (found.code, found.out) == (2, "")
    assert found.err.splitlines()[-1].startswith(f"taut fit: error: argument {option}: ")
    assert size in found.err


@pytest.mark.parametrize("option", ["--test-size", "--validation"])
def test_a_part_of_more_rows_than_there_are(refused, insects, tmp_path, option):
    more = ["--tune"] if option == "--validation" else []
    said = refused(2, "fit", insects, "--target", "kind", option, "60", *more, "--model", tmp_path / "m")
    assert option in said
    assert "60 of 60 examples leaves one part empty" in said


def test_center_of_sparse_data(refused, write, tmp_path):
    said = refused(2, "fit", write("d.svm", "1 1:2\n0 3:1\n"), "--center", "--model", tmp_path / "m")
    assert "sparse" in said
    assert "scale" in said or "--center" in said


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["paint"],
        ["fit"],
        ["predict", "iris"],
        ["fit", "iris", "--loss", "log"],
        ["fit", "iris", "--l2", "much"],
        ["fit", "iris", "--l2", "1/0"],
        ["fit", "iris", "--l2", "nan"],
        ["fit", "iris", "--max-iter", "2.5"],
        ["fit", "iris", "--solver", "magic"],
        ["fit", "iris", "--mod", "m"],
        ["fit", "iris", "--header", "maybe"],
        ["fit", "iris", "--format", "xls"],
        ["info", "m", "--top", "many"],
    ],
)
def test_usage(run, argv):
    found = run(*argv)
    assert found.code == 2
    assert found.out == ""
    assert found.err.startswith("usage: taut")
    assert "error: " in found.err.splitlines()[-1]


def test_samples_have_settled_columns(refused):
    for option in (["--target", "1"], ["--drop", "1"], ["--weight", "1"]):
        assert "bundled sample has settled columns" in refused(3, "fit", "iris", *option)


def test_models_that_are_damaged(refused, model, insects, write):
    blob = model.read_bytes()
    for name, content in [("cut", blob[:-5]), ("empty", b""), ("junk", b"junk" * 50)]:
        path = write(name, content)
        for argv in (["predict", insects, "--model", path], ["evaluate", insects, "--model", path], ["info", path]):
            assert str(path) in refused(3, *argv)


@pytest.mark.parametrize("option", ["--model", "--picture"])
def test_an_impossible_place_is_found_before_the_fit(refused, insects, tmp_path, option):
    """Who fits for an hour must not lose the model to a folder that was never there."""
    seen = []
    with taut.watch(seen.append):
        said = refused(3, "fit", insects, "--target", "kind", option, tmp_path / "absent" / "p.png")
    assert str(tmp_path / "absent" / "p.png") in said
    assert "there is no folder" in said
    assert seen == []


def test_a_name_too_long(run, insects, tmp_path):
    found = run("fit", insects, "--target", "kind", "--loss", "softmax", "--model", tmp_path / ("n" * 300))
    assert found.code == 3
    assert "File name too long" in found.err


def test_a_refused_fit_leaves_the_old_model(run, model, write):
    before = model.read_bytes()
    assert run("fit", write("d.csv", GOOD.replace("3,4", "3,nan")), "--model", model).code == 3
    assert model.read_bytes() == before


def test_a_file_name_with_line_breaks_stays_one_line(refused, tmp_path):
    assert "no such file" in refused(3, "fit", tmp_path / "a\nb\r\nc.csv")
    assert "no such model file" in refused(3, "info", tmp_path / "a\nb\r\nc")
