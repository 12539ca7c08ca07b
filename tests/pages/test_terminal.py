import numpy as np
import pytest

from taut.pages import class_features_text, confusion_text, per_class_text, table_text

ESCAPE = "\x1b[2J\u202e\r"


def lines(text):
    rows = text.split("\n")
    assert max(map(len, rows)) <= 80
    assert all(row == row.rstrip() and (row.isprintable()) for row in rows)
    return rows


def test_table():
    assert lines(table_text([("loss", "hinge"), ("gap", "8.2e-04 [red]")])) == [
        "loss  hinge",
        "gap   8.2e-04 [red]",
    ]
    assert table_text([]) == ""
    assert table_text([("empty", "")]) == "empty"


def test_table_wraps_below_the_value_but_never_breaks_a_path():
    rows = lines(table_text([("verdict", "word " * 40)]))
    assert len(rows) == 3
    assert all(row.startswith(" " * 9 + "word") for row in rows[1:])
    path = "/data/" + "x" * 100
    assert table_text([("file", path)]) == f"file  {path}"


def test_confusion_table():
    matrix = np.array([[48, 2], [0, 50]])
    assert lines(confusion_text({"classes": ["cat", "[red]"], "matrix": matrix, "shown": 5})) == [
        "rows: true class, columns: predicted",
        "         cat  [red]",
        "cat       48      2",
        "[red]      0     50",
    ]


@pytest.mark.parametrize("count", [1, 12345, 10**12])
@pytest.mark.parametrize("k", [1, 2, 7, 12])
@pytest.mark.parametrize("name", ["{}", "class number {}, of many", "{} has a long name that begins differently"])
def test_confusion_fits_the_terminal(k, count, name):
    classes = [name.format(i) for i in range(k)]
    lines(confusion_text({"classes": classes, "matrix": np.full((k, k), count), "shown": 9}))


def test_cut_names_that_look_alike_are_numbered():
    classes = [f"comp.sys.hardware.{i}" for i in range(10)]
    rows = lines(confusion_text({"classes": classes, "matrix": np.eye(10, dtype=int), "shown": 5}))
    assert rows[1].split() == [f"#{i}" for i in range(10)]
    assert "#7  comp.sys.hardware.7" in rows


def test_many_classes_list_their_confusions():
    matrix = np.diag(np.full(13, 100))
    matrix[3, 8], matrix[4, 9], matrix[1, 7] = 34, 1, 5
    facts = {"classes": [f"c{i}" for i in range(13)], "matrix": matrix}
    assert lines(confusion_text({**facts, "shown": 2})) == [
        "most frequent confusions",
        "  true c3 taken for c8: 34 times",
        "  true c1 taken for c7: 5 times",
        "  and 1 more pair",
    ]
    assert lines(confusion_text({**facts, "shown": 3}))[-1] == "  true c4 taken for c9: 1 time"
    assert confusion_text({**facts, "matrix": np.eye(13, dtype=int)}) == "no confusions"


def test_per_class():
    facts = {"classes": ["a", "b" * 60], "precision": [0.5, np.nan], "recall": np.array([1, 0])}
    assert lines(per_class_text({**facts, "support": np.array([10, 2.5])})) == [
        "class" + " " * 35 + "  precision  recall  support",
        "a" + " " * 39 + "      0.500   1.000       10",
        "b" * 39 + "…" + "          -   0.000      2.5",
    ]


def test_features_of_a_class():
    facts = {
        "classes": ["one", "two"],
        "features": ["x", "y", "z"],
        "weights": [[1, -2, 0], [3, 0.25, 1]],
        "top": 1,
    }
    assert lines(class_features_text({**facts, "scales": None})) == [
        "strongest features of each class, by weight",
        "one",
        "  + x +1.00",
        "  - y -2.00",
        "two",
        "  + x +3.00",
    ]
    scaled = class_features_text({**facts, "scales": [1, 1, 10], "top": 2})
    assert "by scale-free coefficient" in scaled
    assert "  + z +10.0, x +3.00, y +0.250" in lines(scaled)
    assert "  0 z" in lines(scaled)


def test_features_wrap_between_names_and_many_classes_are_cut():
    features = [f"a feature named {j} " + "w" * j for j in range(40)]
    weights = np.random.default_rng(0).normal(size=(40, 40))
    facts = {"classes": range(40), "features": features, "weights": weights, "scales": None, "top": 10}
    rows = lines(class_features_text(facts))
    assert rows[-1] == "First 30 of 40 classes."
    assert all(row[4:].startswith("a feature named") for row in rows[1:-1] if row.startswith("  "))


def test_a_label_cannot_drive_the_terminal():
    classes = [f"{ESCAPE}{i}日本" for i in range(3)]
    shared = {"classes": classes, "matrix": np.ones((3, 3), int), "features": classes, "weights": np.eye(3)}
    shares = {"precision": [0.1] * 3, "recall": [0.1] * 3, "support": [1] * 3, "scales": None, "top": 2}
    facts = {**shared, **shares}
    for text in (confusion_text(facts), per_class_text(facts), class_features_text(facts)):
        lines(text)
        assert r"\x1b[2J\u202e\r0日本" in text
    assert table_text([("a\x07", "\ud800\n")]) == r"a\x07  \ud800\n"
