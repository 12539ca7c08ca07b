"""What is saved comes back to the bit, in any process."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open
from sklearn.exceptions import ConvergenceWarning

import taut
from taut.persist import ModelFileError, describe

HOSTILE = [
    "[red]",
    "<img src=x onerror=alert(1)>",
    "größe\n",
    "\x1b[31m",
    "'; --",
    "",
    "名前",
    '"',
    "\\u0000",
    "a" * 5000,
]


def around(model, path):
    taut.save(model, path)
    return taut.load(path)


def same_bits(one, two):
    return one.dtype == two.dtype and one.shape == two.shape and one.tobytes() == two.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", ["softmax", "squared_hinge", "squared"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_every_bit_comes_back(rows, tmp_path, dtype, loss, fit_intercept):
    X, y = rows[0].astype(dtype), rows[1]
    model = taut.LinearClassifier(loss, l2=0.1, fit_intercept=fit_intercept).fit(X, y, witness=True)
    again = around(model, tmp_path / "m")
    for name in ("coef_", "intercept_", "classes_", "witness_"):
        assert same_bits(getattr(again, name), getattr(model, name)), name
    assert same_bits(again.scores(X), model.scores(X))
    assert again.get_params() == model.get_params()
    for name in ("primal_", "dual_", "gap_", "n_iter_", "n_features_in_"):
        assert getattr(again, name) == getattr(model, name), name
    assert str(again.report_) == str(model.report_)
    assert again.report_.to_dict(history=False) == model.report_.to_dict(history=False)
    assert not hasattr(again, "feature_names_in_")
    assert not hasattr(again, "scale_")


def fortran(W):
    return np.asfortranarray(W)


def strided(W):
    whole = np.full((2 * W.shape[0], 3 * W.shape[1]), np.nan)
    whole[::2, ::3] = W
    return whole[::2, ::3]


def backwards(W):
    return W[::-1, ::-1].copy()[::-1, ::-1]


@pytest.mark.parametrize("layout", [fortran, strided, backwards])
def test_weights_in_any_layout(model, rows, tmp_path, layout):
    expected = model.coef_.copy()
    model.coef_ = layout(expected)
    assert not model.coef_.flags.c_contiguous
    model.intercept_ = np.repeat(model.intercept_, 2)[::2]
    again = around(model, tmp_path / "m")
    np.testing.assert_array_equal(again.coef_, expected)
    np.testing.assert_array_equal(again.intercept_, model.intercept_)
    np.testing.assert_array_equal(again.predict(rows[0]), model.predict(rows[0]))


def test_extreme_weights(model, tmp_path):
    model.coef_[0] = [5e-324, -0.0, np.finfo(float).max]
    assert same_bits(around(model, tmp_path / "m").coef_, model.coef_)


def test_scale_and_shift(rows, tmp_path):
    X, y = rows
    model = taut.LinearClassifier("softmax", l2=1e-2).fit(taut.as_matrix(X, scale=0.1, shift=[1.0, 2.0, 3.0]), y)
    model.unscale(scale=0.1, shift=[1.0, 2.0, 3.0])
    again = around(model, tmp_path / "m")
    assert same_bits(again.scale_, model.scale_)
    assert same_bits(again.shift_, model.shift_)
    assert same_bits(again.scores(X), model.scores(X))


@pytest.mark.parametrize(
    "names",
    [
        np.array([0, 1, 2]),
        np.array([-(2**63), -1, 2**63 - 1]),
        np.array([1, 2, 200], dtype=np.uint8),
        np.array([-3, -2, -1], dtype=np.int16),
        np.array(["a", "b", "c"]),
        np.array(["", "<b>", "größe 名前 \U0001f600"]),
        np.array(sorted(HOSTILE[:3])),
        np.array(["ant", "bee", "cat"], dtype=object),
    ],
    ids=["int", "widest", "uint8", "negative", "str", "unicode", "hostile", "object"],
)
def test_classes(rows, tmp_path, names):
    X, y = rows
    model = taut.LinearClassifier("softmax").fit(X, names[y])
    again = around(model, tmp_path / "m")
    assert again.classes_.tolist() == names.tolist()
    assert again.classes_.dtype.kind == ("i" if names.dtype.kind in "iu" else "U")
    assert again.predict(X).tolist() == model.predict(X).tolist()


def test_boolean_classes(rows, tmp_path):
    X, y = rows
    model = taut.LinearClassifier("softmax").fit(X, y == 1)
    again = around(model, tmp_path / "m")
    assert same_bits(again.classes_, np.array([False, True]))
    assert same_bits(again.decision_function(X), model.decision_function(X))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0.0, 1.0, 2.0]), "classes of type float64 cannot be saved: use integers, strings or booleans"),
        (np.array([b"a", b"b", b"c"]), "classes of type .S1 cannot be saved: use integers, strings or booleans"),
        (np.array([1, 2, 3], dtype=object), "classes of type object cannot be saved: use integers, strings or boo"),
        (np.array([2**64 - 1, 1, 2], dtype=np.uint64), "classes.*cannot be saved"),
    ],
    ids=["float", "bytes", "object", "uint64"],
)
def test_classes_that_json_cannot_hold_are_refused(model, tmp_path, labels, message):
    model.classes_ = np.sort(labels)
    with pytest.raises(ModelFileError, match=message):
        taut.save(model, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_hostile_feature_names(tmp_path):
    X = np.random.default_rng(0).normal(size=(30, len(HOSTILE)))
    frame = pd.DataFrame(X, columns=HOSTILE)
    model = taut.LinearClassifier("softmax").fit(frame, np.arange(30) % 3)
    again = around(model, tmp_path / "m")
    assert again.feature_names_in_.tolist() == HOSTILE
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
    with pytest.raises(ValueError, match="should match those that were passed during fit"):
        again.predict(pd.DataFrame(X, columns=[*HOSTILE[:-1], "z"]))


def test_a_user_who_saves_twice_writes_the_same_bytes(model, tmp_path):
    taut.save(model, tmp_path / "a")
    taut.save(taut.load(tmp_path / "a"), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_process_predicts_the_same_bits(model, rows, tmp_path):
    taut.save(model, tmp_path / "m")
    np.save(tmp_path / "X.npy", rows[0])
    program = (
        "import sys, numpy as np, taut; m = taut.load(sys.argv[1]);"
        "sys.stdout.buffer.write(m.scores(np.load(sys.argv[2])).tobytes())"
    )
    command = [sys.executable, "-c", program, tmp_path / "m", tmp_path / "X.npy"]
    found = subprocess.run(command, check=True, capture_output=True).stdout
    assert found == model.scores(rows[0]).tobytes()


def test_the_file_is_plain_safetensors_with_json(model, tmp_path):
    taut.save(model, tmp_path / "m", data={"name": "iris.csv", "sha256": "00ff", "target": None})
    with safe_open(tmp_path / "m", framework="numpy") as file:
        assert set(file.keys()) == {"coef", "intercept"}
        facts = json.loads(file.metadata()["taut"])
    assert facts == describe(tmp_path / "m")
    assert facts["format"] == 1
    assert facts["classes"] == {"dtype": "int64", "values": [0, 1, 2]}
    assert facts["parameters"]["l2"] == 1e-2
    assert facts["report"]["gap"] == model.gap_
    assert facts["data"] == {"name": "iris.csv", "sha256": "00ff", "target": None}


@pytest.mark.filterwarnings("ignore:Not certified:sklearn.exceptions.ConvergenceWarning")
def test_a_gap_of_infinity(rows, tmp_path):
    model = taut.LinearClassifier("softmax", l2=0.0, max_iter=3).fit(*rows)
    again = around(model, tmp_path / "m")
    assert (again.gap_, again.dual_) == (np.inf, -np.inf)
    assert str(again.report_) == str(model.report_)


@pytest.mark.parametrize("name", ["nan", "inf", "-inf"])
def test_a_name_that_reads_like_a_number_stays_a_name(rows, tmp_path, name):
    X, y = rows
    model = taut.LinearClassifier("softmax").fit(X, np.array(["a", name, "z"])[y])
    assert name in around(model, tmp_path / "m").classes_.tolist()


def test_class_weights_and_seed_objects(rows, tmp_path):
    seed = np.random.RandomState(0)
    model = taut.LinearClassifier("softmax", class_weight={0: 1.0, 1: 2.0, 2: 1.0}, random_state=seed).fit(*rows)
    again = around(model, tmp_path / "m")
    np.testing.assert_array_equal(again.predict(rows[0]), model.predict(rows[0]))
    assert again.get_params()["random_state"] is None


def test_numpy_parameters(rows, tmp_path):
    model = taut.LinearClassifier("softmax", l2=np.float32(0.5), max_iter=np.int64(100)).fit(*rows)
    again = around(model, tmp_path / "m")
    assert (again.l2, again.max_iter) == (0.5, 100)


def test_a_loaded_model_can_be_fitted_again(model, rows, tmp_path):
    again = around(model, tmp_path / "m").fit(*rows)
    assert same_bits(again.coef_, model.coef_)


def test_a_loss_given_as_an_object_keeps_its_margin(rows, tmp_path):
    model = taut.LinearClassifier(taut.losses.Hinge(margin=2.0), l2=0.1).fit(*rows)
    taut.save(model, tmp_path / "m")
    again = taut.load(tmp_path / "m")
    assert (again.loss, again.margin) == ("hinge", 2.0)


def test_class_weights_are_kept(rows, tmp_path):
    model = taut.LinearClassifier("softmax", l2=0.1)
    label = np.unique(rows[1])[0]
    model.set_params(class_weight={label: 2.0}).fit(*rows)
    taut.save(model, tmp_path / "m")
    assert taut.load(tmp_path / "m").class_weight == {label: 2.0}


class Own(taut.losses.Softmax):
    name = "own"


def test_a_loss_of_ones_own_is_refused(rows, tmp_path):
    model = taut.LinearClassifier(Own(), l2=0.1).fit(*rows)
    with pytest.raises(ModelFileError, match="a model with a loss of your own cannot be saved: the file holds no code"):
        taut.save(model, tmp_path / "m")


def test_not_fitted(tmp_path):
    with pytest.raises(ModelFileError, match="not fitted yet: call fit first, then save"):
        taut.save(taut.LinearClassifier(), tmp_path / "m")


def test_str_and_path(model, tmp_path):
    taut.save(model, str(tmp_path / "m"))
    assert same_bits(taut.load(str(tmp_path / "m")).coef_, model.coef_)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_comes_back(rows, tmp_path, dtype):
    X, y = (10 * rows[0]).astype(dtype), rows[1]
    model = taut.TwoLayerClassifier(4, max_iter=5, patience=5, random_state=0, init=0.1)
    with pytest.warns(ConvergenceWarning):
        model.fit(taut.as_matrix(X, scale=0.1, shift=0.5), y)
    model.unscale(scale=0.1, shift=0.5)
    again = around(model, tmp_path / "net")
    for name in ("W1_", "b1_", "W2_", "b2_", "classes_"):
        assert same_bits(getattr(again, name), getattr(model, name)), name
    assert same_bits(again.scores(X), model.scores(X))
    assert again.get_params() == model.get_params()
    assert str(again.report_) == str(model.report_)


@pytest.mark.parametrize("targets", [1, 2])
def test_a_regressor_comes_back(rows, tmp_path, targets):
    X = rows[0]
    t = X @ np.arange(3 * targets).reshape(3, targets) + 1.5
    model = taut.LinearRegressor(l2=0.01).fit(X, t[:, 0] if targets == 1 else t)
    again = around(model, tmp_path / "m")
    assert same_bits(again.coef_, model.coef_)
    assert np.array_equal(again.intercept_, model.intercept_)
    assert type(again.intercept_) is type(model.intercept_)
    assert same_bits(again.predict(X), model.predict(X))
    assert str(again.report_) == str(model.report_)
    assert not hasattr(again, "classes_")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("hidden", [None, 3])
@pytest.mark.parametrize("sets", [True, False])
def test_label_sets_come_back(rows, tmp_path, hidden, sets):
    X, y = rows
    Y = np.stack([y == 0, y != 1, X[:, 0] > 0], axis=1).astype(int)
    told = [tuple(np.array(["sea", "sun", "fog"])[row > 0]) for row in Y] if sets else Y
    model = taut.MultilabelClassifier("zlpr", l2=0.1, hidden=hidden, random_state=0, max_iter=9).fit(X, told)
    again = around(model, tmp_path / "m")
    assert same_bits(again.scores(X), model.scores(X))
    assert np.array_equal(again.predict(X), model.predict(X)) if not sets else again.predict(X) == model.predict(X)
    assert again.n_undefined_rows_ == model.n_undefined_rows_


def test_a_pipeline_is_not_saved(tmp_path):
    with pytest.raises(ModelFileError, match="dict is not a model that taut saves: LinearClassifier, "):
        taut.save({}, tmp_path / "m")
