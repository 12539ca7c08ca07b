"""The house keeps its rooms: who imports whom, how long a module is, what loading costs."""

import ast
import json
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import taut

HOUSE = Path(taut.__file__).parent
ROOT = Path(__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(HOUSE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(HOUSE.rglob("*.py"))
}


def test_contracts_are_kept():
    """import-linter, with the contracts in pyproject.toml; run in a process because it changes the logging."""
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    found = subprocess.run([sys.executable, "-c", program, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert f"Contracts: {len(contracts)} kept, 0 broken." in found.stdout


def imports_of(name):
    """Modules of taut that a module needs while it loads; lazy imports and those for types are left out."""
    for node in ast.parse(MODULES[name].read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (part if part in MODULES else node.module for part in whole)


def test_no_import_cycles():
    graph = {name: set(imports_of(name)) - {name} for name in MODULES}
    assert sum(map(len, graph.values())) > 50
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError
    assert set(order) == set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_at_most_400_lines(name):
    assert len(MODULES[name].read_text("utf-8").splitlines()) <= 400


def test_the_median_module_is_at_most_200_lines():
    lengths = sorted(len(path.read_text("utf-8").splitlines()) for path in MODULES.values())
    assert lengths[len(lengths) // 2] <= 200


def loaded_by(statement):
    program = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(json.loads(found.stdout.splitlines()[-1]))


HEAVY = {"sklearn", "scipy", "numba", "PIL", "rich", "numpy", "pandas", "polars", "pyarrow", "matplotlib"}


@pytest.mark.parametrize("statement", ["import taut", "import taut; dir(taut); taut.__version__"])
def test_importing_taut_loads_nothing_heavy(statement):
    found = loaded_by(statement)
    assert not found & HEAVY
    assert {name for name in found if name.startswith("taut")} == {"taut", "taut._version"}


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_the_command_loads_no_verb_that_is_not_named(words):
    found = loaded_by(f"from taut.cli import main; main({words})")
    assert not found & HEAVY
    assert {name for name in found if name.startswith("taut")} == {
        "taut",
        "taut._version",
        "taut.cli",
        "taut.cli._main",
    }


def test_a_fit_loads_no_picture_and_no_terminal():
    found = loaded_by("import taut; taut.LinearClassifier('softmax').fit([[0.0], [1.0]], [0, 1])")
    assert "sklearn" in found
    assert not found & {"PIL", "rich", "matplotlib", "polars", "safetensors"}  # scikit-learn itself loads pandas


def test_the_help_of_the_command_line_draws_nothing():
    assert not loaded_by("import taut.cli") & {"PIL", "matplotlib", "polars", "rich"}


def test_nobody_else_reads_a_pickle():
    for name, path in MODULES.items():
        tree = ast.parse(path.read_text("utf-8"))
        words = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        words |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        # the one reader runs nothing that a file names; tests/cs231n/test_data_utils.py tries it
        allowed = {"pickle"} if name == "taut.cs231n._numpy_pickle" else set()
        assert not words & {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"} - allowed, name
