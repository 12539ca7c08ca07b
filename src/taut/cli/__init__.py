"""The command line: ``taut VERB DATA …``; one file a verb, a client of the public names."""

from taut.cli._main import main

__all__ = ["main"]
