"""A model file that is not what it should be: one line that says so, never another error."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

import taut
from taut.persist import ModelFileError, describe


def refused(path, message):
    with pytest.raises(ModelFileError, match=message) as caught:
        taut.load(path)
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert said.startswith(str(path))
    assert caught.value.__cause__ is None


def written(tmp_path, content):
    path = tmp_path / "damaged.taut"
    path.write_bytes(content)
    return path


def test_truncated_anywhere(blob, tmp_path):
    ends = {*range(0, 40), *range(40, len(blob), 97), *range(len(blob) - 300, len(blob))}
    for end in sorted(ends):
        refused(written(tmp_path, blob[:end]), "cut short|not a taut model file")


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**40, 2**63, 2**64 - 1, 17 * 2**20])
def test_a_header_length_that_lies(blob, tmp_path, length):
    refused(written(tmp_path, length.to_bytes(8, "little") + blob[8:]), "not a taut model file")


@pytest.mark.parametrize("content", [b"\0" * 100, b"PK\x03\x04" * 30, b"a,b,class\n1,2,x\n" * 9, b"\x80\x04\x95" * 40])
def test_another_kind_of_file(tmp_path, content):
    refused(written(tmp_path, content), "not a taut model file")


def test_bytes_after_the_end(blob, tmp_path):
    refused(written(tmp_path, blob + b"\0"), "damaged or cut short")


@pytest.mark.parametrize(
    "metadata", [None, {"format": "pt"}, {"taut": "3"}, {"taut": "[]"}, {"taut": "{"}, {"taut": "{}"}]
)
def test_safetensors_of_somebody_else(tmp_path, metadata):
    content = save({"coef": np.zeros((3, 3)), "intercept": np.zeros(3)}, metadata=metadata)
    refused(written(tmp_path, content), "not a taut model file|model format .* but this taut")


def test_json_nested_without_end(tmp_path):
    content = save({"coef": np.zeros((3, 3))}, metadata={"taut": "[" * 200_000})
    refused(written(tmp_path, content), "not a taut model file")


@pytest.mark.parametrize("found", [2, 0, "1", None, [1], {"a": 1}])
def test_another_version(forged, found):
    refused(forged(lambda facts: facts.update(format=found)), "model format .*: use the version that wrote it, or fit")


def put(name, value):
    return lambda mapping: mapping.__setitem__(name, value)


def drop(name):
    return lambda mapping: mapping.pop(name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("coef"), "coef"),
        (drop("intercept"), "intercept"),
        (put("coef", np.zeros((3, 4))), "3 columns|4 columns|columns"),
        (put("coef", np.zeros((2, 3))), r"coef has shape \(2, 3\), but 3 classes and 3 columns need \(3, 3\)"),
        (put("coef", np.zeros(3)), r"coef has shape \(3,\)"),
        (put("coef", np.zeros((1, 3, 3))), r"coef has shape \(1, 3, 3\)"),
        (put("coef", np.array(0.0)), "coef|not a valid taut model"),
        (put("coef", np.zeros((3, 0))), "coef|column|feature"),
        (put("intercept", np.zeros(2)), r"intercept has shape \(2,\)"),
        (put("intercept", np.zeros((3, 1))), r"intercept has shape \(3, 1\)"),
        (put("coef", np.full((3, 3), np.nan)), "coef must hold finite float32 or float64 numbers"),
        (put("coef", np.full((3, 3), np.inf)), "coef must hold finite"),
        (put("intercept", np.array([0, np.nan, 0])), "intercept must hold finite"),
        (put("coef", np.zeros((3, 3), dtype=np.int64)), "coef must hold finite float32 or float64 numbers"),
        (put("coef", np.zeros((3, 3), dtype=np.float16)), "coef must hold finite float32 or float64 numbers"),
        (put("extra", np.zeros(3)), "holds an unknown array 'extra'"),
        (put("scale", np.ones(2)), r"scale has shape \(2,\)"),
        (put("shift", np.full(3, np.inf)), "shift must hold finite"),
        (put("witness", np.zeros((60, 2))), r"witness has shape \(60, 2\), but 60 rows and 3 classes need"),
        (put("witness", np.zeros(60)), r"witness has shape \(60,\)"),
        (put("witness", np.full((60, 3), np.nan)), "witness must hold finite"),
    ],
)
def test_tensors_that_do_not_fit(forged, change, message):
    refused(forged(change_tensors=change), message)


def classes(dtype, values):
    return put("classes", {"dtype": dtype, "values": values})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (classes("int64", [0, 2, 1]), "sorted and different"),
        (classes("int64", [0, 1, 1]), "sorted and different"),
        (classes("str", ["b", "a", "c"]), "sorted and different"),
        (classes("int64", [0]), "at least two"),
        (classes("int64", []), "at least two"),
        (classes("int64", [0, 1, 2, 3]), "4 classes"),
        (classes("int64", [0, 1, "2"]), "not all of the declared type 'int64'"),
        (classes("int64", [0, 1, 2.0]), "not all of the declared type 'int64'"),
        (classes("int64", [0, 1, True]), "not all of the declared type 'int64'"),
        (classes("int64", [0, 1, 2**63]), "not a valid taut model|classes"),
        (classes("str", [0, 1, 2]), "not all of the declared type 'str'"),
        (classes("object", [0, 1, 2]), "not all of the declared type 'object'"),
        (classes(["int64"], [0, 1, 2]), "not a valid taut model|declared type"),
        (classes("int64", [[0], [1], [2]]), "not all of the declared type"),
        (classes("int64", None), "not a valid taut model"),
        (put("classes", None), "not a valid taut model"),
        (put("classes", [0, 1, 2]), "not a valid taut model"),
        (drop("classes"), "not a valid taut model"),
        (put("estimator", "Pipeline"), "holds a 'Pipeline', which this version of taut does not know"),
        (drop("estimator"), "not a valid taut model"),
        (put("feature_names", ["a", "b"]), "feature names are not 3 strings, one a column"),
        (put("feature_names", ["a", "b", 3]), "feature names are not 3 strings"),
        (put("feature_names", 5), "feature names are not 3 strings"),
        (put("feature_names", "abc"), "feature names are not 3 strings"),
        (drop("feature_names"), "not a valid taut model"),
        (put("parameters", {"loss": "softmax", "shell": "rm"}), "not a valid taut model"),
        (put("parameters", {"loss": "nonsense"}), "nonsense"),
        (put("parameters", {"loss": "softmax", "l2": "much"}), "l2"),
        (put("parameters", {"loss": "softmax", "l2": -1}), "l2"),
        (put("parameters", []), "not a valid taut model"),
        (put("n_iter", "many"), "not a valid taut model"),
        (put("n_iter", None), "not a valid taut model"),
        (put("report", {}), "the report's status is None"),
        (put("report", None), "not a valid taut model"),
        (drop("report"), "not a valid taut model"),
    ],
)
def test_facts_that_do_not_fit(forged, change, message):
    refused(forged(change), message)


@pytest.mark.parametrize(
    ("name", "value"), [("gap", "small"), ("gap", None), ("primal", []), ("status", 3), ("l2", {})]
)
def test_a_report_of_the_wrong_types(forged, name, value):
    """A model that loads can be looked at: its sentence is text, its numbers are numbers."""
    path = forged(lambda facts: facts["report"].update({name: value}))
    refused(path, "not a valid taut model|report")


def test_a_folder(tmp_path):
    refused(tmp_path, "is a folder, not a model file")


def test_missing(tmp_path):
    refused(tmp_path / "absent.taut", "no such model file")


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    refused(tmp_path / "file" / "m", "cannot be read|no such")


def test_too_large(blob, tmp_path, monkeypatch):
    monkeypatch.setattr("taut.persist._file.MAX_FILE", len(blob) - 1)
    refused(written(tmp_path, blob), "bytes are more than the .* that taut reads")


def test_a_hole_of_20_gigabytes_is_not_read(tmp_path):
    path = tmp_path / "sparse.taut"
    with path.open("wb") as file:
        file.truncate(20 * 2**30)
    refused(path, "21,474,836,480 bytes are more than")


def mutated(blob, rng):
    content = bytearray(blob)
    header = int.from_bytes(blob[:8], "little") + 8
    kind = rng.integers(0, 5)
    for _ in range(int(rng.integers(1, 4))):
        place = int(rng.integers(0, header if rng.random() < 0.8 else len(content)))
        if kind == 0:
            content[place % len(content)] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:
            content[place % len(content)] = int(rng.integers(0, 256))
        elif kind == 2:
            del content[place : place + int(rng.integers(1, 20))]
        elif kind == 3:
            content[place:place] = bytes(rng.integers(32, 127, size=int(rng.integers(1, 9))).tolist())
        else:
            other = int(rng.integers(0, header))
            content[place : place + 8] = content[other : other + 8]
    return bytes(content)


def loaded(path):
    """The model, or the one line that refuses it; no other error passes."""
    try:
        return taut.load(path), ""
    except ModelFileError as error:
        return None, str(error)


def test_300_seeded_mutations(blob, rows, tmp_path):
    rng = np.random.default_rng(20)
    refusals = 0
    for i in range(300):
        path = written(tmp_path, mutated(blob, rng))
        model, said = loaded(path)
        if model is None:
            refusals += 1
            assert len(said.splitlines()) == 1, i
        else:
            assert model.predict(rows[0]).shape == (60,), i
            assert str(model.report_), i
            assert describe(path)["format"] == 1, i
    assert refusals > 150


def test_300_mutations_of_the_json(forged, rows):
    """Values of the wrong type anywhere: refused in one line, or a model that can be used and described."""
    rng = np.random.default_rng(21)
    wrong = [None, -1, 0, 1e308, "x", "inf", [], {}, [1], {"a": 1}, True, 2**70]

    def spoil(facts):
        node = facts
        while True:
            key = sorted(node)[int(rng.integers(len(node)))]
            if isinstance(node[key], dict) and node[key] and rng.random() < 0.8:
                node = node[key]
            else:
                node[key] = wrong[int(rng.integers(len(wrong)))]
                return

    for i in range(300):
        model, said = loaded(forged(spoil))
        if model is None:
            assert len(said.splitlines()) == 1, i
        else:
            assert model.predict(rows[0]).shape == (60,), i
            assert str(model.report_), i


def test_a_failed_save_leaves_the_old_file(model, tmp_path):
    path = tmp_path / "m"
    taut.save(model, path)
    before = path.read_bytes()
    model.classes_ = np.array([0.5, 1.5, 2.5])
    with pytest.raises(ModelFileError, match="cannot be saved"):
        taut.save(model, path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["m"]


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
def test_a_save_cut_off_leaves_the_old_file_and_no_other(model, tmp_path, monkeypatch, call, error):
    path = tmp_path / "m"
    path.write_bytes(b"old")

    def fail(*args):
        raise error

    monkeypatch.setattr(call, fail)
    kind, message = (
        (ModelFileError, "m: cannot be written .No space left on device")
        if isinstance(error, OSError)
        else (KeyboardInterrupt, None)
    )
    with pytest.raises(kind, match=message):
        taut.save(model, path)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["m"]


def test_places_that_cannot_be_written(model, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for path, message in [
        (tmp_path, "is a folder: name a file"),
        (tmp_path / "absent" / "m", "cannot be written .No such file or directory"),
        (tmp_path / "file" / "m", "cannot be written .Not a directory"),
        (tmp_path / ("n" * 300), "cannot be written .File name too long"),
    ]:
        with pytest.raises(ModelFileError, match=message):
            taut.save(model, path)


def test_a_model_is_as_readable_as_any_new_file(model, tmp_path):
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    taut.save(model, tmp_path / "m")
    assert Path(tmp_path / "m").stat().st_mode == plain.stat().st_mode


def test_describe_refuses_in_the_same_words(tmp_path, blob):
    with pytest.raises(ModelFileError, match="not a taut model file"):
        describe(written(tmp_path, b"junk" * 10))
    assert describe(written(tmp_path, blob))["estimator"] == "LinearClassifier"


@pytest.mark.parametrize(
    "tensors", [{"scale": np.ones(3)}, {"shift": np.ones(3)}, {"scale": np.array([1.0, 0.0, 2.0]), "shift": np.ones(3)}]
)
def test_scales_that_cannot_be(forged, tensors):
    refused(forged(None, lambda mapping: mapping.update(tensors)), "scale and shift go together, and no scale is 0")


@pytest.mark.parametrize(("name", "value"), [("target_kind", "x"), ("n_undefined_rows", -1)])
def test_label_sets_of_no_kind(rows, tmp_path, name, value):
    X, y = rows
    path = tmp_path / "m"
    model = taut.MultilabelClassifier("zlpr", l2=0.1).fit(X, y)
    setattr(model, f"{name}_", value)
    taut.save(model, path)
    refused(path, "label sets of the kind")
