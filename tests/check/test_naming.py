"""Names for wrong gradients of functions that nothing is known about: exact fits, all of them, or none."""

import numpy as np
import pytest

import taut

RNG = np.random.default_rng(0)
A = RNG.normal(size=(6, 6)) + 3 * np.eye(6)
T = RNG.normal(size=(6, 4))
W = RNG.normal(size=(6, 4))
REG = 0.3


def data(W):
    r = A @ W - T
    return 0.5 * float((r * r).sum()), A.T @ r


def right(W):
    value, gradient = data(W)
    return value + 0.5 * REG * float((W * W).sum()), gradient + REG * W


def spoil(change):
    return lambda W: (right(W)[0], change(right(W)[1], W))


def bias(gradient, W):
    out = gradient.copy()
    out[-1] += REG * W[-1]
    return out


def part(where, factor):
    def change(gradient, W):
        out = gradient.copy()
        out[where] *= factor
        return out

    return change


CASES = {
    "doubled": lambda g, W: 2 * g,
    "half": lambda g, W: g / 2,
    "wrong sign": lambda g, W: -g,
    "missing 1/N": lambda g, W: 50 * g,
    "divided too often": lambda g, W: g / 50,
    "wrong factor": lambda g, W: 1.37 * g,
    "zero gradient": lambda g, W: 0 * g,
    "regulariser missing or too small": lambda g, W: g - REG * W,
    "regulariser too large": lambda g, W: g + REG * W,
    "bias row regularised": bias,
    "one number added everywhere": lambda g, W: g + 0.7,
    "transposed and reshaped": lambda g, W: g.T.reshape(g.shape),
    "classes reversed": lambda g, W: g[:, ::-1],
    "classes shifted by 1": lambda g, W: np.roll(g, -1, axis=1),
    "rows reversed": lambda g, W: g[::-1],
    "column 3 zero": part((slice(None), 3), 0.0),
    "column 1 wrong sign": part((slice(None), 1), -1.0),
    "row 2 wrong factor": part(2, 1.5),
    "W[2, 1] wrong sign": part((2, 1), -1.0),
    "subtracted from every column": lambda g, W: g - np.abs(g).sum(axis=1, keepdims=True),
    "mask of one pair": lambda g, W: g + np.arange(1.0, 7.0)[:, None] * np.array([0.1, 0, -0.1, 0]),
    "unknown": lambda g, W: g + np.sin(7 * g),
}


@pytest.mark.parametrize("convex", [True, None])
@pytest.mark.parametrize("kind", CASES)
def test_names(kind, convex):
    report = taut.check_gradient(spoil(CASES[kind]), W, convex=convex)
    assert report.verdict == "bug"
    assert kind in {finding.kind for finding in report.findings}, report
    assert len(report.findings) <= 2, report


def test_the_data_part_alone_lacks_its_division():
    def fn(W):
        value, gradient = data(W)
        return value / 20 + 0.5 * REG * float((W * W).sum()), gradient + REG * W

    report = taut.check_gradient(fn, W, convex=True)
    assert report.findings[0].kind == "missing 1/N"
    assert "true = given / 20 + 0.285 * W" in report.findings[0].evidence
    assert "ratio exactly 20 (= N?) beside the regulariser" in report.census


def test_the_sign_of_the_data_part_alone():
    def fn(W):
        value, gradient = data(W)
        return value + 0.5 * REG * float((W * W).sum()), -gradient + REG * W

    kinds = {finding.kind for finding in taut.check_gradient(fn, W, convex=True).findings}
    assert "data part wrong sign" in kinds


def test_one_array_of_several():
    def fn(p):
        value, gradient = right(p["W"])
        return value + float(p["b"] @ p["b"]), {"W": gradient, "b": 6 * p["b"]}

    report = taut.check_gradient(fn, {"W": W, "b": np.array([1.0, 2.0])}, convex=True)
    assert report.census == "2 of 2 coordinates in b outside; ratio exactly 3 (= N?)."


def test_names_hold_in_float32_too():
    for kind in ("doubled", "regulariser missing or too small", "classes reversed"):
        report = taut.check_gradient(spoil(CASES[kind]), W.astype(np.float32), convex=True)
        assert kind in {finding.kind for finding in report.findings}, report
