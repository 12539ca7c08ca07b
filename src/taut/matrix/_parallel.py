"""Work over super-blocks by threads; the results come back in order, so sums over them are always the same."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Out = TypeVar("Out")


def available_threads() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(work: Callable[[slice], Out], superblocks: Sequence[slice], threads: int) -> Iterator[Out]:
    """Yield ``work(rows)`` of every super-block in their order.

    The threads live as long as the call: nothing is left behind for a forked child to miss, and Ctrl-C ends it
    after the super-blocks in hand.
    """
    threads = min(threads, len(superblocks))
    if threads <= 1:
        yield from map(work, superblocks)
        return
    pool = ThreadPoolExecutor(threads)
    try:
        # One thread of BLAS in each of ours: a product that BLAS cuts up is summed in an order of its own.
        with _controller().limit(limits=1, user_api="blas"):
            yield from pool.map(work, superblocks)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@cache
def _controller() -> ThreadpoolController:
    """Finding the libraries takes a millisecond: once is enough."""
    return ThreadpoolController()
