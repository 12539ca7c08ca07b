"""The only module that imports numba; it is itself imported only when something is compiled."""

import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numba
from numba import float32, float64, int32, int64, types

__all__ = ["SCORE_ROW", "compiled", "compiled_row", "float32", "float64", "int32", "int64"]

FASTMATH = {"reassoc", "contract", "nsz", "arcp"}
"""Sums may be reordered, which is what lets LLVM vectorise them; NaN and infinity keep their meaning."""

SCORE_ROW = types.FunctionType(float64(float64[::1], int64, float64, float64, float64[::1]))
"""``row(scores, y, margin, width, grad) -> loss`` as a function pointer: so a driver compiles once, not per loss."""


def compiled(*signatures: Any, inline: bool = False, reorder: bool = True) -> Callable[[Callable[..., Any]], Any]:
    """Compile a kernel for these signatures, from the disk cache where it is there, without the GIL.

    A compilation that takes more than a second is reported once on standard error. Without ``reorder`` every
    operation is rounded as written: LLVM compiles a loop twice and chooses by where the arrays happen to lie, which
    must not show in the bits.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        began = time.perf_counter()
        options: dict[str, Any] = {
            "nogil": True,
            "fastmath": FASTMATH if reorder else False,
            "error_model": "numpy",
            "cache": True,
        }
        if inline:
            kernel = numba.njit(**options)(function)
        else:
            kernel = _with_or_without_cache(list(signatures), function, options)
        seconds = time.perf_counter() - began
        if seconds > 1.0:
            print(f"taut: compiled {function.__name__} in {seconds:.1f} s; the next process finds it", file=sys.stderr)
        return kernel

    return decorate


def _with_or_without_cache(signatures: list[Any], function: Callable[..., Any], options: dict[str, Any]) -> Any:
    try:
        return numba.njit(signatures, **options)(function)
    except RuntimeError:  # a function typed in at a prompt has no file beside which a cache could lie
        return numba.njit(signatures, **{**options, "cache": False})(function)


@cache
def compiled_row(row: Callable[..., Any]) -> Any:
    """A loss's ``row`` compiled as it stands."""
    return compiled(SCORE_ROW.signature, reorder=False)(row)
