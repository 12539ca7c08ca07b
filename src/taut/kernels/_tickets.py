"""Work dealt to threads inside compiled code, some microseconds' worth at a time.

Tickets are numbers counted up by whoever is free; a phase of the work is a range of them. A thread that draws a ticket
of a later phase waits until all earlier tickets are done. So a thread that comes late, or not at all, is not waited
for, and who does what changes no number as long as every ticket writes to a place of its own.
"""

import ctypes
import sys
from functools import cache

from taut._jit import compiled, features, intrinsic, ir, machine_function, types
from taut.kernels._lanes import INDEX

DRAWN, DONE, COUNTS = 0, 8, 16
"""Where in an int64 array of this size the two counts stand: a cache line apart."""

SPINS = 1000
"""Looks at the count, some ten microseconds, after which a waiting thread lets others run each time."""


@intrinsic
def _counted_up(typing, counts, at):
    """Add 1 to counts[at], for all threads to see, and return what it was."""

    def emit(context, b, signature, arguments):
        place = _place(context, b, signature, arguments)
        return b.atomic_rmw("add", place, INDEX(1), "seq_cst")

    return types.int64(counts, at), emit


@intrinsic
def _seen(typing, counts, at):
    """counts[at] as the other threads left it."""

    def emit(context, b, signature, arguments):
        return b.load_atomic(_place(context, b, signature, arguments), "seq_cst", align=8)

    return types.int64(counts, at), emit


def _place(context, b, signature, arguments):
    array = context.make_array(signature.args[0])(context, b, arguments[0])
    return b.gep(array.data, [arguments[1]])


@intrinsic
def _pause(typing, rest):
    """Give the other thread of this core a turn; with the address of a function that yields, any thread."""

    def emit(context, b, signature, arguments):
        (address,) = arguments
        with b.if_else(b.icmp_signed("==", address, INDEX(0))) as (spin, leave):
            with spin:
                if "sse2" in features:
                    b.call(machine_function(b.module, "llvm.x86.sse2.pause", ir.VoidType(), []), [])
            with leave:
                function = ir.FunctionType(ir.IntType(32), [])
                b.call(b.inttoptr(address, function.as_pointer()), [])
        return context.get_dummy_value()

    return types.void(types.int64), emit


@compiled(inline=True)
def draw(counts):
    """The next ticket."""
    return _counted_up(counts, DRAWN)


@compiled(inline=True)
def hand_in(counts):
    """One more ticket is done."""
    _counted_up(counts, DONE)


@compiled(inline=True)
def await_done(counts, tickets, rest):
    """Return when so many tickets are done; ``rest`` is the address that `resting_place` gives."""
    spins = 0
    while _seen(counts, DONE) < tickets:
        spins += 1
        _pause(rest if spins > SPINS else 0)


@cache
def resting_place() -> int:
    """The address of a function without arguments that lets other threads run; 0 where none is known."""
    if sys.platform == "win32":
        return 0
    return ctypes.cast(ctypes.CDLL(None).sched_yield, ctypes.c_void_p).value or 0
