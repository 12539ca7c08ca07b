"""Work dealt to threads inside compiled code, some microseconds' worth at a time, each part to the same thread again.

The work is a row of phases, each of some units; a phase begins when the one before it is done. A unit belongs to a
thread, so that its data stay in the cache of one core: another core may be ten times further away. Whoever is through
with its own takes what others have not begun, from their last unit on; so a thread that comes late, or not at all, is
not waited for, and who does what changes no number as long as every unit writes to a place of its own.
"""

import ctypes
import sys
from functools import cache

from taut._jit import compiled, features, intrinsic, ir, machine_function, types
from taut.kernels._lanes import INDEX

WORDS = 16
"""Of an int64 array a unit, 0 at first: how often it was taken, and done. Two cache lines, so that none is shared."""

SPINS = 1000
"""Looks at a unit, some ten microseconds, after which a waiting thread lets others run each time."""


@intrinsic
def _swapped(typing, counts, at, old):
    """Set counts[at] to old + 1 if it is still ``old``, and say whether it was."""

    def emit(context, b, signature, arguments):
        old = arguments[2]
        found = b.cmpxchg(_place(context, b, signature, arguments), old, b.add(old, INDEX(1)), "seq_cst", "seq_cst")
        return b.extract_value(found, 1)

    return types.boolean(counts, at, old), emit


@intrinsic
def _set(typing, counts, at, value):
    """Set counts[at] for the other threads to see, with all that this one wrote before."""

    def emit(context, b, signature, arguments):
        b.store_atomic(arguments[2], _place(context, b, signature, arguments), "seq_cst", align=8)
        return context.get_dummy_value()

    return types.void(counts, at, value), emit


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
def nth_unit(i, units, thread, threads):
    """The unit that a thread looks at after i others: first its own, upwards, then all others, downwards."""
    begin, end = thread * units // threads, (thread + 1) * units // threads
    return begin + i if i < end - begin else (end - 1 - i) % units


@compiled(inline=True)
def take(counts, unit, times):
    """Whether the unit, taken so many times, is now this thread's to do once more."""
    return _seen(counts, unit * WORDS) == times and _swapped(counts, unit * WORDS, times)


@compiled(inline=True)
def hand_in(counts, unit, times):
    """The unit is done so many times."""
    _set(counts, unit * WORDS + 1, times)


@compiled(inline=True)
def await_done(counts, begin, end, times, rest):
    """Return when all these units are done so many times; ``rest`` is the address that `resting_place` gives."""
    spins = 0
    for unit in range(begin, end):
        while _seen(counts, unit * WORDS + 1) < times:
            spins += 1
            _pause(rest if spins > SPINS else 0)


@cache
def resting_place() -> int:
    """The address of a function without arguments that lets other threads run; 0 where none is known."""
    if sys.platform == "win32":
        return 0
    return ctypes.cast(ctypes.CDLL(None).sched_yield, ctypes.c_void_p).value or 0
