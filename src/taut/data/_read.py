"""The front door: any source, any format."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from taut.data._cifar import BATCHES, find_cifar10, read_cifar10, read_cifar10_folder
from taut.data._columns import check_present
from taut.data._csv import read_csv
from taut.data._dataset import Dataset
from taut.data._error import DataError, listed
from taut.data._formats import FORMATS, format_of
from taut.data._idx import find_idx, official_idx_names, read_idx, read_idx_folder
from taut.data._npz import read_npz
from taut.data._options import PARTS, Key, Options
from taut.data._parquet import read_parquet
from taut.data._samples import SAMPLES, read_sample
from taut.data._source import Source, opened
from taut.data._svmlight import read_svmlight


def _refuse_arff(source: Source, options: Options) -> Dataset:
    raise source.error(
        "ARFF is read for sets of labels only: say which columns they are (--labels, read_multilabel), "
        "or save one label a row as CSV"
    )


_READERS: dict[str, Callable[[Source, Options], Dataset]] = {
    "csv": read_csv,
    "tsv": partial(read_csv, delimiter="\t"),
    "svmlight": read_svmlight,
    "npz": read_npz,
    "parquet": read_parquet,
    "idx": read_idx,
    "cifar10": read_cifar10,
    "arff": _refuse_arff,
}


def read(
    source: str | os.PathLike[str],
    *,
    target: Key | None = None,
    weight: Key | None = None,
    drop: Key | Sequence[Key] = (),
    part: str = "train",
    format: str | None = None,
    header: bool | None = None,
    target_kind: str = "labels",
    require_target: bool = True,
    n_features: int | None = None,
    columns: Sequence[str] | None = None,
) -> Dataset:
    """Read a data file.

    Parameters
    ----------
    source : str or path
        A file, an MNIST or CIFAR-10 folder, ``"-"`` for standard input, or the name of a bundled sample (see
        `SAMPLES`) where no file has that name. Gzip is unpacked everywhere, whatever the suffix.
    target : str or int, optional
        Column of the labels: its name, or its position from 1, negative from the end. By default a column
        called target, label, class or y, else the last one. In npz, the name of the array.
    weight : str or int, optional
        Column of the sample weights.
    drop : sequence of str or int
        Columns to leave out.
    part : {"train", "test"}
        Which part of a folder.
    format : str, optional
        One of `FORMATS`; by default it follows from the suffix, else from the content.
    header : bool, optional
        Whether the first line of a text table names its columns; by default it is found out.
    target_kind : {"labels", "numbers"}
        Whether the target is a label (integer or text) or a number to predict.
    require_target : bool
        False to predict: then y is None where the file has no target that can be told from the features.
    n_features : int, optional
        Number of features a model expects: the width of a sparse file; in a table without a header it tells
        whether the last column is the target.
    columns : sequence of str, optional
        Names of the features to read, in the order that `X` shall have; other columns are left out. It means
        nothing where the file has no names.

    Returns
    -------
    Dataset
        The examples, all checked: finite features, labels that are there.

    Raises
    ------
    DataError
        For every problem of the file: what, where, and how to mend it.

    Examples
    --------
    >>> from taut.data import read
    >>> iris = read("iris")
    >>> iris.X.shape, str(iris.y[0])
    ((150, 4), 'setosa')
    """
    if format is not None and format not in _READERS:
        raise DataError(f"unknown format {format!r}; the formats are {listed(FORMATS, most=len(FORMATS))}")
    options = Options(
        target=target,
        weight=weight,
        drop=(drop,) if isinstance(drop, (str, int)) else tuple(drop),
        part=part,
        header=header,
        target_kind=target_kind,
        require_target=require_target,
        n_features=n_features,
        columns=None if columns is None else tuple(columns),
    )
    return _ordered(_dataset(source, format, options), options.columns)


def _ordered(dataset: Dataset, columns: tuple[str, ...] | None) -> Dataset:
    """The features in the order that was asked for."""
    names = dataset.feature_names
    if columns is None or names is None or names == columns:
        return dataset
    check_present(columns, names, lambda what: DataError(f"{dataset.name}: {what}"))
    order = [names.index(name) for name in columns]
    return replace(dataset, X=dataset.X[:, order], feature_names=columns)


def _dataset(source: str | os.PathLike[str], format: str | None, options: Options) -> Dataset:
    path = None if os.fspath(source) == "-" else Path(source)
    if path is not None and _is(path, Path.is_dir):
        return _read_folder(path, format, options)
    if path is not None and str(source) in SAMPLES and not _is(path, Path.exists):
        return read_sample(str(source), options)
    with opened(path) as file:
        head = file.head()
        if not head:
            raise file.error("the file is empty")
        return _READERS[format or format_of(file.name, head)](file, options)


def _is(path: Path, test: Callable[[Path], bool]) -> bool:
    try:
        return test(path)
    except OSError as error:  # a folder on the way that may not be searched
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None


def _read_folder(folder: Path, format: str | None, options: Options) -> Dataset:
    try:
        if format == "idx" or (format is None and any(find_idx(folder, part) for part in PARTS)):
            return replace(read_idx_folder(folder, options), name=folder.resolve().name)
        if format == "cifar10" or (format is None and find_cifar10(folder)):
            return replace(read_cifar10_folder(folder, options), name=folder.resolve().name)
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({error.strerror})") from None
    if format is not None:
        raise DataError(f"{folder}: a folder; {format} is read from a file")
    looked = [*official_idx_names(options.part), *BATCHES[options.part]]
    raise DataError(f"{folder}: a folder without data; looked for {listed(looked)}; give a file")
