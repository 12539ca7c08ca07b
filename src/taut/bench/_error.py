"""The one exception of this room."""


class BenchError(RuntimeError):
    """Contenders that do not agree, or a measurement that could not be made: numbers would mean nothing."""
