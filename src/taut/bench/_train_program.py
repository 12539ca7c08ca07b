"""A LIBLINEAR-style training program: called as ``PROGRAM -q -s TYPE -c C -e TOLERANCE DATA MODEL``.

LIBLINEAR's public extension by Weston and Watkins' loss stops after ``-t EPOCHS`` instead.
"""

import shutil
import subprocess
import tempfile
import weakref
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from taut.bench._error import BenchError
from taut.bench._fit_problem import FitProblem, Weights


@dataclass(frozen=True, eq=False)
class TrainProgram:
    """Fits a problem without an intercept.

    The rows are written in svmlight format to a folder of temporary files before the first fit, outside every clock;
    reading them is part of what the program does.

    Parameters
    ----------
    path : Path
    problem : FitProblem
    kind : int
        What follows ``-s``.
    rung : {"-e", "-t"}
        What a fit's setting follows: a tolerance or a number of epochs.
    """

    path: Path
    problem: FitProblem
    kind: int
    rung: str = "-e"

    @cached_property
    def _folder(self) -> Path:
        """Holds the data, and is removed with this object."""
        from sklearn.datasets import dump_svmlight_file  # here: it loads a terminal library

        folder = Path(tempfile.mkdtemp(prefix="taut-bench-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        # Labels and columns from 1: some of these programs know no others.
        data = str(folder / "data.svm")
        dump_svmlight_file(self.problem.X, self.problem.y + 1, data, zero_based=False)
        return folder

    def fit(self, setting: float) -> Weights:
        """Run the program and read its model."""
        place = self._folder
        model = place / "model.txt"
        settings = ["-q", "-s", str(self.kind), "-c", repr(self.problem.C), self.rung, repr(setting)]
        words = [str(self.path.resolve()), *settings, str(place / "data.svm"), str(model)]
        try:
            done = subprocess.run(words, capture_output=True, encoding="utf-8", errors="replace")
        except OSError as error:
            raise BenchError(f"{self.path} could not be run: {error.strerror}") from None
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise BenchError(f"{self.path} failed with code {done.returncode}: {last}")
        return read_model(model, self.problem)


def read_model(path: Path, problem: FitProblem) -> Weights:
    """The weights in a LIBLINEAR model file; its classes stand in the order of their first rows."""
    lines = path.read_text("ascii").splitlines()
    begin = lines.index("w") + 1
    facts = dict(line.split(maxsplit=1) for line in lines[: begin - 1])
    labels = np.array(facts["label"].split(), dtype=np.int64) - 1
    found = np.array([line.split() for line in lines[begin : begin + int(facts["nr_feature"])]], dtype=np.float64)
    if found.shape[1] == 1:  # two classes, one vector w for the first
        found = np.hstack([0.5 * found, -0.5 * found])
    W = np.zeros((problem.d, problem.k))
    W[: len(found), labels] = found  # columns that are 0 at the end of every row are not written
    return Weights(W, np.zeros(problem.k))
