"""The only module that imports numba; it is itself imported only when something is compiled."""

import sys
import time
from collections.abc import Callable
from typing import Any

import numba
from llvmlite import binding, ir  # type: ignore[import-untyped]
from numba import extending, float32, float64, int32, int64, types
from numba.core import cgutils

__all__ = [
    "compiled", "counted", "features", "float32", "float64", "int32", "int64",
    "intrinsic", "ir", "machine_address", "machine_call", "machine_function", "named", "overload", "read_only",
    "types", "unpacked", "variable",
]  # fmt: skip

intrinsic: Any = extending.intrinsic
overload: Any = extending.overload
counted: Any = cgutils.for_range_slice
unpacked: Any = cgutils.unpack_tuple
variable: Any = cgutils.alloca_once_value

features = frozenset(name for name, present in binding.get_host_cpu_features().items() if present)
"""What this processor offers, in LLVM's names."""


def named(name: str) -> Any:
    """Numba's type of a NumPy type's name."""
    return getattr(types, name)


def read_only(name: str, dimensions: int, layout: str = "C") -> Any:
    """An array that a kernel only reads: the caller's may be writable or not."""
    array: Any = types.Array
    return array(named(name), dimensions, layout, readonly=True)


def machine_function(module: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    """One of LLVM's intrinsic functions, declared where it is used."""
    insert: Any = cgutils.get_or_insert_function
    return insert(module, ir.FunctionType(result, arguments), name)


def compiled(*signatures: Any, inline: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Compile a kernel for these signatures, from the disk cache where it is there, without the GIL.

    Every operation is rounded as written (no "fast math"): NaN and infinity keep their meaning, and the bits do not
    depend on which of LLVM's versions of a loop runs. A compilation that takes more than a second is reported once
    on standard error.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        began = time.perf_counter()
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "cache": True}
        if inline:
            kernel = numba.njit(**options)(function)
        else:
            kernel = _with_or_without_cache(list(signatures), function, options)
        seconds = time.perf_counter() - began
        if seconds > 1.0:
            print(
                f"taut: compiled {function.__name__.lstrip('_')} in {seconds:.1f} s; the next process finds it",
                file=sys.stderr,
            )
        return kernel

    return decorate


def _with_or_without_cache(signatures: list[Any], function: Callable[..., Any], options: dict[str, Any]) -> Any:
    try:
        return numba.njit(signatures, **options)(function)
    except RuntimeError:  # a function typed in at a prompt has no file beside which a cache could lie
        return numba.njit(signatures, **{**options, "cache": False})(function)


def machine_address(kernel: Any) -> int:
    """Where the machine code of a kernel with one signature lies; it stays there as long as the kernel lives."""
    (compiled_once,) = kernel.overloads.values()
    address: int = compiled_once.library.get_pointer_to_function(compiled_once.fndesc.llvm_func_name)
    return address


def machine_call(context: Any, builder: Any, address: Any, signature: Any, arguments: Any) -> Any:
    """Call the kernel at an address: a few ns, where Numba's own function pointers take 20."""
    convention = context.call_conv
    pointer = convention.get_function_type(signature.return_type, signature.args).as_pointer()
    called = builder.inttoptr(address, pointer)
    _, result = convention.call_function(builder, called, signature.return_type, signature.args, arguments)
    return result
