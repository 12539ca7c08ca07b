"""Fitted models, the bytes of a model file, and its parts."""

import json

import pytest

import taut
from strategies import clusters


@pytest.fixture(scope="session")
def rows():
    """X (60, 3) and y (60,), labels 0, 1, 2."""
    return clusters(0, 60, 3, 3)


@pytest.fixture
def model(rows):
    """A softmax classifier, fitted; each test has its own."""
    return taut.LinearClassifier("softmax", l2=1e-2).fit(*rows)


@pytest.fixture(scope="session")
def blob(rows, tmp_path_factory):
    """The bytes of a model file."""
    path = tmp_path_factory.mktemp("model") / "model.taut"
    taut.save(taut.LinearClassifier("softmax", l2=1e-2).fit(*rows), path)
    return path.read_bytes()


@pytest.fixture
def forged(blob, tmp_path):
    """Write the model file with changed facts or tensors; return the path."""
    from safetensors.numpy import load, save

    def forging(change_facts=None, change_tensors=None):
        length = int.from_bytes(blob[:8], "little")
        facts = json.loads(json.loads(blob[8 : 8 + length])["__metadata__"]["taut"])
        tensors = load(blob)
        for change, value in ((change_facts, facts), (change_tensors, tensors)):
            if change is not None:
                change(value)
        path = tmp_path / "forged.taut"
        path.write_bytes(save(tensors, metadata={"taut": json.dumps(facts)}))
        return path

    return forging
