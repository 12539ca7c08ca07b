"""The front door for label sets: ARFF as Mulan and Meka write it, svmlight with several labels, CSV."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut.data._arff import Arff
from taut.data._columns import Columns
from taut.data._csv import read_table
from taut.data._error import DataError, listed, shown
from taut.data._formats import FORMATS, MULTILABEL_FORMATS, format_of
from taut.data._mulan import is_label_file, read_label_names, refuse_label_file
from taut.data._multilabel_dataset import MultilabelDataset, multilabel_dataset
from taut.data._options import Key
from taut.data._source import Source, opened
from taut.data._svmlight import Scan

Labels = int | str | os.PathLike[str] | Sequence[Key] | None

_WHOLE = re.compile("[+-]?[0-9]{1,18}")


def read_multilabel(
    source: str | os.PathLike[str],
    *,
    labels: Labels = None,
    format: str | None = None,
    header: bool | None = None,
    n_features: int | None = None,
    require_labels: bool = True,
) -> MultilabelDataset:
    r"""Read a data file whose examples have sets of labels.

    Parameters
    ----------
    source : str or path
        A file, or ``"-"`` for standard input. Gzip is unpacked, whatever the suffix.
    labels : int, path of an XML file, or sequence of str or int, optional
        Which columns are labels: the last ``labels`` of them (the first, where it is negative); those that Mulan's
        XML file names, for ARFF; or their names, or positions from 1, in the order that `Y` shall have. By default
        an ARFF file's relation says so, by Meka's ``-C n``. In svmlight, which writes labels apart by commas, the
        labels that `Y` shall have, in this order; by default those that occur, sorted.
    format : str, optional
        One of "arff", "csv", "tsv", "svmlight"; by default it follows from the suffix, else from the content.
    header : bool, optional
        Whether the first line of a text table names its columns; by default it is found out.
    n_features : int, optional
        The width of an svmlight file, where the last features may be absent.
    require_labels : bool
        Whether labels that are named must be there; else those that are not are left out of `Y`.

    Returns
    -------
    MultilabelDataset
        X, the indicator Y, and the names of both.

    Raises
    ------
    DataError
        For every problem of the file: what, where, and how to mend it.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from taut.data import read_multilabel
    >>> path = pathlib.Path(tempfile.mkdtemp(), "three.csv")
    >>> _ = path.write_text("width,height,red,round\n1.0,2.0,1,0\n0.5,0.5,1,1\n2.0,0.1,0,0\n")
    >>> data = read_multilabel(path, labels=2)
    >>> data.X.shape, data.Y.tolist(), data.label_names
    ((3, 2), [[1, 0], [1, 1], [0, 0]], ('red', 'round'))
    """
    if format is not None and format not in (*FORMATS, *MULTILABEL_FORMATS):
        raise DataError(f"unknown multi-label format {format!r}; the formats are {listed(MULTILABEL_FORMATS)}")
    path = None if os.fspath(source) == "-" else Path(source)
    with opened(path) as file:
        head = file.head()
        if not head:
            raise file.error("the file is empty")
        kind = format or format_of(file.name, head)
        if kind not in MULTILABEL_FORMATS:
            raise file.error(f"{kind} has one label a row; label sets come as {listed(MULTILABEL_FORMATS)}")
        if kind == "arff":
            return _arff(file, labels, require_labels)
        if is_label_file(labels):
            raise refuse_label_file(file.label)
        if kind == "svmlight":
            return _svmlight(file, labels, n_features)
        return _csv(file, labels, header, "\t" if kind == "tsv" else None, require_labels)


def _arff(source: Source, labels: Any, required: bool) -> MultilabelDataset:
    arff = Arff.of(source)
    if is_label_file(labels):
        chosen = arff.positions(read_label_names(Path(labels)), str(labels))
    elif labels is None and arff.meka_labels is None:
        raise source.error(
            "which attributes are labels? give labels= as Mulan's XML file, as their names, or as how many come last"
        )
    else:
        meka = 0 if arff.meka_labels is None else -arff.meka_labels  # -C counts from the front
        told = meka if labels is None else labels
        chosen = _positions(told, tuple(arff.names), len(arff.names), source.error, required)
    return _parted(source, arff.table(), chosen, tuple(arff.names), lambda row: f"line {arff.lines[row]}")


def _csv(source: Source, labels: Any, header: bool | None, delimiter: str | None, required: bool) -> MultilabelDataset:
    if labels is None:
        raise source.error("which columns are labels? give labels= as their names, or as how many come last")
    X, names, lines = read_table(source, header=header, delimiter=delimiter)
    chosen = _positions(labels, names, X.shape[1], source.error, required)
    return _parted(source, X, chosen, names, lambda row: f"line {lines[row]}")


def _positions(
    labels: Any, names: tuple[str, ...] | None, width: int, error: Callable[[str], DataError], required: bool
) -> list[int]:
    """The columns of the labels, counted from 0."""
    if isinstance(labels, Integral) and not isinstance(labels, bool):
        labels = int(labels)
        if not 0 < abs(labels) < width:
            raise error(f"labels={labels}: of {width} columns at least one must be a label, and one a feature")
        return list(range(width - labels, width) if labels > 0 else range(-labels))
    if isinstance(labels, str | os.PathLike) or not isinstance(labels, Iterable):
        raise error(f"labels={labels!r} is neither an XML file, nor a number, nor a list of names")
    table = Columns(names, width)
    if not required:
        return [place for key in labels if (place := table.position(key)) is not None]
    chosen = [table.required(key, "label", error) for key in labels]
    if len(set(chosen)) < len(chosen) or not 0 < len(chosen) < width:
        raise error(f"labels must be different columns, at least one, and leave one for a feature; got {labels!r}")
    return chosen


def _parted(
    source: Source, table: Any, chosen: list[int], names: tuple[str, ...] | None, where: Callable[[int], str]
) -> MultilabelDataset:
    """The label columns as an indicator, the others as features."""
    taken = set(chosen)
    features = [column for column in range(table.shape[1]) if column not in taken]
    part = table[:, chosen]
    Y: AnyArray = part if isinstance(part, np.ndarray) else part.toarray()
    called = [names[column] if names else str(column + 1) for column in chosen]
    wrong = np.argwhere((Y != 0) & (Y != 1))
    if len(wrong):
        row, column = wrong[0]
        what = f"the label {shown(called[column])} is {Y[row, column]:g}"
        raise source.error(f"{where(int(row))}: {what}; a label is 0 or 1")
    X = table[:, features]
    feature_names = tuple(names[column] for column in features) if names else None
    return multilabel_dataset(source, X, Y, tuple(called), feature_names)


def _svmlight(source: Source, labels: Any, n_features: int | None) -> MultilabelDataset:
    scan = Scan(source, several=True).all(source.stream.read())
    sets = [[part for part in text.split(",") if part] for text in scan.labels]
    occurring = {part for row in sets for part in row}
    if labels is None:
        order = sorted(occurring, key=_by_number)
    elif isinstance(labels, Sequence) and not isinstance(labels, str):
        order = [str(label) for label in labels]
    else:
        raise source.error(f"labels={labels!r}: svmlight names its labels; list those that Y shall have, in order")
    column = {label: j for j, label in enumerate(order)}
    Y = np.zeros((len(sets), len(order)), dtype=np.int64)
    for row, parts in enumerate(sets):
        for label in parts:
            if label not in column:
                raise source.error(f"line {scan.lines[row]}: the label {shown(label)} is none of {listed(order)}")
            Y[row, column[label]] = 1
    if not order:
        raise source.error("no line has a label")
    return multilabel_dataset(source, scan.matrix(n_features), Y, tuple(order), None)


def _by_number(label: str) -> tuple[bool, int, str]:
    """Whole numbers first, in their order; then words."""
    whole = _WHOLE.fullmatch(label) is not None
    return not whole, int(label) if whole else 0, label
