"""Model files: one safetensors file with the weights, and JSON beside them in its metadata; never pickle."""

from taut.persist._error import ModelFileError
from taut.persist._file import check_place, write_whole
from taut.persist._kind import KINDS
from taut.persist._model import describe, load, load_described, save

__all__ = ["KINDS", "ModelFileError", "check_place", "describe", "load", "load_described", "save", "write_whole"]
