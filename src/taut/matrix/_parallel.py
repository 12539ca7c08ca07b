"""Work over super-blocks by threads; the results come back in order, so sums over them are always the same."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

Out = TypeVar("Out")

AHEAD = 1
"""Super-blocks begun beyond those that the threads have in hand: each holds an accumulator."""


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
    with one_blas_thread():
        if threads <= 1:
            yield from map(work, superblocks)
            return
        pool = ThreadPoolExecutor(threads)
        begun: deque[Future[Out]] = deque()
        try:
            for rows in superblocks:
                if len(begun) == threads + AHEAD:
                    yield begun.popleft().result()
                begun.append(pool.submit(work, rows))
            while begun:
                yield begun.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _Limit:
    """How many hold BLAS to one thread at the moment, and what to put back after the last of them."""

    def __init__(self) -> None:
        self.lock, self.holders, self.limiter = threading.Lock(), 0, None


_limit = _Limit()
if hasattr(os, "register_at_fork"):  # a lock that another thread of the parent holds would stay shut in a child
    os.register_at_fork(after_in_child=lambda: setattr(_limit, "lock", threading.Lock()))


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread, from however many Python threads at once.

    A product that BLAS cuts up is summed in an order of its own, so its bits depend on the machine; and the threads
    that it wakes spin for a while after it, at the cost of ours.
    """
    with _limit.lock:
        _limit.holders += 1
        if _limit.holders == 1:
            limiter: Any = _controller().limit(limits=1, user_api="blas")
            limiter.__enter__()
            _limit.limiter = limiter
    try:
        yield
    finally:
        with _limit.lock:
            _limit.holders -= 1
            if _limit.holders == 0:
                limiter, _limit.limiter = _limit.limiter, None
                limiter.__exit__(None, None, None)


@cache
def _controller() -> ThreadpoolController:
    """Finding the libraries takes a millisecond: once is enough."""
    return ThreadpoolController()
