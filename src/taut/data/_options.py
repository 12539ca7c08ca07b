"""What the caller asked of a reader, in one value."""

from dataclasses import dataclass

from taut.data._error import DataError, listed

Key = str | int  # a column's name, or its position from 1 (negative from the end)

PARTS = ("train", "test")
TARGET_KINDS = ("labels", "numbers")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of `read` that concern the content, checked."""

    target: Key | None = None
    weight: Key | None = None
    drop: tuple[Key, ...] = ()
    part: str = "train"
    header: bool | None = None
    target_kind: str = "labels"
    require_target: bool = True
    n_features: int | None = None
    columns: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise DataError(f"unknown part {self.part!r}; the parts of a folder are {listed(PARTS)}")
        if self.target_kind not in TARGET_KINDS:
            raise DataError(f"unknown target_kind {self.target_kind!r}; it is one of {listed(TARGET_KINDS)}")

    @property
    def numbers(self) -> bool:
        """Whether the target is a number to predict, not a label."""
        return self.target_kind == "numbers"

    @property
    def named(self) -> tuple[Key, ...]:
        """What the caller calls columns by."""
        single = (key for key in (self.target, self.weight) if key is not None)
        return *(self.columns or ()), *self.drop, *single

    def refuse(self, label: str, what: str, *names: str) -> None:
        """Raise if one of the options `names` was given: `what` has no columns to choose from."""
        for name in names:
            value = getattr(self, name)
            if value is not None and value != ():
                raise DataError(f"{label}: {what}, so {name}={value!r} means nothing; leave it out")
