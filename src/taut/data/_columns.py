"""Which column is the target, the weight, a feature: one rule for every table."""

import difflib
import shlex
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from taut.data._error import DataError, listed
from taut.data._options import Key, Options

_TARGET_NAMES = ("target", "label", "class", "y")

Error = Callable[[str], DataError]


@dataclass(frozen=True)
class Columns:
    """The roles of a table's columns; indices count from 0."""

    names: tuple[str, ...] | None
    width: int
    features: tuple[int, ...] = ()
    target: int | None = None
    weight: int | None = None
    needed: bool = False
    """Whether a model was fitted on the features, so that none may be left out."""

    def called(self, column: int) -> str:
        """Return the column's name for a message."""
        return f"column {self.names[column]!r}" if self.names else f"column {column + 1}"

    def instead(self, column: int) -> str:
        """Return what can be done where a cell of the column cannot be made a number."""
        if self.needed:
            return "leave the row out, since the model needs the column"
        return f"leave the column out with --drop {shlex.quote(self.names[column]) if self.names else column + 1}"

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the features."""
        return tuple(self.names[column] for column in self.features) if self.names else None

    @property
    def target_name(self) -> str | None:
        """Name of the target."""
        return self.names[self.target] if self.names and self.target is not None else None

    def position(self, key: Key) -> int | None:
        """Return the index of a name or a position from 1; a name wins over a position."""
        if self.names and key in self.names:
            return self.names.index(str(key))
        try:
            place = int(key)
        except ValueError:
            return None
        index = place - 1 if place > 0 else self.width + place
        return index if place and 0 <= index < self.width else None

    def required(self, key: Key, role: str, error: Error) -> int:
        """Return the index of `key`, or raise an error that lists what there is."""
        index = self.position(key)
        if index is not None:
            return index
        if not self.names:
            known = f"the file has no header, its columns are 1 to {self.width}"
        elif close := difflib.get_close_matches(str(key), self.names):
            known = f"did you mean {' or '.join(map(repr, close))}?"
        else:
            known = f"the columns are {listed(self.names)}"
        raise error(f"there is no {role} column {key!r}; {known}")


def check_names(names: tuple[str, ...], error: Error) -> None:
    """Raise if a header leaves a column without a name of its own."""
    if "" in names:
        raise error(f"the header gives column {names.index('') + 1} no name; name every column")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise error(f"the header repeats {listed([repr(name) for name in twice])}; give each column its own name")


def check_present(wanted: tuple[str, ...], names: tuple[str, ...], error: Error) -> None:
    """Raise if one of the wanted features is not there."""
    if missing := [repr(name) for name in wanted if name not in names]:
        raise error(
            f"the model needs the column {listed(missing)}, which the file does not have; it has {listed(names)}"
        )


def choose(names: tuple[str, ...] | None, width: int, options: Options, error: Error) -> Columns:
    """Return the roles of the columns that `options` and the names settle."""
    table = Columns(names, width)
    taken = {table.required(key, "drop", error) for key in options.drop}
    weight = None
    if options.weight is not None:
        weight = table.required(options.weight, "weight", error)
        if weight in taken:
            raise error(f"{table.called(weight)} is both the weight and dropped; choose one")
        taken.add(weight)
    free = [column for column in range(width) if column not in taken]
    target, ignored = _target(table, free, options, error)
    features = tuple(column for column in free if column not in (target, ignored))
    if options.columns is not None and names:
        check_present(options.columns, names, error)
        features = tuple(column for column in features if names[column] in options.columns)
    if not features:
        raise error(f"no feature column is left of {width} (after target, weight and dropped columns)")
    return Columns(names, width, features, target, weight, options.columns is not None)


def _target(table: Columns, free: list[int], options: Options, error: Error) -> tuple[int | None, int | None]:
    """Return the target column, and a column left out because it must be the target."""
    needed, last = options.require_target, free[-1] if free else None
    if options.target is not None:
        given = table.required(options.target, "target", error) if needed else table.position(options.target)
        if given is not None and given not in free:
            raise error(f"{table.called(given)} is the target and also dropped or the weight; choose one")
        # To predict without a header, a file of exactly the model's columns has no target in it.
        complete = not needed and not table.names and options.n_features == len(free)
        return (None if complete else given), None
    for name in _TARGET_NAMES if table.names else ():
        for column in free:
            if table.names and table.names[column].lower() == name:
                return column, None
    if needed:
        return last, None
    surplus = not table.names and options.n_features == len(free) - 1
    return None, (last if surplus else None)
