"""The one error of this room."""


class ModelFileError(ValueError):
    """A model file that cannot be read or written: what is wrong with it, and what to do."""
