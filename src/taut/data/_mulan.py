"""Mulan's XML file beside an ARFF file: the names of the attributes that are labels."""

from pathlib import Path
from xml.etree import ElementTree

from taut.data._error import DataError, shown
from taut.data._source import opened


def read_label_names(path: Path) -> tuple[str, ...]:
    """The names of all ``<label name="…">`` elements, in their order, at any depth."""
    with opened(path) as source:
        try:
            root = ElementTree.fromstring(source.stream.read())
        except ElementTree.ParseError as error:
            raise source.error(f"line {error.position[0]}: not well-formed XML ({error})") from None
        names = [element.get("name") for element in root.iter() if element.tag.rpartition("}")[2] == "label"]
        if None in names or "" in names:
            raise source.error(f"label {[not name for name in names].index(True) + 1} has no name; give each one")
        found = tuple(str(name) for name in names)
        twice = next((name for name in found if found.count(name) > 1), None)
        if twice is not None:
            raise source.error(f"the label {shown(twice)} occurs twice; name each label once")
        if not found:
            raise source.error('no labels: Mulan writes them as <label name="…"></label>')
        return found


def is_label_file(labels: object) -> bool:
    """Whether the labels are given as the path of an XML file."""
    return isinstance(labels, str | Path) and Path(labels).name.lower().removesuffix(".gz").endswith(".xml")


def refuse_label_file(name: str) -> DataError:
    """The error of a label file where it means nothing."""
    return DataError(f"{name}: an XML file of labels goes with ARFF; name the label columns, or give their number")
