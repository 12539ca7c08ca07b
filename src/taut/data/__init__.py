"""Reading data: files of every common format, checked, with errors that say how to mend them."""

from taut.data._dataset import Dataset
from taut.data._error import DataError
from taut.data._formats import FORMATS, MULTILABEL_FORMATS
from taut.data._multilabel_dataset import MultilabelDataset
from taut.data._read import read
from taut.data._read_multilabel import read_multilabel
from taut.data._samples import SAMPLES
from taut.data._split import split

__all__ = [
    "FORMATS",
    "MULTILABEL_FORMATS",
    "SAMPLES",
    "DataError",
    "Dataset",
    "MultilabelDataset",
    "read",
    "read_multilabel",
    "split",
]
