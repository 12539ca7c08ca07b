"""A loss's row as machine code, with what it calls."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from taut._jit import (
    compiled,
    counted,
    float64,
    int64,
    intrinsic,
    ir,
    machine_address,
    machine_call,
    overload,
    types,
)
from taut.kernels import exponentials
from taut.kernels._lanes import INDEX, Lanes

LOWEST, HIGHEST = -708.0, 709.0
"""Where e^x leaves the normal numbers: below it reads 0, above it infinity."""

ROUNDER = 1.5 * 2.0**52
"""Added to a small number, it pushes the fraction out and leaves the integer in the lowest bits."""

LN2 = 0.6931471805599453
LN2_REST = 2.3190468138462996e-17  # ln 2 − LN2
TERMS = 14
"""Of the Taylor series on |r| ≤ ln(2)/2: the first one left out is 0.3466¹⁴/14! = 4e-18 of the sum."""


@intrinsic
def _exponentials(typing, scores, top, out):
    """out[j] = e^(scores[j] − top), a vector at a time: e^x = 2^n e^r with n = round(x / ln 2) and r = x − n ln 2."""

    def emit(context, b, signature, arguments):
        s, o = (Lanes(context, b, signature.args[at], arguments[at]) for at in (0, 2))
        bits = ir.VectorType(INDEX, s.count)

        def fixed(number):
            return ir.Constant(s.type, [number] * s.count)

        def write(j, mask=None):
            x = b.fsub(s.load(s.step(s.data, j), mask), s.splat(arguments[1]))
            pushed = s.fma(x, fixed(1.0 / math.log(2.0)), fixed(ROUNDER))
            n = b.fsub(pushed, fixed(ROUNDER))
            r = s.fma(n, fixed(-LN2_REST), s.fma(n, fixed(-LN2), x))
            sums, power = [fixed(1.0 / math.factorial(i)) for i in range(TERMS)], r
            while len(sums) > 1:  # pairs, then pairs of pairs: a short chain of dependent steps
                odd = sums.pop() if len(sums) % 2 else None
                sums = [s.fma(high, power, low) for low, high in zip(sums[::2], sums[1::2], strict=True)]
                sums += [odd] if odd is not None else []
                power = b.fmul(power, power)
            (series,) = sums
            exponent = b.shl(b.bitcast(pushed, bits), ir.Constant(bits, [52] * s.count))
            value = b.bitcast(b.add(b.bitcast(series, bits), exponent), s.type)
            value = b.select(b.fcmp_ordered("<", x, fixed(LOWEST)), s.zero, value)
            value = b.select(b.fcmp_ordered(">", x, fixed(HIGHEST)), fixed(math.inf), value)
            value = b.select(b.fcmp_unordered("uno", x, x), x, value)
            o.store(value, o.step(o.data, j), mask)

        k, width = s.shape[0], INDEX(s.count)
        with b.if_else(b.icmp_signed("<", k, width)) as (short, long):
            with short:
                write(INDEX(0), s.mask(k))
            with long:
                # The last vector ends with the row, some lanes twice: a masked store delays who reads it next.
                last = b.sub(k, width)
                with counted(b, INDEX(0), k, width, inc=True) as (j, _):
                    write(b.select(b.icmp_signed("<", j, last), j, last))
        return context.get_dummy_value()

    return types.void(scores, top, out), emit


@overload(exponentials)
def _compiled_exponentials(scores, top, out):
    return lambda scores, top, out: _exponentials(scores, top, out)


ROW = float64(float64[::1], int64, float64, float64, float64[::1])


@intrinsic
def call_row(typing, address, scores, y, margin, width, grad):
    """The compiled row at this address: so a driver compiles once, not once per loss."""

    def emit(context, b, signature, arguments):
        return machine_call(context, b, arguments[0], ROW, arguments[1:])

    return ROW.return_type(int64, *ROW.args), emit


@cache
def _compiled_row(row: Callable[..., Any]) -> Any:
    return compiled(ROW)(row)


@cache
def row_address(row: Callable[..., Any]) -> int:
    """Where the machine code of a loss's row lies, compiled as it stands but for its exponentials; for good."""
    return machine_address(_compiled_row(row))
