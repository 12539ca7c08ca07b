"""Parquet tables, through pyarrow."""

import re
from contextlib import closing
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.data._arrays import check_finite
from taut.data._columns import Columns, check_names, choose
from taut.data._dataset import Dataset
from taut.data._error import DataError
from taut.data._options import Options
from taut.data._source import Source
from taut.data._targets import checked_weights, target_from_array

# The column into which pandas writes an index that has no name: not data.
_PANDAS_INDEX = re.compile(r"__index_level_[0-9]+__")


def read_parquet(source: Source, options: Options) -> Dataset:
    """Read a Parquet table; columns have the same roles as in CSV."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise source.error('reading Parquet needs pyarrow; install it: pip install "taut[parquet]"') from None
    try:
        with closing(source.random_access()) as file, parquet.ParquetFile(file) as opened:
            names = tuple(name for name in opened.schema_arrow.names if not _PANDAS_INDEX.fullmatch(name))
            check_names(names, source.error)
            columns = choose(names, len(names), options, source.error)
            wanted = _wanted(columns)
            _check_types({name: opened.schema_arrow.field(name).type for name in wanted}, columns, source)
            return _dataset(opened.read(columns=wanted), columns, options, source)
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise source.error(f"broken Parquet file ({error}); write it again") from error


def _wanted(columns: Columns) -> list[str]:
    roles = (*columns.features, columns.target, columns.weight)
    return [columns.names[role] for role in roles if role is not None and columns.names]


def _check_types(types: dict[str, Any], columns: Columns, source: Source) -> None:
    """Raise unless every feature and the weight are numbers, before anything is loaded."""
    from pyarrow import types as kinds

    number_columns = [*columns.features, *([] if columns.weight is None else [columns.weight])]
    for column in number_columns:
        kind = types[columns.names[column]] if columns.names else None
        if kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_boolean(kind):
            continue
        text = kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_dictionary(kind)
        what = "text feature: encode it as numbers" if text else f"type {kind} is not a number: convert it"
        raise source.error(f"{columns.called(column)}: {what} or {columns.instead(column)}")


def _dataset(table: Any, columns: Columns, options: Options, source: Source) -> Dataset:
    import pyarrow as pa

    n, names = table.num_rows, columns.feature_names or ()
    if not n:
        raise source.error("no data: the table has no rows")
    single = all(table.schema.field(name).type == pa.float32() for name in names)
    X = np.empty((n, len(names)), dtype=np.float32 if single else np.float64)
    for place, (column, name) in enumerate(zip(columns.features, names, strict=True)):
        X[:, place] = _numbers(table, name, f"{columns.called(column)}: the cell", source, columns.instead(column))
    check_finite(X, names, source)
    weights: FloatArray | None = None
    if columns.weight is not None and columns.names:
        weights = _numbers(table, columns.names[columns.weight], "the weight", source).astype(np.float64)
        weights = checked_weights(weights, source.row_error)
    y = None
    if columns.target_name is not None:
        try:
            y = _target(table, columns.target_name, options, source)
        except DataError:
            if options.require_target:
                raise  # to predict, a target that is not filled in does no harm
    return source.dataset(X, y, feature_names=names, target_name=columns.target_name, sample_weight=weights)


def _check_nulls(column: Any, what: str, source: Source, remedy: str) -> None:
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy())[0])
        raise source.row_error(row, f"{what} is empty (null); fill it in{remedy}")


def _numbers(table: Any, name: str, what: str, source: Source, instead: str = "") -> AnyArray:
    """Return a numeric column that has no nulls."""
    column = table.column(name)
    _check_nulls(column, what, source, f", or {instead}" if instead else "")
    return np.asarray(column.to_numpy())


def _target(table: Any, name: str, options: Options, source: Source) -> AnyArray:
    from pyarrow import types as kinds

    column = table.column(name)
    _check_nulls(column, f"the target {name!r}", source, ", or take the row out")
    if kinds.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if kinds.is_string(column.type) or kinds.is_large_string(column.type):
        return target_from_array(np.array(column.to_pylist(), dtype=np.str_), options.numbers, source.row_error)
    if not (kinds.is_integer(column.type) or kinds.is_floating(column.type) or kinds.is_boolean(column.type)):
        raise source.error(f"the target {name!r} has type {column.type}; labels are integers or text: convert it")
    return target_from_array(np.asarray(column.to_numpy()), options.numbers, source.row_error)
